//! What monitoring systems ask: `pgbackman_status_info` (one value, or a check as Nagios knows them),
//! `pgbackman_zabbix_autodiscovery`, and `pgbackman_exporter` for Prometheus. All of them only read, and work as
//! `pgbackman_role_ro` too.
#![forbid(unsafe_code)]

pub mod asking;
pub mod check;
pub mod exporter;
pub mod metrics;
pub mod snapshot;
pub mod status_info;
pub mod zabbix_autodiscovery;

/// The command lines, for completion scripts and the like.
pub fn command_lines() -> [clap::Command; 3] {
    [
        exporter::command_line(),
        status_info::command_line(),
        zabbix_autodiscovery::command_line(),
    ]
}
