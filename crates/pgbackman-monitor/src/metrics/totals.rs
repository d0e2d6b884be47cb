//! Totals: definitions, backups, databases without a backup, queues, runs.

use std::fmt;

use pgbackman_core::catalogue::attention::{Kind, Level};
use pgbackman_core::domain::status::JobStatus;
use prometheus_client::encoding::MetricEncoder;

use super::writer::{Writer, sample};
use crate::snapshot::Snapshot;

/// Writes all totals.
pub(super) fn totals(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let mut counted = std::collections::BTreeMap::new();
    for state in &snapshot.picture.definitions {
        let status = match (state.job_status, state.is_scheduled()) {
            (_, true) => "ACTIVE",
            (JobStatus::Active, false) => "NODE_STOPPED",
            (JobStatus::Stopped | JobStatus::Deleted, _) => "STOPPED",
        };
        let node = format!("{}:{}", state.node_fqdn, state.port);
        *counted
            .entry((state.server_fqdn.as_str(), node, status))
            .or_insert(0_u64) += 1;
    }
    writer.family(
        "pgbackman_definitions",
        "Backup definitions: ACTIVE, STOPPED, or ACTIVE on a stopped node",
        |metric| {
            counted
                .iter()
                .try_for_each(|((server, node, status), count)| {
                    let labels = [
                        ("backup_server", *server),
                        ("pgsql_node", node),
                        ("status", status),
                    ];
                    sample(metric, &labels, count)
                })
        },
    )?;
    let totals = &snapshot.totals;
    let mut backups = |name, help, value: &dyn Fn(u64, u64) -> u64| {
        writer.family(name, help, |metric| {
            totals.backups.iter().try_for_each(|one| {
                let labels = [
                    ("backup_server", one.server_fqdn.as_str()),
                    ("pgsql_node", &one.node),
                    ("status", one.status.as_str()),
                ];
                sample(metric, &labels, &value(one.count, one.bytes))
            })
        })
    };
    backups(
        "pgbackman_backups",
        "Backups in the catalogue",
        &|count, _| count,
    )?;
    backups(
        "pgbackman_backups_size_bytes",
        "Total size of the backups in the catalogue",
        &|_, bytes| bytes,
    )?;
    writer.family(
        "pgbackman_kept_backups",
        "Usable backups, by the state of their files: whole, damaged, not_looked_at, or not_yet",
        |metric| {
            totals.files.iter().try_for_each(|one| {
                let files = one.files.replace(' ', "_");
                let labels = [
                    ("backup_server", one.server_fqdn.as_str()),
                    ("pgsql_node", &one.node),
                    ("files", &files),
                ];
                sample(metric, &labels, &one.count)
            })
        },
    )?;
    writer.family(
        "pgbackman_files_look_age_seconds",
        "Time since the files of all backups were last checked completely; without a check, since one was possible",
        |metric| {
            snapshot.picture.looks.iter().try_for_each(|look| {
                let age = (snapshot.picture.now - look.since).num_seconds();
                let labels = [("backup_server", look.server_fqdn.as_str())];
                sample(metric, &labels, &u64::try_from(age).unwrap_or(0))
            })
        },
    )?;
    writer.family(
        "pgbackman_databases_without_definition",
        "Databases of RUNNING nodes without a backup",
        |metric| {
            totals.uncovered.iter().try_for_each(|(node, count)| {
                sample(metric, &[("pgsql_node", node.as_str())], count)
            })
        },
    )?;
    writer.family(
        "pgbackman_concerns",
        "Problems that need attention, by kind and level (WARNING, CRITICAL); none if all is well",
        |metric| concerns(metric, snapshot),
    )?;
    let mut queues = |name, help, value: &dyn Fn(u64, u64) -> u64| {
        writer.family(name, help, |metric| {
            totals.queues.iter().try_for_each(|one| {
                let labels = [("backup_server", one.server_fqdn.as_str())];
                sample(metric, &labels, &value(one.length, one.oldest_seconds))
            })
        })
    };
    queues(
        "pgbackman_job_queue_length",
        "Changes that pgbackman_control has not applied yet",
        &|length, _| length,
    )?;
    queues(
        "pgbackman_job_queue_oldest_seconds",
        "How long the oldest of these changes has been waiting",
        &|_, oldest| oldest,
    )?;
    writer.family("pgbackman_runs_in_progress", "Runs in progress", |metric| {
        totals.runs.iter().try_for_each(|one| {
            let labels = [
                ("backup_server", one.server_fqdn.as_str()),
                ("kind", &one.kind),
            ];
            sample(metric, &labels, &one.count)
        })
    })
}

/// Every kind has a sample, even 0, so that an alerting rule sees its increase.
fn concerns(metric: &mut MetricEncoder<'_>, snapshot: &Snapshot) -> fmt::Result {
    let levels = [Level::Warning, Level::Critical];
    Kind::ALL.iter().try_for_each(|kind| {
        levels.iter().try_for_each(|level| {
            let concerns = &snapshot.judgement.concerns;
            let of_it = concerns
                .iter()
                .filter(|concern| concern.kind == *kind && concern.level == *level);
            let labels = [("kind", kind.as_str()), ("level", level.as_str())];
            sample(metric, &labels, &(of_it.count() as u64))
        })
    })
}
