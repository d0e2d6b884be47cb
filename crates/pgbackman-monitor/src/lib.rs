//! Programs for monitoring systems: `pgbackman_status_info` (one value, or a check for Nagios),
//! `pgbackman_zabbix_autodiscovery`, and `pgbackman_exporter` for Prometheus. They only read, so that the role
//! `pgbackman_role_ro` is sufficient.
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
