//! `cargo xtask docs`: the pages of the manual that are made from the code.

use crate::process::run;
use crate::task::{Result, TaskError, say};
use crate::workspace;

/// What `cargo xtask docs --help` answers.
const USAGE: &str = "\
Usage: cargo xtask docs

Writes docs/manual/commands.md anew, from the declarations of the shell's commands. The test that compares them is the
one that writes it.";

/// The task.
///
/// # Errors
///
/// When the page cannot be made.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    match arguments {
        [] => {}
        [help] if help == "--help" || help == "-h" => {
            println!("{USAGE}");
            return Ok(());
        }
        [unknown, ..] => return Err(TaskError::new(format!("unknown: {unknown}\n\n{USAGE}"))),
    }
    let root = workspace::root()?;
    run(workspace::cargo(&root, false)
        .env("PGBACKMAN_WRITE_DOCUMENTS", "yes")
        .args(["test", "--quiet", "--package", "pgbackman-tests"])
        .args(["--test", "it", "documents::the_manual_has_every_command"]))?;
    say("docs/manual/commands.md is written");
    Ok(())
}
