//! `cancel_run`

use std::thread;
use std::time::{Duration, Instant};

use pgbackman_core::catalogue::runs::progress::{self, Ended, RunInProgress};
use pgbackman_core::domain::ids::RunId;
use pgbackman_core::domain::status::ExecutionStatus;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::operator;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// How long the command waits for the end of the run.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(250);

/// `cancel_run`
#[derive(Debug)]
pub(super) struct CancelRun {
    run: RunId,
}

impl Command for CancelRun {
    const SPEC: &'static Spec = &Spec {
        name: "cancel_run",
        subject: Subject::State,
        summary: "Cancels a backup or restore in progress",
        details: "The run reads the request in the catalogue, on whichever backup server it is, and ends within a few \
            seconds, as it does after SIGTERM: its client programs end, the files of a backup are removed, and a \
            restore leaves the databases of the target as a failed restore does. Its status is ERROR, and the reason \
            names who cancelled it. A backup whose files are already complete is not cancelled. The command waits up \
            to 30 seconds for the end of the run.",
        example: "cancel_run 12",
        parameters: &[Parameter::new(
            "runid",
            "RunID",
            Kind::RunId,
            "Run, as listed by show_backups_in_progress or show_restores_in_progress",
        )],
        forms: &[Form::Words(&["runid"])],
        confirmation: Some("Are you sure you want to cancel this run? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            run: answers.parse("runid")?,
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        let found = shell.read(async |session| progress::by_id(&**session, self.run).await);
        found.map(drop).map_err(advise)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        self.check(shell)?;
        let by = operator::name(shell)?;
        let run = shell
            .write(async |session| progress::request_cancellation(&**session, self.run, &by).await);
        let run = run.map_err(advise)?;
        let ended = wait(shell, &run)?;
        let what = format!("Run {} of {} on {}", self.run, run.of, run.server);
        shell.done(&[match ended {
            Some(ended) => format!("{what} {}", describe(&ended)),
            None => format!(
                "{what} was asked to end but is still running. {}",
                silence(shell, &run)
            ),
        }])
    }
}

/// Waits a limited time for the end of a run.
fn wait(shell: &Shell, run: &RunInProgress) -> Result<Option<Ended>, CommandError> {
    let until = Instant::now() + PATIENCE;
    loop {
        let ended = shell.read(async |session| progress::ending(&**session, run.run_uuid).await)?;
        if ended.is_some() || Instant::now() >= until {
            return Ok(ended);
        }
        thread::sleep(PAUSE);
    }
}

fn describe(ended: &Ended) -> String {
    match ended.status {
        Some(ExecutionStatus::Error) => format!("ended with ERROR: {}", ended.message),
        Some(status) => format!("ended with {status} before it could be cancelled."),
        None => "has ended.".to_owned(),
    }
}

/// A report about a run that does not end.
fn silence(shell: &Shell, run: &RunInProgress) -> String {
    match run.reported {
        None => "It has never reported to the catalogue.".to_owned(),
        Some(last) => format!(
            "Its last report was {} seconds ago. If the run has died, pgbackman_control on {} records that.",
            (shell.now() - last).num_seconds().max(0),
            run.server
        ),
    }
}

/// Adds which commands list the runs.
fn advise(error: CommandError) -> CommandError {
    match error {
        CommandError::Invalid(text) => CommandError::Invalid(format!(
            "{text}; show_backups_in_progress and show_restores_in_progress list the runs"
        )),
        error => error,
    }
}
