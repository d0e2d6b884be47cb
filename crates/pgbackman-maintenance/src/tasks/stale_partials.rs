//! Unfinished files whose run nobody remembers: its record is gone (a lost directory, a restored file system), and they are
//! older than any run may take. What is complete and only lacks its names stays, since it may be all there is.

use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use pgbackman_core::daemon::question::TaskError;

use crate::journal::Journal;
use crate::pass::Pass;
use crate::removal::partials::{Found, Search};

/// So much longer than a run may take a file must have been left alone.
const MARGIN: Duration = Duration::from_secs(3600);
/// All names of all directories are read for this: once in a while is enough.
const EVERY: TimeDelta = TimeDelta::hours(1);
const WHY: &str = "it is unfinished, and no run record exists for it";

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    if !pass.daemon.partials_are_due(pass.as_of, EVERY) {
        return Ok(());
    }
    let oldest = pass.daemon.context.config.dump.max_duration + MARGIN;
    let before = SystemTime::from(pass.as_of)
        .checked_sub(oldest)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let dry_run = pass.daemon.dry_run;
    let mut remover = pass.remover.lock().await;
    for area in pass.places.dump_areas() {
        let search = Search {
            area,
            roots: pass.roots(),
            before,
            dry_run,
        };
        for found in remover.stale_partials(search).await {
            match found {
                Found::Stale(path) if dry_run => {
                    journal.would_delete(&path.display().to_string(), WHY);
                }
                Found::Stale(path) => journal.deleted(&path.display().to_string(), WHY),
                Found::Problem(reason) => journal.problem(&reason),
            }
        }
    }
    Ok(())
}
