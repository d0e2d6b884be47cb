//! The metrics of each definition.

use std::fmt;

use pgbackman_core::catalogue::monitoring::DefinitionState;
use pgbackman_core::domain::status::ExecutionStatus;

use super::writer::{Writer, float, sample, seconds};
use crate::snapshot::Snapshot;

/// The metrics of each definition that cron runs.
pub(super) fn definitions(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let scheduled: Vec<Labelled<'_>> = snapshot
        .picture
        .definitions
        .iter()
        .filter(|definition| definition.is_scheduled())
        .map(Labelled::new)
        .collect();
    let mut each = |name, help, value: &dyn Fn(&DefinitionState) -> Option<f64>| {
        writer.family(name, help, |metric| {
            scheduled.iter().try_for_each(|one| match value(one.state) {
                Some(value) => sample(metric, &one.labels(), &value),
                None => Ok(()),
            })
        })
    };
    each(
        "pgbackman_definition_registered_timestamp_seconds",
        "When the backup definition was registered or changed",
        &|state| Some(seconds(state.registered)),
    )?;
    each(
        "pgbackman_definition_last_success_timestamp_seconds",
        "When the newest usable backup (SUCCEEDED or WARNING) was completed",
        &|state| state.last_usable.map(|last| seconds(last.finished)),
    )?;
    each(
        "pgbackman_definition_last_success_age_seconds",
        "Age of the newest usable backup; without one, age of the definition",
        &|state| {
            let since = state
                .last_usable
                .map_or(state.registered, |last| last.finished);
            Some(seconds(snapshot.picture.now) - seconds(since))
        },
    )?;
    each(
        "pgbackman_definition_last_success_size_bytes",
        "Size of the newest usable backup",
        &|state| state.last_usable.map(|last| float(last.bytes)),
    )?;
    each(
        "pgbackman_definition_last_run_timestamp_seconds",
        "When the last run ended",
        &|state| state.last_run?.finished.map(seconds),
    )?;
    each(
        "pgbackman_definition_last_run_status",
        "Result of the last run: 0 SUCCEEDED, 1 WARNING, 2 ERROR",
        &|state| {
            state.last_run.map(|run| match run.status {
                ExecutionStatus::Succeeded => 0.0,
                ExecutionStatus::Warning => 1.0,
                ExecutionStatus::Error => 2.0,
            })
        },
    )?;
    each(
        "pgbackman_definition_last_run_duration_seconds",
        "Duration of the last run",
        &|state| state.last_run?.duration,
    )?;
    each(
        "pgbackman_definition_failures",
        "Failed runs since the newest usable backup",
        &|state| Some(float(state.failures)),
    )?;
    each(
        "pgbackman_definition_missed_runs",
        "Scheduled runs that were missed since the last run started",
        &|state| Some(float(state.missed.count as u64)),
    )?;
    each(
        "pgbackman_definition_unschedulable",
        "1 if the definition is not in the crontab; the column problem of backup_definition has the reason",
        &|state| state.problem.as_ref().map(|_| 1.0),
    )
}

/// The labels of a definition, which all its metrics have.
struct Labelled<'a> {
    state: &'a DefinitionState,
    id: String,
    node: String,
}

impl<'a> Labelled<'a> {
    fn new(state: &'a DefinitionState) -> Self {
        Self {
            state,
            id: state.id.to_string(),
            node: format!("{}:{}", state.node_fqdn, state.port),
        }
    }

    fn labels(&self) -> [(&'static str, &str); 5] {
        [
            ("def_id", &self.id),
            ("backup_server", &self.state.server_fqdn),
            ("pgsql_node", &self.node),
            ("dbname", &self.state.dbname),
            ("backup_code", self.state.code.as_str()),
        ]
    }
}
