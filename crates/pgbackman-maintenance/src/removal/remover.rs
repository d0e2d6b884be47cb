//! Deleting the files of backups by another process ([`crate::removal::removal_child`]), which is given up when it hangs.
//!
//! Nothing counts as deleted but what the process has said to be gone, in directories that it has flushed afterwards. It is asked for
//! one backup at a time: where no answer comes, only that one may be half deleted, and whatever was not asked for is untouched. A process
//! that was given up is told to end, and does so when the call returns in which it hangs: that call may remove one file more, of a backup
//! whose row says that it is being deleted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::files::places::{Area, Places};
use crate::helper::helper_process::{HelperProcess, Silence, Work, by_directory};
use crate::removal::partials::{Found, Search};
use crate::removal::removal_child::{ARGUMENT, Answer, Became, Files, Request};

/// How many times longer than a look a deletion may take: some file systems need long to delete one very large file.
const LONGER_THAN_A_LOOK: u32 = 5;

/// Deletes for one pass.
#[derive(Debug)]
pub struct Remover {
    process: HelperProcess,
    /// The number that was given last.
    number: u64,
}

impl Remover {
    /// Nothing is started yet. `look_limit` is how long a look at one file may take.
    pub const fn new(look_limit: Duration) -> Self {
        let limit = look_limit.saturating_mul(LONGER_THAN_A_LOOK);
        Self {
            process: HelperProcess::new(ARGUMENT, limit, look_limit),
            number: 0,
        }
    }

    /// A number that nothing else of this pass has.
    pub const fn number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Whether files can be deleted, and why not. Nothing is touched.
    pub async fn look_at(
        &mut self,
        places: &Places,
        files: Vec<Files>,
    ) -> Vec<(u64, Result<(), String>)> {
        let mut found = Vec::with_capacity(files.len());
        for (directory, files) in by_directory(files, directory_of) {
            self.process
                .for_each(&LookAtFiles(places), &directory, files, &mut found)
                .await;
        }
        found
    }

    /// Deletes files. What is [`Became::Gone`] is gone for certain; what is [`Became::Untouched`] is untouched for certain.
    pub async fn remove(&mut self, places: &Places, files: Vec<Files>) -> Vec<(u64, Became)> {
        let mut ended = Vec::with_capacity(files.len());
        for (directory, files) in by_directory(files, directory_of) {
            self.remove_below(places, &directory, files, &mut ended)
                .await;
        }
        ended
    }

    /// Deletes the unfinished files of a directory that nobody can finish.
    pub async fn stale_partials(&mut self, search: Search) -> Vec<Found> {
        let directory = search.area.path();
        let request = Request::StalePartials(search);
        let answered = self.alone(&directory, &request, |answer| match answer {
            Answer::StalePartials(found) => Ok(found),
            other => Err(other),
        });
        let problem = |reason| vec![Found::Problem(reason)];
        answered.await.unwrap_or_else(problem)
    }

    /// Gives a directory a mark, if it has none.
    ///
    /// # Errors
    /// Why it has none now.
    pub async fn mark(&mut self, area: &Area) -> Result<Uuid, String> {
        let (directory, request) = (area.path(), Request::Mark(area.clone()));
        let answered = self.alone(&directory, &request, |answer| match answer {
            Answer::Marked(mark) => Ok(mark),
            other => Err(other),
        });
        answered.await?
    }

    /// Asks for something in one directory that is complete in itself.
    async fn alone<T>(
        &mut self,
        directory: &Path,
        request: &Request,
        read: impl FnOnce(Answer) -> Result<T, Answer>,
    ) -> Result<T, String> {
        if let Some(reason) = self.process.given_up(directory) {
            return Err(reason.to_owned());
        }
        let silence = match self.reply(request).await {
            Ok(answer) => match read(answer) {
                Ok(answer) => return Ok(answer),
                Err(other) => self.process.is_confused(&other).await,
            },
            Err(silence) => silence,
        };
        Err(self.reason(directory, silence))
    }

