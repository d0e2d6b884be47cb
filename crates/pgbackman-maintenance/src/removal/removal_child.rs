//! The process that deletes the files of backups for a pass, and marks directories. A file system that is unavailable may never answer a deletion, and a process
//! that asked for it can be neither ended nor waited for: so another one asks, and the pass gives it up.
//!
//! It reads requests from standard input and answers on standard output, a line of JSON each, and ends with its input. It knows neither
//! the configuration nor the catalogue, and touches nothing but what it is asked for, one backup at a time: of whatever it was not asked
//! for, or has not answered that it is gone and flushed, nobody may believe that it is gone.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use pgbackman_core::catalogue::backups::BackupFiles;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::directory_mark;
use pgbackman_core::steps::Observer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::files::contents::Subject;
use crate::files::open_areas::{self, OpenAreas};
use crate::files::places::{Area, Places};
use crate::helper::helper_child::{self, Answers};
use crate::removal::not_deleted::NotDeleted;
use crate::removal::partials::{Found, Search};
use crate::removal::{self, Outcome, Plan, Touched};
use crate::steps::{PathObserver, Step};

/// The only argument of such a process. No command line of an operator has it.
pub const ARGUMENT: &str = "--delete-files";
/// What it is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Where files may lie, for all that follows. There is no answer.
    Places(Places),
    /// Whether the files of these can be deleted; an answer for each, in order. Nothing is touched.
    LookAt(Vec<Files>),
    /// Delete the files of this one.
    Remove(Files),
    /// Flush the directories from which something was deleted since the last time.
    Flush,
    /// Delete the unfinished files of a directory that nobody can finish.
    StalePartials(Search),
    /// Give a directory a mark, if it has none.
    Mark(Area),
}

/// The files of one backup, or of what is left of one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Files {
    /// Its number in this pass.
    pub number: u64,
    /// The node, where it is known.
    pub node: Option<NodeId>,
    /// The run.
    pub run: Option<Uuid>,
    /// What it is a backup of.
    pub origin: Option<BackupOrigin>,
    /// The files.
    pub files: BackupFiles,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It has got a file further.
    AtWork,
    /// Whether one can be deleted, and why not.
    LookedAt(u64, Result<(), String>),
    /// What became of the files of one.
    Removed(u64, Became),
    /// Whether everything that was deleted is certainly gone.
    Flushed(Result<(), String>),
    /// What became of unfinished files.
    StalePartials(Vec<Found>),
    /// The mark of a directory.
    Marked(Result<Uuid, String>),
}

/// What became of the files of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Became {
    /// None of them is there any more.
    Gone,
    /// Nothing was touched, for this reason.
    Untouched(String),
    /// Some are gone, or may be, and this kept the others.
    Unfinished(String),
}

impl From<Outcome> for Became {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Gone => Self::Gone,
            Outcome::Untouched(reason) => Self::Untouched(reason.to_string()),
            Outcome::Unfinished(reason) => Self::Unfinished(reason.to_string()),
        }
    }
}

/// Serves until the input ends.
pub fn serve(steps: &dyn Observer<Step>, looks: &PathObserver<'_>) -> ExitCode {
    helper_child::serve(|| answer_all(io::stdin().lock(), io::stdout(), steps, looks))
}

fn answer_all(
    input: impl BufRead,
    output: impl Write + Send,
    steps: &dyn Observer<Step>,
    looks: &PathObserver<'_>,
) -> io::Result<()> {
    let signs = Signs {
        answers: Answers::new(output),
        steps,
        looks,
    };
    let mut places = Places::default();
    let mut plans: HashMap<u64, Plan> = HashMap::new();
    let mut touched = Touched::default();
    for line in input.lines() {
        match serde_json::from_str(&line?)? {
            Request::Places(given) => places = given,
            Request::LookAt(batch) => {
                plans.clear();
                let mut open = OpenAreas::default();
                for one in batch {
                    let planned = plan(&places, &mut open, &one, &signs);
                    let seen = planned
                        .map(|plan| drop(plans.insert(one.number, plan)))
                        .map_err(|reason| reason.to_string());
                    signs.answers.say(&Answer::LookedAt(one.number, seen))?;
                }
            }
            Request::Remove(one) => {
                // Another process has looked at it, which is no more: look again.
                let planned = match plans.remove(&one.number) {
                    Some(plan) => Ok(plan),
                    None => plan(&places, &mut OpenAreas::default(), &one, &signs),
                };
                let became = match planned {
                    Ok(plan) => plan.carry_out(&mut touched, &signs).into(),
                    Err(reason) => Became::Untouched(reason.to_string()),
                };
                signs.answers.say(&Answer::Removed(one.number, became))?;
            }
            Request::Flush => {
                let flushed = std::mem::take(&mut touched).flush();
                signs.answers.say(&Answer::Flushed(
                    flushed.map_err(|reason| reason.to_string()),
                ))?;
            }
            Request::StalePartials(search) => {
                let found = search.carry_out(&signs);
                signs.answers.say(&Answer::StalePartials(found))?;
            }
            Request::Mark(area) => {
                looks.reached(&area.path());
                let mark = open_areas::open(&area)
                    .and_then(|directory| directory_mark::ensure(&directory, None));
                signs
                    .answers
                    .say(&Answer::Marked(mark.map_err(|error| error.to_string())))?;
            }
        }
    }
    Ok(())
}

fn plan(
    places: &Places,
    open: &mut OpenAreas,
    one: &Files,
    observer: &PathObserver<'_>,
) -> Result<Plan, NotDeleted> {
    let subject = Subject {
        node: one.node,
        run: one.run,
        origin: one.origin,
        files: &one.files,
    };
    removal::plan(places, open, subject, observer)
}

/// The way back, with a heartbeat for each step that it takes.
struct Signs<'o, W> {
    answers: Answers<W>,
    steps: &'o dyn Observer<Step>,
    looks: &'o PathObserver<'o>,
}

impl<W: Write> Signs<'_, W> {
    /// Reports that it is running. A process that nobody hears stops: the pass has ended, or has given it up.
    fn at_work(&self) {
        if self.answers.at_work(&Answer::AtWork).is_err() {
            std::process::exit(1);
        }
    }
}

impl<W: Write + Send> Observer<Step> for Signs<'_, W> {
    fn reached(&self, step: Step) {
        self.steps.reached(step);
        self.at_work();
    }
}

impl<W: Write + Send> Observer<&Path> for Signs<'_, W> {
    fn reached(&self, path: &Path) {
        self.looks.reached(path);
        self.at_work();
    }
}
