//! `quit`.

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `quit`
#[derive(Debug)]
pub(super) struct Quit;

impl Command for Quit {
    const SPEC: &'static Spec = &Spec {
        name: "quit",
        summary: "Leaves the shell",
        details: "",
        example: "quit",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.leave();
        Ok(())
    }
}
