//! `show_history`

use crate::declaration::spec::{Command, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// `show_history`
#[derive(Debug)]
pub(super) struct ShowHistory;

impl Command for ShowHistory {
    const SPEC: &'static Spec = &Spec {
        name: "show_history",
        subject: Subject::Shell,
        summary: "Lists the commands entered in this session",
        details: "Use Ctrl-R and the arrow keys to find lines of earlier sessions.",
        example: "show_history",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        for (number, line) in shell.lines().iter().enumerate() {
            shell.say(&format!("[{number}]: {line}"))?;
        }
        Ok(())
    }
}
