//! Which snapshots and restores have been begun, by what their runs leave in the `run` directory.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::sys::at::AtJob;
use crate::sys::directory::Directory;

/// The snapshots and restores that have a record or a claim below `root`, whatever became of them. They are never given to
/// `at` again. Only names are checked: root may ask in a directory that the job user writes to.
pub fn begun(root: &Path) -> io::Result<BTreeSet<AtJob>> {
    let names = Directory::open_trusted(root)
        .and_then(|root| root.open_below(&super::directory(Path::new(""))))
        .and_then(|directory| directory.names());
    match names {
        Ok(names) => Ok(names
            .iter()
            .filter_map(|name| job(name.to_str()?))
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// `snapid7.taken`, `snapid7.run`, the same for restores, and `request7.taken`.
fn job(name: &str) -> Option<AtJob> {
    let stem = name
        .strip_suffix(".taken")
        .or_else(|| name.strip_suffix(".run"))?;
    if let Some(id) = stem.strip_prefix("snapid") {
        return id.parse().ok().map(AtJob::Snapshot);
    }
    if let Some(id) = stem.strip_prefix(super::REQUEST_PREFIX) {
        return id.parse().ok().map(AtJob::Run);
    }
    let id = stem.strip_prefix(super::RESTORE_PREFIX)?;
    id.parse().ok().map(AtJob::Restore)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{take_once, take_requested_once, take_restore_once};
    use super::*;
    use crate::domain::ids::{RequestId, RestoreDefId, SnapshotId};

    #[test]
    fn what_is_claimed_has_been_begun() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(begun(root.path()).unwrap(), BTreeSet::new());
        take_once(root.path(), SnapshotId::new(7), Uuid::new_v4()).unwrap();
        take_restore_once(root.path(), RestoreDefId::new(8), Uuid::new_v4()).unwrap();
        assert!(take_requested_once(root.path(), RequestId::new(5), Uuid::new_v4()).unwrap());
        assert!(!take_requested_once(root.path(), RequestId::new(5), Uuid::new_v4()).unwrap());
        for name in [
            "snapid9.run",
            "defid1.run",
            "snapid.run",
            "snapidx.taken",
            "snapid3.taken.partial",
            "restoredef4",
        ] {
            std::fs::write(root.path().join("run").join(name), "").unwrap();
        }
        let jobs = [
            AtJob::Snapshot(SnapshotId::new(7)),
            AtJob::Snapshot(SnapshotId::new(9)),
            AtJob::Restore(RestoreDefId::new(8)),
            AtJob::Run(RequestId::new(5)),
        ];
        assert_eq!(begun(root.path()).unwrap(), BTreeSet::from(jobs));
    }
}
