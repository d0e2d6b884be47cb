//! The two loops that read lines: interactive, which continues after an error, and for scripts, which does not.

use pgbackman_core::exit_code::ExitCode;

use crate::dispatch;
use crate::error::CommandError;
use crate::session::input::{Line, is_comment};
use crate::session::shell::Shell;

/// The prompt of the command line.
const PROMPT: &str = "[pgbackman]$ ";

/// The message on leaving.
const FAREWELL: &str = "Done, thank you for using PgBackMan";

/// Serves a person until they leave.
///
/// # Errors
/// If the terminal cannot be read or written any more.
pub fn interactive(shell: &mut Shell) -> Result<ExitCode, CommandError> {
    shell.banner()?;
    loop {
        let line = match shell.read_command(PROMPT)? {
            Line::Text(line) => line,
            Line::Interrupted => continue,
            Line::End => break,
        };
        if line.trim().is_empty() {
            continue;
        }
        shell.remember(&line);
        if let Err(error) = dispatch::execute(shell, &line) {
            shell.report(&error)?;
        }
        if shell.is_leaving() {
            break;
        }
    }
    shell.say(&format!("\n{FAREWELL}\n"))?;
    Ok(ExitCode::Success)
}

/// Runs the lines of a script, up to the first error unless `--keep-going` is given.
///
/// The exit code is that of the first failure.
///
/// # Errors
/// If the script cannot be read, or the results cannot be written.
pub fn script(shell: &mut Shell, keep_going: bool) -> Result<ExitCode, CommandError> {
    let mut outcome = ExitCode::Success;
    while let Line::Text(line) = shell.read_command("")? {
        if line.trim().is_empty() || is_comment(&line) {
            continue;
        }
        shell.remember(&line);
        shell.echo_command(PROMPT, &line)?;
        if let Err(error) = dispatch::execute(shell, &line) {
            if error.is_broken_pipe() {
                return Err(error);
            }
            shell.report(&error)?;
            if outcome == ExitCode::Success {
                outcome = error.exit_code();
            }
            if !keep_going {
                break;
            }
        }
        if shell.is_leaving() {
            break;
        }
    }
    Ok(outcome)
}

/// Runs one command.
///
/// # Errors
/// Why it failed.
pub fn single(shell: &mut Shell, line: &str) -> Result<ExitCode, CommandError> {
    shell.remember(line);
    dispatch::execute(shell, line)?;
    Ok(ExitCode::Success)
}
