//! Runs that died: the same recovery that the next run of the definition, and control, would make.

use pgbackman_core::handoff::report::{PATIENCE, Reporting};
use pgbackman_core::handoff::run;

use crate::journal::Journal;
use crate::world::{Failure, Situation};

pub(super) async fn run(situation: &Situation, journal: &mut Journal) -> Result<(), Failure> {
    if situation.world.dry_run {
        return Ok(());
    }
    for root in situation.roots() {
        let reporting = Reporting {
            config: &situation.world.config,
            env: &situation.world.env,
            root: Some(&root),
            owner: None,
            patience: PATIENCE,
        };
        let records = run::list(&root).map_err(|error| {
            Failure::Failed(format!(
                "could not list the run records in {}: {error}",
                run::directory(&root).display()
            ))
        })?;
        for record in records {
            match run::recover_path(&record, &reporting, situation.as_of).await {
                Ok(None) => {}
                Ok(Some(accounted)) => {
                    let reason = accounted
                        .reason
                        .as_deref()
                        .unwrap_or("what it was to do was complete");
                    journal.noted(&format!(
                        "a run that died is registered as {}: {reason} ({})",
                        accounted.status,
                        record.display()
                    ));
                    for problem in &accounted.problems {
                        journal.problem(&format!("of the run {}: {problem}", record.display()));
                    }
                }
                Err(problem) => journal.problem(&problem),
            }
        }
    }
    Ok(())
}
