//! Counts the results of the commands of a file.

use std::fmt;

use pgbackman_core::exit_code::ExitCode;

use crate::error::CommandError;

/// The result of one command.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It succeeded; in a dry run, it has no errors.
    Done,
    /// It failed.
    Failed(CommandError),
    /// It does not register, update, delete or move anything.
    NotSupported,
}

/// Counts of outcomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    done: usize,
    failed: usize,
    not_supported: usize,
    not_run: usize,
    first: Option<ExitCode>,
}

impl Tally {
    /// Counts one command.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        let code = match outcome {
            Outcome::Done => {
                self.done += 1;
                return;
            }
            Outcome::Failed(error) => {
                self.failed += 1;
                error.exit_code()
            }
            Outcome::NotSupported => {
                self.not_supported += 1;
                ExitCode::Usage
            }
        };
        self.first.get_or_insert(code);
    }

    /// Counts commands that were skipped.
    pub(super) fn count_not_run(&mut self, commands: usize) {
        self.not_run += commands;
    }

    /// The exit code: that of the first command that was not done.
    pub(super) fn exit_code(&self) -> ExitCode {
        self.first.unwrap_or(ExitCode::Success)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.done + self.failed + self.not_supported + self.not_run;
        write!(
            f,
            "Commands: {all}, done: {}, failed: {}, not supported: {}, not run: {}",
            self.done, self.failed, self.not_supported, self.not_run
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_and_the_first_failure_decides() {
        let mut tally = Tally::default();
        assert_eq!(tally.exit_code(), ExitCode::Success);
        for outcome in [
            Outcome::Done,
            Outcome::NotSupported,
            Outcome::Failed(CommandError::Unavailable(String::new())),
        ] {
            tally.count(&outcome);
        }
        tally.count_not_run(4);
        assert_eq!(
            tally.to_string(),
            "Commands: 7, done: 1, failed: 1, not supported: 1, not run: 4"
        );
        assert_eq!(tally.exit_code(), ExitCode::Usage);
    }
}
