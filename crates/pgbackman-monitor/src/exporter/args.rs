//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use pgbackman_core::VERSION;

/// Serves metrics of all backup definitions, nodes and servers to Prometheus.
///
/// It listens on listen_address of [pgbackman_exporter] (127.0.0.1:9788) and serves /metrics. If started as root, it switches to
/// the job user. TERM and INT end it. The configuration file is read only at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_exporter", version = VERSION)]
pub(super) struct Args {
    /// Listen on this address instead
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "textfile")]
    pub(super) listen: Option<SocketAddr>,
    /// Write the metrics to this file once and exit, for the textfile collector of node_exporter
    #[arg(long, value_name = "FILE")]
    pub(super) textfile: Option<PathBuf>,
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}
