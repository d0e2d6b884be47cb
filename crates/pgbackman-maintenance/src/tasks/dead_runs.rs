//! Runs that died: the same recovery that the next run of the definition, and control, would make, by a process that can be given up.

use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::daemon::recovery;
use pgbackman_core::handoff::run;

use crate::journal::Journal;
use crate::pass::Pass;

/// Time limit of the recovery, as a multiple of that of a look at one file.
const LONGER_THAN_A_LOOK: u32 = 10;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    let limit = pass.daemon.look_limit.saturating_mul(LONGER_THAN_A_LOOK);
    for root in pass.roots() {
        let records = run::list(&root).map_err(|error| {
            TaskError::failed(&format!(
                "could not list the run records in {}: {error}",
                run::directory(&root).display()
            ))
        })?;
        if records.is_empty() {
            continue;
        }
        let command = recovery::command(&pass.daemon.context.config, &root);
        let recoveries = recovery::by_process(command, limit).await?;
        for line in recoveries.registered {
            journal.noted(&line);
        }
        for problem in recoveries.problems {
            journal.problem(&problem);
        }
    }
    Ok(())
}
