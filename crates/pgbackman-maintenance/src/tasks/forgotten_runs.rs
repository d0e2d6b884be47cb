//! The runs of deleted backups are remembered for a year, so that a result that was left lying does not bring one back.

use chrono::TimeDelta;
use pgbackman_core::catalogue::backups::leftovers;
use pgbackman_core::daemon::question::TaskError;

use crate::journal::Journal;
use crate::pass::Pass;

/// So long a server may be away with results in its `pending_updates`.
const REMEMBERED: TimeDelta = TimeDelta::days(365);

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let client = &*pass.session;
    let before = pass.as_of - REMEMBERED;
    if pass.daemon.dry_run {
        let count = pass.ask(leftovers::deleted_runs(client, before)).await?;
        if count > 0 {
            journal.noted(&format!(
                "would remove the records of {count} runs that were deleted over a year ago"
            ));
        }
        return Ok(());
    }
    let forgotten = pass
        .ask(leftovers::forget_deleted_runs(client, before))
        .await?;
    if forgotten > 0 {
        journal.noted(&format!(
            "removed the records of {forgotten} runs that were deleted over a year ago"
        ));
    }
    Ok(())
}
