//! `shell`: runs a command line in the operator's own shell, the only place where a shell is used.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command as Process, ExitStatus, Stdio};

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::{Mode, Shell};
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The shell of an operator whose `SHELL` is not set.
const FALLBACK: &str = "/bin/sh";

/// `shell`
#[derive(Debug)]
pub(super) struct ShellCommand {
    line: String,
}

impl Command for ShellCommand {
    const SPEC: &'static Spec = &Spec {
        name: "shell",
        subject: Subject::Shell,
        summary: "Runs a command in your operating system's shell",
        details: "The line is passed on exactly as typed. Without a command, an interactive shell is started.",
        example: "shell ls -l /srv/pgbackman",
        parameters: &[Parameter::new(
            "command",
            "Command",
            Kind::ShellCommand,
            "Command line for the shell",
        )
        .default(DefaultSource::Empty)],
        forms: &[Form::Rest("command")],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            line: answers.text("command").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.out().flush()?;
        let program = shell
            .catalogue()
            .environment()
            .var("SHELL")
            .unwrap_or(FALLBACK)
            .to_owned();
        let mut process = Process::new(&program);
        if !self.line.is_empty() {
            process.arg("-c").arg(&self.line);
        }
        if shell.mode() == Mode::Script {
            // Standard input is the script of this shell.
            process.stdin(Stdio::null());
        }
        let status = process.status().map_err(|error| {
            CommandError::Invalid(format!("Could not start your shell {program}: {error}"))
        })?;
        if status.success() {
            shell.done(&[ended(status)])
        } else {
            Err(CommandError::Invalid(ended(status)))
        }
    }
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("The command ended with exit status {code}"),
        (None, Some(signal)) => format!("The command was ended by signal {signal}"),
        (None, None) => format!("The command ended: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_is_said() {
        assert_eq!(
            ended(ExitStatus::from_raw(3 << 8)),
            "The command ended with exit status 3"
        );
        assert_eq!(
            ended(ExitStatus::from_raw(9)),
            "The command was ended by signal 9"
        );
    }
}
