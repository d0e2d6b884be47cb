//! `EOF`: what Ctrl-D means, as a word.

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `EOF`
#[derive(Debug)]
pub(super) struct Eof;

impl Command for Eof {
    const SPEC: &'static Spec = &Spec {
        name: "EOF",
        summary: "Leaves the shell, like Ctrl-D",
        details: "",
        example: "EOF",
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
