//! The metrics of backup servers: daemons and free space.

use std::fmt;

use pgbackman_core::catalogue::alerts::heartbeats::{Daemon, DaemonState};

use super::writer::{Writer, float, sample, seconds};
use crate::snapshot::Snapshot;

/// The heartbeats of the daemons, and their failing tasks.
pub(super) fn daemons(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let mut each = |name, help, value: &dyn Fn(&Life) -> Option<f64>| {
        writer.family(name, help, |metric| {
            snapshot
                .picture
                .lives
                .iter()
                .try_for_each(|life| match value(life) {
                    Some(value) => {
                        let labels = [
                            ("backup_server", life.server_fqdn.as_str()),
                            ("daemon", life.daemon.as_str()),
                        ];
                        sample(metric, &labels, &value)
                    }
                    None => Ok(()),
                })
        })
    };
    each(
        "pgbackman_daemon_up",
        "Whether the last heartbeat of the daemon was on time",
        &|life| Some(float(u64::from(life.state == DaemonState::Alive))),
    )?;
    each(
        "pgbackman_daemon_last_seen_timestamp_seconds",
        "When the daemon sent its last heartbeat",
        &|life| life.last_seen.map(seconds),
    )?;
    each(
        "pgbackman_daemon_failing",
        "Number of tasks that were failing at the last heartbeat",
        &|life| life.facts.failing.map(float),
    )?;
    let mut files = |name, help, value: &dyn Fn(&Life) -> Option<u64>| {
        writer.family(name, help, |metric| {
            let control = snapshot
                .picture
                .lives
                .iter()
                .filter(|life| life.daemon == Daemon::Control);
            control
                .filter_map(|life| Some((life, value(life)?)))
                .try_for_each(|(life, count)| {
                    sample(
                        metric,
                        &[("backup_server", life.server_fqdn.as_str())],
                        &count,
                    )
                })
        })
    };
    files(
        "pgbackman_pending_files",
        "Pending results: result files that the catalogue does not have yet",
        &|life| life.facts.pending_files,
    )?;
    files(
        "pgbackman_refused_files",
        "Result files that could not be read",
        &|life| life.facts.refused_files,
    )
}

type Life = pgbackman_core::catalogue::alerts::heartbeats::DaemonLife;

/// The file systems for backups.
pub(super) fn spaces(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    type Space = pgbackman_core::catalogue::backups::partition_space::PartitionSpace;
    let mut each = |name, help, value: &dyn Fn(&Space) -> f64| {
        writer.family(name, help, |metric| {
            snapshot.picture.spaces.iter().try_for_each(|space| {
                let labels = [
                    ("backup_server", space.server_fqdn.as_str()),
                    ("path", &space.path),
                ];
                sample(metric, &labels, &value(space))
            })
        })
    };
    each(
        "pgbackman_backup_partition_size_bytes",
        "Size of the file system for backups",
        &|space| float(space.total_bytes),
    )?;
    each(
        "pgbackman_backup_partition_free_bytes",
        "Free space for backups",
        &|space| float(space.free_bytes),
    )?;
    each(
        "pgbackman_backup_partition_observed_timestamp_seconds",
        "When pgbackman_control last measured the file system",
        &|space| seconds(space.observed),
    )
}
