//! Looking at files by another process ([`crate::look::look_child`]), which is given up when it hangs: what it did not reach is not
//! looked at, and other directories continue with a new one.

use std::path::PathBuf;
use std::time::Duration;

use pgbackman_core::catalogue::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::ids::BckId;

use crate::files::places::{Area, Part, Places};
use crate::helper::helper_process::{HelperProcess, Silence, Work, by_directory};
use crate::look::look_child::{ARGUMENT, Answer, Marked, Request, Unread};

/// How long it may be at one file. Whoever has not answered by then may never do.
pub const LIMIT: Duration = Duration::from_secs(60);
/// The same, once one has hung: others on the same file system will.
const LIMIT_AFTERWARDS: Duration = Duration::from_secs(5);

/// Looks for one pass.
#[derive(Debug)]
pub struct Looker(HelperProcess);

impl Looker {
    /// Nothing is started yet.
    pub const fn new(limit: Duration) -> Self {
        Self(HelperProcess::new(ARGUMENT, limit, LIMIT_AFTERWARDS))
    }

    /// Reads the mark of a directory, and looks for archives in it.
    ///
    /// # Errors
    /// Why not.
    pub async fn mark(&mut self, area: &Area, expected: Vec<PathBuf>) -> Result<Marked, Unread> {
        let unread = |reason| Unread {
            is_missing: false,
            reason,
        };
        let path = area.path();
        if let Some(reason) = self.0.given_up(&path) {
            return Err(unread(reason.to_owned()));
        }
        let request = Request::Mark(area.clone(), expected);
        loop {
            let answer = match self.0.ask(&request).await {
                Ok(()) => self.0.answer().await,
                Err(silence) => Err(silence),
            };
            match answer {
                Ok(Answer::Marked(marked)) => return marked,
                Err(Silence::Hangs) => return Err(unread(self.0.hangs(&path))),
                Err(Silence::Ended(reason) | Silence::NotStarted(reason))
                    if self.0.has_ended_too_often() =>
                {
                    return Err(unread(reason));
                }
                Ok(_) | Err(Silence::Ended(_) | Silence::NotStarted(_)) => {}
            }
        }
    }

    /// Looks at the files of backups.
    pub async fn look(
        &mut self,
        places: &Places,
        backups: Vec<LookedFor>,
    ) -> Vec<(BckId, FilesState)> {
        let mut found = Vec::with_capacity(backups.len());
        for (directory, backups) in by_directory(backups, |one| directory_of(places, one)) {
            let work = LookAtFiles(places);
            self.0
                .for_each(&work, &directory, backups, &mut found)
                .await;
        }
        found
    }
}

struct LookAtFiles<'p>(&'p Places);

impl Work for LookAtFiles<'_> {
    type Item = LookedFor;
    type Request = Request;
    type Answer = Answer;
    type Found = (BckId, FilesState);

    fn places(&self) -> Request {
        Request::Places(self.0.clone())
    }

    fn request(items: Vec<LookedFor>) -> Request {
        Request::Backups(items)
    }

    fn found(answer: Answer) -> Option<(BckId, FilesState)> {
        match answer {
            Answer::Backup(id, state) => Some((id, state)),
            Answer::AtWork | Answer::Marked(_) => None,
        }
    }

    fn passed_over(item: &LookedFor, reason: String) -> (BckId, FilesState) {
        (item.id, FilesState::NotLookedAt(reason))
    }
}

/// The directory of a backup's archive. What is in none of ours has the empty path, and is refused there.
fn directory_of(places: &Places, backup: &LookedFor) -> PathBuf {
    let files = &backup.files;
    let path = files.dump.as_ref().or(files.manifest.as_ref());
    let spot = path.map(|path| places.spot(Some(backup.node), path, Part::Dump));
    match spot {
        Some(Ok(spot)) => spot.area.path(),
        _ => PathBuf::new(),
    }
}
