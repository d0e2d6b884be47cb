//! Runs that the catalogue believes to continue although nothing of them is left here: neither a record nor a waiting result.
//! They keep definitions from being deleted, and backups from being let go.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use pgbackman_core::catalogue::runs::lost_runs::{self, RunOf};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::handoff::run;

use crate::journal::Journal;
use crate::pass::Pass;

/// So much longer than a run may take it has to be over.
const MARGIN: TimeDelta = TimeDelta::hours(24);

const MESSAGE: &str =
    "the run ended without a result: its backup server has neither its record nor a pending result";

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let client = &*pass.session;
    let longest =
        TimeDelta::from_std(pass.daemon.context.config.dump.max_duration).unwrap_or(MARGIN);
    let before = pass.as_of - longest - MARGIN;
    let old = pass
        .ask(lost_runs::begun_before(client, pass.server.id, before))
        .await?;
    for lost in old {
        if pass
            .roots()
            .iter()
            .any(|root| has_record(&record(root, lost.of)))
        {
            continue;
        }
        if pass.daemon.dry_run {
            journal.noted(&format!(
                "would register the lost run {} as ERROR",
                lost.run
            ));
            continue;
        }
        match pass.ask(lost_runs::end(client, lost.run, MESSAGE)).await {
            Ok(Some(entry)) => journal.noted(&format!(
                "registered the lost run {} as ERROR: backup {entry}",
                lost.run
            )),
            Ok(None) => journal.noted(&format!("the lost run {} has ended", lost.run)),
            Err(error) if error.is_unavailable() => return Err(error.into()),
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    Ok(())
}

fn record(root: &Path, of: RunOf) -> PathBuf {
    match of {
        RunOf::Backup(origin) => run::path(root, origin),
        RunOf::Restore(restore) => run::restore_path(root, restore),
    }
}

/// Where that cannot be found out, there may be one.
fn has_record(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}
