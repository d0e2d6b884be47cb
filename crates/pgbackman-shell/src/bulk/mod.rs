//! `pgbackman-bulk-update`: commands of the shell from a file (`docs/spec/programs.md`).
//!
//! It is a second program of this crate because it is the shell's engine with another loop around it: the same
//! declarations, checks and messages.

mod args;
mod dry;
mod gone;
mod lines;
mod tally;

use std::fs;
use std::io::{self, Read as _, Write as _};

pub(crate) use args::Args;
use dry::Promised;
use lines::Numbered;
use pgbackman_core::exit_code::ExitCode;
use tally::{Outcome, Tally};

use crate::app::{self, Reads, Use};
use crate::commands::commands;
use crate::declaration::registry::Entry;
use crate::dispatch;
use crate::error::{CommandError, Misuse};
use crate::line::lexer;
use crate::line::lexer::Word;
use crate::line::shortcuts::split_name;
use crate::output::Format;
use crate::output::cell::printable;
use crate::session::shell::{Mode, Shell};

/// The beginnings of the names of supported commands.
const SUPPORTED: [&str; 9] = [
    "register_",
    "update_",
    "delete_",
    "move_",
    "cancel_",
    "backup_",
    "start_",
    "end_",
    "restore_",
];

/// Runs the program and returns its exit code. Errors have been printed.
pub(crate) fn run() -> ExitCode {
    let args = match app::parse::<Args>() {
        Ok(args) => args,
        Err(code) => return code,
    };
    program(&args).unwrap_or_else(|error| app::failed(&error))
}

fn program(args: &Args) -> Result<ExitCode, CommandError> {
    let commands = lines::commands(&read(args)?);
    let (config, environment) = app::load("pgbackman-bulk-update", args.config.as_deref())?;
    let mut shell = app::shell(
        config,
        environment,
        Use {
            mode: Mode::Script,
            reads: Reads::Nothing,
            format: Some(Format::Table),
            echo: false,
        },
    )?;
    let tally = all(&mut shell, &commands, args)?;
    shell.say(&format!("\n{tally}"))?;
    if args.dry_run {
        shell.say("No command was run.")?;
    }
    shell.out().flush()?;
    Ok(tally.exit_code())
}

/// Reads the whole file: if it cannot be read to its end, nothing is run.
fn read(args: &Args) -> Result<String, CommandError> {
    let text = if let Some(file) = args.file() {
        fs::read_to_string(file)
    } else {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    };
    text.map_err(|error| {
        CommandError::Invalid(format!(
            "Could not read the commands from {}: {error}. No command was run",
            args.file()
                .map_or("standard input".into(), |file| file.display().to_string())
        ))
    })
}

/// Runs the commands one after the other, and reports the result of each.
fn all(shell: &mut Shell, commands: &[Numbered], args: &Args) -> Result<Tally, CommandError> {
    let mut tally = Tally::default();
    let mut promised = args.dry_run.then(Promised::default);
    for (index, command) in commands.iter().enumerate() {
        let place = command.place();
        shell.say(&format!("{place}: {}", printable(&command.text)))?;
        // Shown before the command runs, so that the operator sees which one is running.
        shell.out().flush()?;
        let outcome = one(shell, command, promised.as_mut());
        tally.count(&outcome);
        let stops = match &outcome {
            Outcome::Done => {
                if args.dry_run {
                    shell.say("[OK]")?;
                }
                false
            }
            Outcome::NotSupported => {
                say_error(
                    shell,
                    &place,
                    &CommandError::Invalid(format!(
                        "This command is not supported here. Supported commands begin with {}…",
                        SUPPORTED.join("…, ")
                    )),
                )?;
                args.stop_on_error
            }
            Outcome::Failed(error) => {
                if error.is_broken_pipe() {
                    return Err(CommandError::Output(io::ErrorKind::BrokenPipe.into()));
                }
                say_error(shell, &place, error)?;
                args.stop_on_error || stops_everything(error)
            }
        };
        if stops {
            let left = &commands[index + 1..];
            tally.count_not_run(left.len());
            if let Some(next) = left.first() {
                say_stop(shell, next)?;
            }
            break;
        }
    }
    Ok(tally)
}

/// Runs one command, or checks it.
fn one(shell: &mut Shell, command: &Numbered, promised: Option<&mut Promised>) -> Outcome {
    let (entry, words) = match parse(&command.text) {
        Ok(parsed) => parsed,
        Err(error) => return Outcome::Failed(error),
    };
    if !SUPPORTED
        .iter()
        .any(|beginning| entry.spec.name.starts_with(beginning))
    {
        return Outcome::NotSupported;
    }
    let result = match promised {
        _ if words.is_empty() => Err(entry.spec.misused(Misuse::WrongCount)),
        Some(promised) => promised.check(shell, entry, &words, &command.place()),
        None => dispatch::execute(shell, &command.text),
    };
    match result {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Failed(error),
    }
}

fn parse(line: &str) -> Result<(&'static Entry, Vec<Word>), CommandError> {
    let (name, rest) = split_name(line.trim());
    Ok((commands().get(&name)?, lexer::split_parameters(&rest)?))
}

/// Whether the next command could only fail in the same way, or was cancelled. A lost connection is not such a
/// reason: the next command reconnects.
fn stops_everything(error: &CommandError) -> bool {
    matches!(
        error,
        CommandError::Unavailable(_)
            | CommandError::Outdated { .. }
            | CommandError::Version(_)
            | CommandError::Configuration(_)
            | CommandError::Aborted
    )
}

/// Prints the error of a command with its position, so that standard error is sufficient to find it.
fn say_error(shell: &Shell, place: &str, error: &CommandError) -> Result<(), CommandError> {
    shell.out().flush()?;
    let (mut err, paint) = shell.err();
    write!(err, "{place}: ")?;
    write!(err, "{}", paint.message(&error.text()))?;
    Ok(err.flush()?)
}

/// Prints where the remaining commands begin, so that the operator can continue there.
fn say_stop(shell: &Shell, next: &Numbered) -> Result<(), CommandError> {
    let (mut err, _) = shell.err();
    writeln!(
        err,
        "Stopped: the commands from {} on were not run.",
        next.place()
    )?;
    Ok(err.flush()?)
}
