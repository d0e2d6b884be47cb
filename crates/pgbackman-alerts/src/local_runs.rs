//! Runs of this machine that the catalogue may not know yet: runs in progress, and pending results in files.

use std::fs;
use std::path::Path;

use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::schedule::missed_runs::RunTimes;
use pgbackman_core::handoff::pending::{self, Waiting};
use pgbackman_core::handoff::run::{self, RunRecord};

/// Maximum size of a run record.
const LONGEST_RECORD: u64 = 64 << 20;

/// The runs of definitions that the files in these roots show. Unreadable files are ignored: maintenance reports
/// them.
pub fn local_runs(roots: &[impl AsRef<Path>]) -> Vec<(DefId, RunTimes)> {
    let mut runs = Vec::new();
    for root in roots {
        let root = root.as_ref();
        for path in run::list(root).unwrap_or_default() {
            runs.extend(record(&path).and_then(|record| times(&record.result, true)));
        }
        for (_, waiting) in pending::list(root).unwrap_or_default() {
            if let Ok(Waiting::Backup(result)) = waiting {
                runs.extend(times(&result, false));
            }
        }
    }
    runs
}

fn times(result: &BackupResult, goes_on: bool) -> Option<(DefId, RunTimes)> {
    let BackupOrigin::Definition(definition) = result.origin else {
        return None;
    };
    let times = RunTimes {
        started: result.started,
        finished: (!goes_on).then_some(result.finished),
    };
    Some((definition, times))
}

/// The last complete line of a run record.
fn record(path: &Path) -> Option<RunRecord> {
    if fs::metadata(path).ok()?.len() > LONGEST_RECORD {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    serde_json::from_str(whole.lines().next_back()?).ok()
}
