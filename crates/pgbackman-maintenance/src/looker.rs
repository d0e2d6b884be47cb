//! Looking at files by another process ([`crate::look_child`]), which is given up when it hangs: what it did not reach is not
//! looked at, and other directories go on with a new one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use pgbackman_core::catalog::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::ids::BckId;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::look_child::{ARGUMENT, Answer, Marked, Request, Unread};
use crate::places::{Area, Part, Places};

/// The program that runs, also where its file has been replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";
/// How long it may be at one file. Whoever has not answered by then may never do.
pub const LIMIT: Duration = Duration::from_secs(60);
/// The same, once one has hung: others on the same file system will.
const LIMIT_AFTERWARDS: Duration = Duration::from_secs(5);
/// So many processes that end by themselves are enough for a pass.
const MOST_ENDS: usize = 10;

/// Looks for one pass.
#[derive(Debug)]
pub struct Looker {
    limit: Duration,
    talk: Option<Talk>,
    /// Directories that hang, with the reasons.
    hung: BTreeMap<PathBuf, String>,
    ends: usize,
}

/// A process that has been started.
#[derive(Debug)]
struct Talk {
    child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    knows_places: bool,
}

/// Why there is no answer.
#[derive(Debug)]
enum Silence {
    /// None came in time.
    Hangs,
    /// The process ended, or could not be started.
    Ended(String),
}

