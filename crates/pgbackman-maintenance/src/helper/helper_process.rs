//! A process of ours that works on file systems in place of a pass. An unavailable file system may never answer, and a process that
//! asked it can be neither ended nor waited for. Therefore another process asks, and the pass gives it up when it hangs. A new process
//! then works on the other directories.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The program that runs, also where its file has been replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";
/// How long one that has ended its output may take to end.
const END: Duration = Duration::from_secs(5);
/// After how many processes that end by themselves a pass starts no other.
const MOST_ENDS: usize = 10;

/// Such a process, started when it is needed, and again when one has ended or was given up.
#[derive(Debug)]
pub struct HelperProcess {
    argument: &'static str,
    limit: Duration,
    limit_afterwards: Duration,
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
pub enum Silence {
    /// No process could be started: nothing was asked.
    NotStarted(String),
    /// No answer came in time.
    Hangs,
    /// The process ended.
    Ended(String),
}

impl HelperProcess {
    /// Nothing is started yet. `limit` is how long it may be silent; `limit_afterwards` the same once one has hung, since others on the
    /// same file system will.
    pub const fn new(argument: &'static str, limit: Duration, limit_afterwards: Duration) -> Self {
        Self {
            argument,
            limit,
            limit_afterwards,
            talk: None,
            hung: BTreeMap::new(),
            ends: 0,
        }
    }

    /// Why a directory is not asked any more.
    pub fn given_up(&self, directory: &Path) -> Option<&str> {
        self.hung.get(directory).map(String::as_str)
    }

    /// Whether it is no use to start another one.
    pub const fn has_ended_too_often(&self) -> bool {
        self.ends >= MOST_ENDS
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Where it could not be sent. Whether the process has read it is not known then, but for [`Silence::NotStarted`].
    pub async fn ask(&mut self, request: &impl Serialize) -> Result<(), Silence> {
        let mut line =
            serde_json::to_vec(request).map_err(|error| Silence::NotStarted(error.to_string()))?;
        line.push(b'\n');
        let talk = match &mut self.talk {
            Some(talk) => talk,
            none => match Talk::begin(self.argument) {
                Ok(talk) => none.insert(talk),
                Err(error) => {
                    self.ends += 1;
                    return Err(Silence::NotStarted(format!(
                        "could not start the process for work on files: {error}"
                    )));
                }
            },
        };
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

    /// Tells a process where files may lie, once: `places` is that request.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn tell_places(&mut self, places: &impl Serialize) -> Result<(), Silence> {
        if self.talk.as_ref().is_some_and(|talk| talk.knows_places) {
            return Ok(());
        }
        self.ask(places).await?;
        if let Some(talk) = &mut self.talk {
            talk.knows_places = true;
        }
        Ok(())
    }

    /// Waits for an answer, or a heartbeat.
    ///
    /// # Errors
    /// Where none comes.
    pub async fn answer<A: DeserializeOwned>(&mut self) -> Result<A, Silence> {
        let Some(talk) = &mut self.talk else {
            return Err(Silence::Ended(
                "the process for work on files has disappeared".to_owned(),
            ));
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

    /// Asks about items in one directory, and takes an answer for each, in order. Where a process ends twice at the same item, that one
    /// is passed over; where the directory hangs, all that are left are.
    pub async fn for_each<W: Work>(
        &mut self,
        work: &W,
        directory: &Path,
        mut items: Vec<W::Item>,
        found: &mut Vec<W::Found>,
    ) {
        // A process that ends twice at the same item will do so again.
        let mut has_ended_here = false;
        while !items.is_empty() {
            let reason = if let Some(reason) = self.given_up(directory) {
                reason.to_owned()
            } else {
                let before = found.len();
                let silence = match self.take_answers(work, &items, found).await {
                    Ok(()) => return,
                    Err(silence) => silence,
                };
                let further = found.len() - before;
                items.drain(..further);
                if items.is_empty() {
                    return;
                }
                match silence {
                    Silence::Hangs => self.hangs(directory),
                    Silence::Ended(reason) | Silence::NotStarted(reason) => {
                        let again = !self.has_ended_too_often();
                        if again && (further > 0 || !has_ended_here) {
                            has_ended_here = true;
                            continue;
                        }
                        if again {
                            found.push(W::passed_over(&items.remove(0), reason));
                            has_ended_here = false;
                            continue;
                        }
                        reason
                    }
                }
            };
            let others = items.drain(..);
            found.extend(others.map(|item| W::passed_over(&item, reason.clone())));
        }
    }

    async fn take_answers<W: Work>(
        &mut self,
        work: &W,
        items: &[W::Item],
        found: &mut Vec<W::Found>,
    ) -> Result<(), Silence> {
        self.tell_places(&work.places()).await?;
        self.ask(&W::request(items.to_vec())).await?;
        let mut left = items.len();
        while left > 0 {
            if let Some(one) = W::found(self.answer().await?) {
                found.push(one);
                left -= 1;
            }
        }
        Ok(())
    }

    /// Gives the process up: it is told to end, and nobody waits for it. Returns the reason, which stands for this directory from now on.
    pub fn hangs(&mut self, directory: &Path) -> String {
        if let Some(mut talk) = self.talk.take() {
            let _it_may_be_gone = talk.child.start_kill();
        }
        let limit = self.limit.as_secs_f64();
        self.limit = self.limit.min(self.limit_afterwards);
        let reason = format!(
            "the file system of {} did not respond within {limit} s",
            directory.display()
        );
        self.hung.insert(directory.to_owned(), reason.clone());
        reason
    }

    /// It answers what it was not asked: whatever it says from now on is not believed.
    pub async fn is_confused(&mut self, answer: &impl std::fmt::Debug) -> Silence {
        tracing::error!("a process for work on files sent the unexpected response {answer:?}");
        self.ended().await
    }

    /// The process has closed its output, or says what nobody understands.
    async fn ended(&mut self) -> Silence {
        self.ends += 1;
        let Some(mut talk) = self.talk.take() else {
            return Silence::Ended("the process for work on files has disappeared".to_owned());
        };
        let _it_may_be_gone = talk.child.start_kill();
        let how = match timeout(END, talk.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not end".to_owned(),
        };
        Silence::Ended(format!("the process for work on files ended: {how}"))
    }
}

/// What a process is asked about many items.
pub trait Work {
    /// One of them.
    type Item: Clone;
    /// What is sent.
    type Request: Serialize;
    /// What comes back.
    type Answer: DeserializeOwned;
    /// What is known of an item then.
    type Found;

    /// The request that says where files may lie.
    fn places(&self) -> Self::Request;

    /// The request about these.
    fn request(items: Vec<Self::Item>) -> Self::Request;

    /// What an answer says of an item; `None`: it is a heartbeat.
    fn found(answer: Self::Answer) -> Option<Self::Found>;

    /// No answer came for this one.
    fn passed_over(item: &Self::Item, reason: String) -> Self::Found;
}

/// The items by directory: if one directory hangs, the others are still asked about.
pub fn by_directory<T>(
    items: Vec<T>,
    directory_of: impl Fn(&T) -> PathBuf,
) -> impl Iterator<Item = (PathBuf, Vec<T>)> {
    let mut directories: BTreeMap<PathBuf, Vec<T>> = BTreeMap::new();
    for item in items {
        directories
            .entry(directory_of(&item))
            .or_default()
            .push(item);
    }
    directories.into_iter()
}

impl Talk {
    fn begin(argument: &str) -> io::Result<Self> {
        let mut child = Command::new(OURSELVES)
            .arg(argument)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A program that waits for the end of our standard error must not wait for a process that hangs.
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
