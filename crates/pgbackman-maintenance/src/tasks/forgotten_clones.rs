//! Clones that ended long ago are forgotten: what `show_clones` lists is what an operator may still want to look at.

use chrono::TimeDelta;
use pgbackman_core::catalogue::restores::clones;
use pgbackman_core::daemon::question::TaskError;

use crate::journal::Journal;
use crate::pass::Pass;

/// A quarter, in which somebody will have seen that a clone failed.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let client = &*pass.session;
    let before = pass.as_of - REMEMBERED;
    let (count, said) = if pass.daemon.dry_run {
        (
            pass.ask(clones::ended(client, before)).await?,
            "would remove",
        )
    } else {
        (
            pass.ask(clones::forget_ended(client, before)).await?,
            "removed",
        )
    };
    if count > 0 {
        journal.noted(&format!(
            "{said} the records of {count} clones that ended more than {} days ago",
            REMEMBERED.num_days()
        ));
    }
    Ok(())
}
