//! The shell `pgbackman`, run with one command, as an operator's script would.

use std::process::Command;

use super::{Layout, account};
use crate::process::output;
use crate::task::Result;

/// The shell of an installation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shell<'a> {
    layout: &'a Layout,
    is_shown: bool,
}

impl<'a> Shell<'a> {
    /// The shell of this installation, whose commands and answers [`Shell::show`] prints.
    pub(crate) fn shown(layout: &'a Layout) -> Self {
        Self {
            layout,
            is_shown: true,
        }
    }

    /// The shell of this installation, at work unseen.
    pub(crate) fn unseen(layout: &'a Layout) -> Self {
        Self {
            layout,
            is_shown: false,
        }
    }

    /// The shell's command line for one command and output format.
    pub(crate) fn command(self, words: &[&str], format: &str) -> Command {
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let mut command = Command::new(self.layout.program("pgbackman"));
        account::without_libpq_variables(&mut command);
        command
            .env("PGPASSFILE", self.layout.password_file())
            .arg("--config")
            .arg(self.layout.config())
            .args(["--output", format, "--command"])
            .arg(line.join(" "));
        command
    }

    /// Runs a command and gives what it says as a table.
    ///
    /// # Errors
    ///
    /// When it fails: with what it says.
    pub(crate) fn run(self, words: &[&str]) -> Result<String> {
        output(&mut self.command(words, "table"))
    }

    /// Runs a command; both the command and what it says are shown unless the shell works unseen.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub(crate) fn show(self, words: &[&str]) -> Result<()> {
        let said = self.run(words)?;
        if self.is_shown {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            print!("\n[pgbackman]$ {}\n{said}", line.join(" "));
        }
        Ok(())
    }

    /// Runs a command and gives what it says as JSON.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub(crate) fn json(self, words: &[&str]) -> Result<String> {
        output(&mut self.command(words, "json"))
    }
}

/// A word as the shell's line needs it: POSIX quoting where it is not plain.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=%@:,".contains(c);
    if word.is_empty() {
        "\"\"".to_owned()
    } else if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_they_must() {
        assert_eq!(quoted("a/b_c-1.d"), "a/b_c-1.d");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("7 days"), "'7 days'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("*"), "'*'");
    }
}
