//! Backups with a file in common (trap 29b): they go together, or as long as one of them is kept, none does.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::backups::shared_files::{self, SharedFile};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::BckId;

use crate::pass::Pass;

/// What becomes of backups that share files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// They can go, but only together.
    pub together: BTreeSet<BckId>,
    /// They stay, with the reasons.
    pub kept_back: BTreeMap<BckId, String>,
}

/// Judges those of some backups that share files; others are left out. Nothing keeps the backups themselves.
pub async fn judge(pass: &Pass, backups: Vec<BckId>) -> Result<Groups, TaskError> {
    let mut members: BTreeSet<BckId> = BTreeSet::new();
    let mut shared = Vec::new();
    let mut asked = backups;
    while !asked.is_empty() {
        let more = ask(pass, &asked).await?;
        members.extend(asked);
        asked = more
            .iter()
            .filter(|file| file.other_is_to_go && !file.other_is_going)
            .map(|file| file.other)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|other| !members.contains(other))
            .collect();
        shared.extend(more);
    }
    Ok(divide(&shared))
}

/// Those of some backups, whose deletion was begun, that have to wait for another one that is not being deleted.
pub async fn waiting(pass: &Pass, backups: &[BckId]) -> Result<BTreeMap<BckId, String>, TaskError> {
    let shared = ask(pass, backups).await?;
    let waits = shared.iter().filter(|file| !file.other_is_going);
    Ok(waits.map(|file| (file.backup, reason(file))).collect())
}

async fn ask(pass: &Pass, backups: &[BckId]) -> Result<Vec<SharedFile>, TaskError> {
    let (client, as_of) = (&*pass.session, pass.as_of);
    Ok(pass
        .ask(shared_files::of_backups(client, backups, as_of))
        .await?)
}

/// One backup that is kept keeps back all that have a file in common with it, and so on.
fn divide(shared: &[SharedFile]) -> Groups {
    let mut groups = Groups {
        together: shared.iter().map(|file| file.backup).collect(),
        kept_back: BTreeMap::new(),
    };
    loop {
        let stays = |file: &&SharedFile| {
            groups.together.contains(&file.backup)
                && !file.other_is_going
                && !groups.together.contains(&file.other)
        };
        let Some(file) = shared.iter().find(stays) else {
            return groups;
        };
        groups.together.remove(&file.backup);
        groups.kept_back.insert(file.backup, reason(file));
    }
}

fn reason(file: &SharedFile) -> String {
    format!(
        "{} is also a file of backup {}, which is kept",
        file.path.display(),
        file.other
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(backup: i64, other: i64, to_go: bool, going: bool) -> SharedFile {
        SharedFile {
            backup: BckId::new(backup),
            other: BckId::new(other),
            path: "/srv/x".into(),
            other_is_going: going,
            other_is_to_go: to_go,
        }
    }

    fn ids(ids: &[i64]) -> Vec<BckId> {
        ids.iter().copied().map(BckId::new).collect()
    }

    #[test]
    fn trap_29b_a_group_goes_together_or_not_at_all() {
        // 1 and 2 share a file, and nothing keeps them; 3, 4 and 5 are a chain whose end, 6, is kept; 7's twin is going.
        let groups = divide(&[
            shared(1, 2, true, false),
            shared(2, 1, true, false),
            shared(3, 4, true, false),
            shared(4, 3, true, false),
            shared(4, 5, true, false),
            shared(5, 4, true, false),
            shared(5, 6, false, false),
            shared(7, 8, true, true),
        ]);
        assert_eq!(
            groups.together.into_iter().collect::<Vec<_>>(),
            ids(&[1, 2, 7])
        );
        assert_eq!(
            groups.kept_back.keys().copied().collect::<Vec<_>>(),
            ids(&[3, 4, 5])
        );
        assert_eq!(divide(&[]), Groups::default());
    }
}
