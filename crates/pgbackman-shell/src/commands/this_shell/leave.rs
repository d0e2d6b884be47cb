//! `quit`, its alias `exit`, and `EOF`, the word for Ctrl-D.

use crate::declaration::registry::Commands;
use crate::declaration::spec::{Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// `quit`
pub(super) const QUIT: &Spec = &named("quit", "Leaves the shell");

/// `exit`
pub(super) const EXIT: &Spec = &named("exit", "Leaves the shell, like quit");

/// `EOF`
pub(super) const EOF: &Spec = &named("EOF", "Leaves the shell, like Ctrl-D");

const fn named(name: &'static str, summary: &'static str) -> Spec {
    Spec {
        name,
        subject: Subject::Shell,
        summary,
        details: "",
        example: name,
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    }
}

/// Leaves the shell.
///
/// # Errors
/// None.
#[allow(clippy::unnecessary_wraps, reason = "it is run as every command is")]
pub(super) fn run(_: &Commands, shell: &mut Shell, _: &Answers) -> Result<(), CommandError> {
    shell.leave();
    Ok(())
}
