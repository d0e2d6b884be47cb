//! `clear`.

use std::io::Write;

use crate::declaration::spec::{Command, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// Erases the screen and moves the cursor to its upper left corner (ECMA-48: ED 2, CUP).
const CLEAR_SCREEN: &str = "\x1b[2J\x1b[H";

/// `clear`
#[derive(Debug)]
pub(super) struct Clear;

impl Command for Clear {
    const SPEC: &'static Spec = &Spec {
        name: "clear",
        subject: Subject::Shell,
        summary: "Clears the screen and shows the banner",
        details: "",
        example: "clear",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        if shell.is_terminal() {
            write!(shell.out(), "{CLEAR_SCREEN}")?;
        }
        shell.banner()
    }
}