impl Looker {
    /// Nothing is started yet.
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            talk: None,
            hung: BTreeMap::new(),
            ends: 0,
        }
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
        if let Some(reason) = self.hung.get(&path) {
            return Err(unread(reason.clone()));
        }
        let request = Request::Mark(area.clone(), expected);
        loop {
            let answer = match self.ask(&request).await {
                Ok(()) => self.answer().await,
                Err(silence) => Err(silence),
            };
            match answer {
                Ok(Answer::Marked(marked)) => return marked,
                Err(Silence::Hangs) => return Err(unread(self.hangs(&path))),
                Err(Silence::Ended(reason)) if self.has_ended_too_often() => {
                    return Err(unread(reason));
                }
                Ok(_) | Err(Silence::Ended(_)) => {}
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
        for (directory, backups) in by_directory(places, backups) {
            self.look_below(places, &directory, backups, &mut found)
                .await;
        }
        found
    }

    async fn look_below(
        &mut self,
        places: &Places,
        directory: &Path,
        mut backups: Vec<LookedFor>,
        found: &mut Vec<(BckId, FilesState)>,
    ) {
        // A process that ends twice at the same backup will do so again.
        let mut ended_at = None;
        while !backups.is_empty() {
            let reason = if let Some(reason) = self.hung.get(directory) {
                reason.clone()
            } else {
                let before = found.len();
                let silence = match self.look_at(places, &backups, found).await {
                    Ok(()) => return,
                    Err(silence) => silence,
                };
                backups.drain(..found.len() - before);
                let Some(next) = backups.first().map(|backup| backup.id) else {
                    return;
                };
                match silence {
                    Silence::Hangs => self.hangs(directory),
                    Silence::Ended(reason) => {
                        let again = !self.has_ended_too_often();
                        if again && ended_at.replace(next) != Some(next) {
                            continue;
                        }
                        if again {
                            found.push((next, FilesState::NotLookedAt(reason)));
                            backups.remove(0);
                            continue;
                        }
                        reason
                    }
                }
            };
            let others = backups.drain(..);
            found.extend(others.map(|backup| (backup.id, FilesState::NotLookedAt(reason.clone()))));
        }
    }

    /// Takes answers for as long as they come.
    async fn look_at(
        &mut self,
        places: &Places,
        backups: &[LookedFor],
        found: &mut Vec<(BckId, FilesState)>,
    ) -> Result<(), Silence> {
        if !self.talk.as_ref().is_some_and(|talk| talk.knows_places) {
            self.ask(&Request::Places(places.clone())).await?;
            if let Some(talk) = &mut self.talk {
                talk.knows_places = true;
            }
        }
        self.ask(&Request::Backups(backups.to_vec())).await?;
        let mut left = backups.len();
        while left > 0 {
            if let Answer::Backup(id, state) = self.answer().await? {
                found.push((id, state));
                left -= 1;
            }
        }
        Ok(())
    }

    async fn ask(&mut self, request: &Request) -> Result<(), Silence> {
        let talk = match &mut self.talk {
            Some(talk) => talk,
            none => match Talk::begin() {
                Ok(talk) => none.insert(talk),
                Err(error) => {
                    self.ends += 1;
                    let reason = format!("no process could be started to look: {error}");
                    return Err(Silence::Ended(reason));
                }
            },
        };
        let mut line =
            serde_json::to_vec(request).map_err(|error| Silence::Ended(error.to_string()))?;
        line.push(b'\n');
        let written = async {
            talk.input.write_all(&line).await?;
            talk.input.flush().await
        };
        match timeout(self.limit, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.ended().await),
            Err(_) => Err(Silence::Hangs),
        }
    }

    async fn answer(&mut self) -> Result<Answer, Silence> {
        let Some(talk) = &mut self.talk else {
            return Err(Silence::Ended("the process that looks is gone".to_owned()));
        };
        match timeout(self.limit, talk.answers.next_line()).await {
            Ok(Ok(Some(line))) => match serde_json::from_str(&line) {
                Ok(answer) => Ok(answer),
                Err(_) => Err(self.ended().await),
            },
            Ok(_) => Err(self.ended().await),
            Err(_) => Err(Silence::Hangs),
        }
    }

    /// Gives the process up. It is told to end, and nobody waits for it.
    fn hangs(&mut self, directory: &Path) -> String {
        if let Some(mut talk) = self.talk.take() {
            let _it_may_be_gone = talk.child.start_kill();
        }
        let limit = self.limit.as_secs_f64();
        self.limit = self.limit.min(LIMIT_AFTERWARDS);
        let reason = format!(
            "the file system of {} did not answer within {limit} s",
            directory.display()
        );
        self.hung.insert(directory.to_owned(), reason.clone());
        reason
    }

    /// The process has closed its output, or says what nobody understands.
    async fn ended(&mut self) -> Silence {
        self.ends += 1;
        let Some(mut talk) = self.talk.take() else {
            return Silence::Ended("the process that looks is gone".to_owned());
        };
        let _it_may_be_gone = talk.child.start_kill();
        let how = match timeout(LIMIT_AFTERWARDS, talk.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not end".to_owned(),
        };
        Silence::Ended(format!("the process that looked at it ended: {how}"))
    }

    const fn has_ended_too_often(&self) -> bool {
        self.ends >= MOST_ENDS
    }
}

impl Talk {
    fn begin() -> io::Result<Self> {
        let mut child = Command::new(OURSELVES)
            .arg(ARGUMENT)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Whoever waits for the end of our standard error does not wait for a process that hangs.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                answers: BufReader::new(output).lines(),
                knows_places: false,
            }),
            _ => Err(io::Error::other("it has no standard streams")),
        }
    }
}

/// The backups by the directory that their archives lie in; what lies in none is together, and is refused there.
fn by_directory(
    places: &Places,
    backups: Vec<LookedFor>,
) -> impl Iterator<Item = (PathBuf, Vec<LookedFor>)> {
    let mut directories: BTreeMap<PathBuf, Vec<LookedFor>> = BTreeMap::new();
    for backup in backups {
        let path = backup
            .files
            .dump
            .as_ref()
            .or(backup.files.manifest.as_ref());
        let spot = path.map(|path| places.spot(Some(backup.node), path, Part::Dump));
        let directory = match spot {
            Some(Ok(spot)) => spot.area.path(),
            _ => PathBuf::new(),
        };
        match directories.entry(directory) {
            Entry::Occupied(mut others) => others.get_mut().push(backup),
            Entry::Vacant(place) => {
                place.insert(vec![backup]);
            }
        }
    }
    directories.into_iter()
}
