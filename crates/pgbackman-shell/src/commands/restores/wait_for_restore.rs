//! `wait_for_restore`

use std::thread;
use std::time::Duration;

use pgbackman_core::catalogue::restores::following::{self, Followed};
use pgbackman_core::domain::ids::RestoreDefId;
use pgbackman_core::domain::status::{AtStatus, ExecutionStatus};

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The pause between two queries.
const PAUSE: Duration = Duration::from_millis(500);

/// `wait_for_restore`
#[derive(Debug)]
pub(super) struct WaitForRestore {
    restore: Option<RestoreDefId>,
}

impl Command for WaitForRestore {
    const SPEC: &'static Spec = &Spec {
        name: "wait_for_restore",
        subject: Subject::Restores,
        summary: "Waits for the end of a restore",
        details: "Reports each phase of the restore and then its result. The command fails if the restore ended with \
            ERROR, so that a script can register a restore and wait for it.",
        example: "wait_for_restore 12",
        parameters: &[Parameter::new(
            "restoredef",
            "RestoreDef",
            Kind::Text,
            "Restore definition, as listed by show_restore_definitions; empty for the newest one",
        )
        .default(DefaultSource::Empty)],
        forms: &[Form::Words(&["restoredef"])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let restore = match answers.text("restoredef") {
            "" => None,
            _ => Some(answers.parse("restoredef")?),
        };
        Ok(Self { restore })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let mut wanted = self.restore;
        let mut said = String::new();
        loop {
            let now = shell.read(async |session| following::follow(&**session, wanted).await)?;
            // A restore that is registered meanwhile is ignored.
            wanted = Some(now.restore);
            if let Some((id, status, message)) = &now.result {
                return ended(
                    shell,
                    &format!("Restore {id} of definition {}", now.restore),
                    *status,
                    message,
                );
            }
            if now.status == AtStatus::Error {
                return Err(CommandError::Invalid(format!(
                    "Restore definition {} cannot be run: {}",
                    now.restore,
                    now.problem.unwrap_or_default()
                )));
            }
            let line = standing(&now);
            if line != said {
                shell.dialogue(&printable(&line))?;
                said = line;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// The phase of the restore as text.
fn standing(now: &Followed) -> String {
    match (&now.phase, &now.problem) {
        (Some(phase), _) => format!("Restore definition {}: {phase}", now.restore),
        (None, Some(problem)) => {
            format!("Restore definition {} is waiting: {problem}", now.restore)
        }
        (None, None) => format!("Restore definition {} has not started yet.", now.restore),
    }
}

fn ended(
    shell: &Shell,
    what: &str,
    status: ExecutionStatus,
    message: &str,
) -> Result<(), CommandError> {
    let text = printable(message);
    match status {
        ExecutionStatus::Error => Err(CommandError::Invalid(format!(
            "{what} ended with ERROR: {text}"
        ))),
        ExecutionStatus::Warning => shell.done(&[format!("{what} ended with WARNING: {text}")]),
        ExecutionStatus::Succeeded => shell.done(&[format!("{what} ended with SUCCEEDED.")]),
    }
}
