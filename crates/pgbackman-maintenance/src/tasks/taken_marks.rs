//! `run/snapid7.taken` and `run/restoredef3.taken` say that a snapshot was taken, or a restore begun. They go when the
//! catalogue does not know the definition any more: then nothing can start it a second time. `run/defid5.cron` says what the last run of
//! a definition has stood for, which holds for half a day at most: it goes when it is older, whoever's it is.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, SystemTime};

use pgbackman_core::catalogue::runs::lost_runs;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::{DefId, RequestId, RestoreDefId, SnapshotId};
use pgbackman_core::handoff::run;
use pgbackman_core::sys::directory::Directory;

use crate::journal::Journal;
use crate::pass::Pass;

/// A job of `at` that was queued before its definition went has run by then.
const MARGIN: Duration = Duration::from_secs(48 * 3600);

/// The definition that a mark is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Snapshot(SnapshotId),
    Restore(RestoreDefId),
    /// The job of a request is given to `at` once, for the same minute: after the margin nothing can start it again.
    Requested,
}

impl Mark {
    fn by_name(name: &OsStr) -> Option<Self> {
        let stem = name.to_str()?.strip_suffix(".taken")?;
        if let Some(id) = stem.strip_prefix("snapid") {
            return id.parse().ok().map(Self::Snapshot);
        }
        if let Some(id) = stem.strip_prefix("request") {
            return id.parse::<RequestId>().ok().map(|_| Self::Requested);
        }
        stem.strip_prefix("restoredef")?
            .parse()
            .ok()
            .map(Self::Restore)
    }
}

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    for root in pass.roots() {
        let opened = Directory::open_trusted(&root)
            .and_then(|root| root.open_below(&run::directory(Path::new(""))));
        match opened {
            Ok(directory) => clear(pass, &directory, journal).await?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    Ok(())
}

async fn clear(pass: &Pass, directory: &Directory, journal: &mut Journal) -> Result<(), TaskError> {
    let old = old_names(pass, directory).map_err(|error| TaskError::failed(&error))?;
    for name in old.iter().filter(|name| is_cron_note(name)) {
        if pass.daemon.dry_run {
            continue;
        }
        // Written again by the next run: nothing that anybody would look for in the log.
        match directory.remove_file(name) {
            Ok(_) => tracing::debug!("removed {}", directory.path().join(name).display()),
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    let marks: Vec<(OsString, Mark)> = old
        .into_iter()
        .filter_map(|name| Mark::by_name(&name).map(|mark| (name, mark)))
        .collect();
    if marks.is_empty() {
        return Ok(());
    }
    let (mut snapshots, mut restores) = (Vec::new(), Vec::new());
    for (_, mark) in &marks {
        match mark {
            Mark::Snapshot(id) => snapshots.push(*id),
            Mark::Restore(id) => restores.push(*id),
            Mark::Requested => {}
        }
    }
    let (snapshots, restores) = pass
        .ask(lost_runs::still_defined(
            &*pass.session,
            &snapshots,
            &restores,
        ))
        .await?;
    for (name, mark) in marks {
        let defined = match mark {
            Mark::Snapshot(id) => snapshots.contains(&id),
            Mark::Restore(id) => restores.contains(&id),
            Mark::Requested => false,
        };
        if defined {
            continue;
        }
        let what = directory.path().join(&name).display().to_string();
        let why = if mark == Mark::Requested {
            "its run was requested long ago"
        } else {
            "its definition is no longer in the catalogue"
        };
        if pass.daemon.dry_run {
            journal.would_delete(&what, why);
            continue;
        }
        match directory.remove_file(&name) {
            Ok(_) => journal.deleted(&what, why),
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    Ok(())
}

/// `defid5.cron`.
fn is_cron_note(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix("defid")?.strip_suffix(".cron"))
        .is_some_and(|id| id.parse::<DefId>().is_ok())
}

/// The names of marks and notes that nobody needs for their own sake any more.
fn old_names(pass: &Pass, directory: &Directory) -> std::io::Result<Vec<OsString>> {
    let before = SystemTime::from(pass.as_of)
        .checked_sub(MARGIN)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let mut old = Vec::new();
    for name in directory.names()? {
        if (Mark::by_name(&name).is_some() || is_cron_note(&name))
            && directory
                .entry(&name)?
                .is_some_and(|entry| entry.modified < before)
        {
            old.push(name);
        }
    }
    Ok(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_cron_are_known_by_their_names() {
        assert!(is_cron_note(OsStr::new("defid5.cron")));
        for other in [
            "defid5.run",
            "defid.cron",
            "snapid5.cron",
            "defid5.cron.partial",
            "room.lock",
        ] {
            assert!(!is_cron_note(OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn marks_are_known_by_their_names() {
        let mark = |name: &str| Mark::by_name(OsStr::new(name));
        assert_eq!(
            mark("snapid7.taken"),
            Some(Mark::Snapshot(SnapshotId::new(7)))
        );
        assert_eq!(
            mark("restoredef3.taken"),
            Some(Mark::Restore(RestoreDefId::new(3)))
        );
        assert_eq!(mark("request3.taken"), Some(Mark::Requested));
        for other in [
            "snapid7.run",
            "request.taken",
            "snapid.taken",
            "defid7.taken",
            "snapid-1.taken",
            ".taken",
        ] {
            assert_eq!(mark(other), None, "{other}");
        }
    }
}
