//! What the backup servers' daemons say, and how much room there is.

use std::fmt;

use pgbackman_core::catalogue::alerts::heartbeats::{Daemon, DaemonState};

use super::writer::{Writer, float, sample, seconds};
use crate::snapshot::Snapshot;

/// Whether they work, and what they could not do.
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
        "Whether the daemon was heard of in time",
        &|life| Some(float(u64::from(life.state == DaemonState::Alive))),
    )?;
    each(
        "pgbackman_daemon_last_seen_timestamp_seconds",
        "When it was heard of last",
        &|life| life.last_seen.map(seconds),
    )?;
    each(
        "pgbackman_daemon_failing",
        "What it could not do when it was heard of last",
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
        "Results that wait in files for the catalogue",
        &|life| life.facts.pending_files,
    )?;
    files(
        "pgbackman_refused_files",
        "Results in files that could not be read",
        &|life| life.facts.refused_files,
    )
}

type Life = pgbackman_core::catalogue::alerts::heartbeats::DaemonLife;

/// The file systems that backups go to.
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
        "How large the file system is that backups go to",
        &|space| float(space.total_bytes),
    )?;
    each(
        "pgbackman_backup_partition_free_bytes",
        "What may still be written to it",
        &|space| float(space.free_bytes),
    )?;
    each(
        "pgbackman_backup_partition_observed_timestamp_seconds",
        "When control has last looked at it",
        &|space| seconds(space.observed),
    )
}
