//! `pgbackman_exporter`: the metrics over HTTP, or in a file for the node exporter's textfile collector.

mod args;
mod http;
mod shared;

use std::path::Path;
use std::process::ExitCode as ProcessExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};
use pgbackman_core::catalogue::alerts::heartbeats::Daemon;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::daemon::context::Surroundings;
use pgbackman_core::daemon::heartbeat::Heartbeat;
use pgbackman_core::daemon::program::{self, Program, become_job_user, configuration};
use pgbackman_core::daemon::service::Service;
use pgbackman_core::exit_code::{Exit, ExitCode, because};
use pgbackman_core::sys::atomic_file;
use pgbackman_core::sys::signal::{StopSignal, StopSignals};
use pgbackman_core::telemetry::Console;

use args::Args;
use shared::Shared;

const PROGRAM: Program = Program(Daemon::Exporter);

/// All users may read the file of metrics: the node exporter runs as another user.
const METRICS_FILE: u32 = 0o644;
/// How long running scrapes may take at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    PROGRAM.main(|| run(&Args::parse()))
}

/// The program needs no root privileges and listens on a port, so root switches to the job user.
fn run(args: &Args) -> Result<ExitCode, Exit> {
    let (mut config, as_started) = configuration(args.config.as_deref())?;
    if let Some(address) = args.listen {
        config.exporter.listen_address = address;
    }
    if let Some(file) = &args.textfile {
        return write_file(file, config, as_started);
    }
    let env = become_job_user(&config, as_started)?;
    let surroundings = Surroundings::<()>::default();
    PROGRAM.log(&config, &env, Console::Always, &surroundings);
    program::serve(LAST_ANSWERS, async |service, signals| {
        serve(config, env, service, signals).await
    })
}

/// Writes the metrics once, to a file that is replaced atomically. If the catalogue is unavailable, the file says so.
fn write_file(path: &Path, config: Config, env: Environment) -> Result<ExitCode, Exit> {
    let shared = Shared::new(config, env);
    let scraped = crate::asking::runtime()?.block_on(shared.fresh());
    atomic_file::write(path, &scraped.body, METRICS_FILE, None).map_err(because(
        ExitCode::Failure,
        &format!("could not write {}", path.display()),
    ))?;
    match scraped.problem {
        None => Ok(ExitCode::Success),
        Some((code, reason)) => Err(Exit { code, reason }),
    }
}

async fn serve(
    config: Config,
    env: Environment,
    mut service: Service,
    mut signals: StopSignals,
) -> Result<ExitCode, Exit> {
    let address = config.exporter.listen_address;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(because(
            ExitCode::Failure,
            &format!("could not listen on {address}"),
        ))?;
    let bound = listener.local_addr().unwrap_or(address);
    tracing::info!(
        "pgbackman_exporter {} is serving http://{bound}/metrics",
        pgbackman_core::VERSION
    );
    let heart = Heartbeat::begin(&config, &env, Daemon::Exporter, None);
    let server = tokio::spawn(http::serve(listener, Arc::new(Shared::new(config, env))));
    service.is_through(0);
    loop {
        match service.wait(None, &mut signals).await {
            Some(StopSignal::Hangup) | None => {}
            Some(signal) => {
                tracing::info!("received {signal}, stopping");
                service.stops();
                server.abort();
                heart.end().await;
                return Ok(ExitCode::Success);
            }
        }
    }
}
