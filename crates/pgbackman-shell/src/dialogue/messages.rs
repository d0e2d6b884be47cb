//! Messages of the shell: lines of a dialogue, results, errors.

use std::io::Write;

use crate::declaration::spec::Spec;
use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::output::Format;
use crate::session::shell::{Mode, Shell};
use crate::values::answers::Answers;

/// The width of the lines of the banner.
const BANNER: usize = 68;

impl Shell {
    /// Writes a line of a dialogue, to standard error if the results are for a program.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn dialogue(&self, text: &str) -> Result<(), CommandError> {
        let (mut stream, paint) = self.dialogue_stream();
        writeln!(stream, "{}", paint.message(text.trim_end_matches('\n')))?;
        Ok(())
    }

    /// Writes a line of dashes around a dialogue.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn rule(&self, width: usize) -> Result<(), CommandError> {
        self.dialogue(&"-".repeat(width))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn say(&self, text: &str) -> Result<(), CommandError> {
        let text = self.out_paint().message(text);
        Ok(writeln!(self.out(), "{text}")?)
    }

    /// Reports what was done, between blank lines in an interactive session.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn done(&self, lines: &[String]) -> Result<(), CommandError> {
        write!(self.out(), "{}", self.blank())?;
        for line in lines {
            self.say(&format!("[Done] {line}"))?;
        }
        Ok(write!(self.out(), "{}", self.blank())?)
    }

    /// Reports why a command failed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn report(&self, error: &CommandError) -> Result<(), CommandError> {
        self.out().flush()?;
        let blank = self.blank();
        let (mut err, paint) = self.err();
        let text = paint.message(&error.text()).into_owned();
        write!(err, "{blank}{text}{blank}")?;
        Ok(err.flush()?)
    }

    /// The banner.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn banner(&self) -> Result<(), CommandError> {
        let rule = "#".repeat(BANNER);
        self.say(&format!(
            "\n{rule}\nWelcome to the PostgreSQL Backup Manager shell (v.{})\n{rule}\nType help or \\? to list commands.\n",
            pgbackman_core::VERSION
        ))
    }

    /// Shows a list's filters between dashes above its table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn echo_filters(&self, spec: &Spec, answers: &Answers) -> Result<(), CommandError> {
        if self.format() != Format::Table {
            return Ok(());
        }
        self.rule(prompt::RULE)?;
        for parameter in spec.parameters {
            let value = crate::output::cell::printable(answers.text(parameter.key)).into_owned();
            self.dialogue(&format!("# {}: {value}", parameter.label))?;
        }
        self.rule(prompt::RULE)
    }

    fn blank(&self) -> &'static str {
        if self.mode() == Mode::Interactive {
            "\n"
        } else {
            ""
        }
    }
}
