//! What is counted together: definitions, backups, databases that nobody backs up, queues, runs.

use std::fmt;

use pgbackman_core::catalogue::attention::{Kind, Level};
use pgbackman_core::domain::status::JobStatus;
use prometheus_client::encoding::MetricEncoder;

use super::writer::{Writer, sample};
use crate::snapshot::Snapshot;

/// All of it.
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
        "Backup definitions: ACTIVE, STOPPED, or ACTIVE while their node is stopped",
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
        "How large they are together",
        &|_, bytes| bytes,
    )?;
    writer.family(
        "pgbackman_kept_backups",
        "Backups that can be restored, by how their files were found: whole, damaged, not_looked_at, or not_yet",
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
        "How long ago the last complete look at the files of all backups was; without one, since it could have been made",
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
        "Databases of RUNNING nodes that nobody backs up",
        |metric| {
            totals.uncovered.iter().try_for_each(|(node, count)| {
                sample(metric, &[("pgsql_node", node.as_str())], count)
            })
        },
    )?;
    writer.family(
        "pgbackman_concerns",
        "What needs attention, by kind and level (WARNING, CRITICAL); all is well only when there is none",
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
        "Jobs that wait for pgbackman_control",
        &|length, _| length,
    )?;
    queues(
        "pgbackman_job_queue_oldest_seconds",
        "How long the first of them has waited",
        &|_, oldest| oldest,
    )?;
    writer.family("pgbackman_runs_in_progress", "Runs that go on", |metric| {
        totals.runs.iter().try_for_each(|one| {
            let labels = [
                ("backup_server", one.server_fqdn.as_str()),
                ("kind", &one.kind),
            ];
            sample(metric, &labels, &one.count)
        })
    })
}

/// Each kind has its sample also while it counts none, so that a rule sees it appear.
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