    async fn remove_below(
        &mut self,
        places: &Places,
        directory: &Path,
        files: Vec<Files>,
        ended: &mut Vec<(u64, Became)>,
    ) {
        // Removed by the process that runs, and not flushed yet.
        let mut removed = Vec::new();
        let mut is_to_be_flushed = false;
        let mut given_up = None;
        for one in files {
            let number = one.number;
            let reason = self.process.given_up(directory).map(str::to_owned);
            if let Some(reason) = reason.or_else(|| given_up.clone()) {
                ended.push((number, Became::Untouched(reason)));
                continue;
            }
            match self.remove_one(places, one).await {
                Ok(became) => {
                    is_to_be_flushed = true;
                    match became {
                        Became::Gone => removed.push(number),
                        other => ended.push((number, other)),
                    }
                }
                Err(silence) => {
                    let is_untouched = matches!(silence, Silence::NotStarted(_));
                    let reason = self.reason(directory, silence);
                    ended.push((
                        number,
                        if is_untouched {
                            Became::Untouched(reason.clone())
                        } else {
                            Became::Unfinished(reason.clone())
                        },
                    ));
                    // That process does not flush any more.
                    let lost = removed.drain(..);
                    ended.extend(lost.map(|one| (one, Became::Unfinished(reason.clone()))));
                    is_to_be_flushed = false;
                    if self.process.has_ended_too_often() {
                        given_up = Some(reason);
                    }
                }
            }
        }
        if !is_to_be_flushed {
            return;
        }
        let flushed = match self.flush().await {
            Ok(flushed) => flushed,
            Err(silence) => Err(self.reason(directory, silence)),
        };
        ended.extend(removed.into_iter().map(|one| {
            let became = match &flushed {
                Ok(()) => Became::Gone,
                Err(reason) => Became::Unfinished(reason.clone()),
            };
            (one, became)
        }));
    }

    async fn remove_one(&mut self, places: &Places, one: Files) -> Result<Became, Silence> {
        let asked_for = one.number;
        self.process
            .tell_places(&Request::Places(places.clone()))
            .await?;
        match self.reply(&Request::Remove(one)).await? {
            Answer::Removed(number, became) if number == asked_for => Ok(became),
            other => Err(self.process.is_confused(&other).await),
        }
    }

    async fn flush(&mut self) -> Result<Result<(), String>, Silence> {
        match self.reply(&Request::Flush).await? {
            Answer::Flushed(flushed) => Ok(flushed),
            other => Err(self.process.is_confused(&other).await),
        }
    }

    /// Sends a request and waits for what is answered to it, however long the process is running.
    async fn reply(&mut self, request: &Request) -> Result<Answer, Silence> {
        self.process.ask(request).await?;
        loop {
            match self.process.answer().await? {
                Answer::AtWork => {}
                answer => return Ok(answer),
            }
        }
    }

    fn reason(&mut self, directory: &Path, silence: Silence) -> String {
        match silence {
            Silence::Hangs => self.process.hangs(directory),
            Silence::Ended(reason) | Silence::NotStarted(reason) => reason,
        }
    }
}

struct LookAtFiles<'p>(&'p Places);

impl Work for LookAtFiles<'_> {
    type Item = Files;
    type Request = Request;
    type Answer = Answer;
    type Found = (u64, Result<(), String>);

    fn places(&self) -> Request {
        Request::Places(self.0.clone())
    }

    fn request(items: Vec<Files>) -> Request {
        Request::LookAt(items)
    }

    fn found(answer: Answer) -> Option<Self::Found> {
        match answer {
            Answer::LookedAt(number, seen) => Some((number, seen)),
            Answer::AtWork
            | Answer::Removed(..)
            | Answer::Flushed(_)
            | Answer::StalePartials(_)
            | Answer::Marked(_) => None,
        }
    }

    fn passed_over(item: &Files, reason: String) -> Self::Found {
        (item.number, Err(reason))
    }
}

/// The directory of a backup's first file.
fn directory_of(one: &Files) -> PathBuf {
    let directory = one.files.paths().next().and_then(Path::parent);
    directory.map(Path::to_owned).unwrap_or_default()
}
