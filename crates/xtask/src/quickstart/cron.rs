//! Waiting for control to write the crontab, and, where there is no private cron, playing its part.

use super::registration::Definitions;
use crate::installation::{self, Account, Layout};
use crate::task::{Result, say, step};

/// Waits until the crontab has both jobs and shows it. In a namespace cron does the rest; without, the jobs are run here.
///
/// # Errors
///
/// When the crontab does not come, or a job fails.
pub(super) fn let_it_run(
    layout: &Layout,
    account: &Account,
    definitions: &Definitions,
) -> Result<()> {
    step(&format!(
        "the crontab written by control: {}",
        layout.crontabs().join("pgsql_node_1").display()
    ));
    let text = installation::wait_for_jobs(layout, 1, 2)?;
    println!("\n{text}");
    if account.has_namespace() {
        say(&format!("cron starts the jobs at {}.", definitions.due));
        return Ok(());
    }
    say("There is no private cron: running each line of the crontab here, as cron would.");
    for job in installation::jobs(&text) {
        say(&format!("/bin/sh -c {:?}", job.command));
        installation::run_job(&job, layout, account)?;
    }
    Ok(())
}
