//! Runs that died: the same recovery that the next run of the definition, and control, would make.

use pgbackman_core::catalogue::asking::PATIENCE;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::handoff::report::Reporting;
use pgbackman_core::handoff::run;

use crate::journal::Journal;
use crate::pass::Pass;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    for root in pass.roots() {
        let reporting = Reporting {
            config: &pass.daemon.context.config,
            env: &pass.daemon.context.env,
            root: Some(&root),
            owner: None,
            patience: PATIENCE,
        };
        let records = run::list(&root).map_err(|error| {
            TaskError::failed(&format!(
                "could not list the run records in {}: {error}",
                run::directory(&root).display()
            ))
        })?;
        for record in records {
            match run::recover_path(&record, &reporting, pass.as_of).await {
                Ok(None) => {}
                Ok(Some(accounted)) => {
                    journal.noted(&accounted.in_words(&record));
                    for problem in &accounted.problems {
                        journal.problem(&format!("of the run {}: {problem}", record.display()));
                    }
                }
                Err(problem) => journal.problem(&problem.to_string()),
            }
        }
    }
    Ok(())
}
