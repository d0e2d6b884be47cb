//! What all errors share: how a chain of causes is shown, and how a program ends because of one.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;

use crate::exit_code::ExitCode;

/// The error and its causes in one line, `what failed: why: why that`. A cause whose text the line already ends with is
/// left out, since some libraries repeat it in their own message.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let reason = inner.to_string();
        if !text.ends_with(&reason) {
            text.push_str(": ");
            text.push_str(&reason);
        }
        cause = inner.source();
    }
    text
}

/// The end of a program that did not succeed: what is printed on standard error, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramError {
    /// The process's exit code.
    pub code: ExitCode,
    /// What was tried, on what, and why it failed.
    pub message: String,
    /// What can be done about it, if that is known.
    pub hint: Option<String>,
}

impl ProgramError {
    /// An error without advice.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// An error from another one, with all its causes.
    pub fn from_error(code: ExitCode, error: &dyn Error) -> Self {
        Self::new(code, with_causes(error))
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(out, "\nHINT: {hint}")?;
        }
        Ok(())
    }
}

impl Error for ProgramError {}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{ProgramError, with_causes};
    use crate::exit_code::ExitCode;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read the list")]
    struct Outer(#[source] io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("could not start: {0}")]
    struct Repeating(#[source] io::Error);

    #[test]
    fn causes_follow_in_one_line_and_are_not_repeated() {
        let cause = || io::Error::other("disk on fire");
        assert_eq!(
            with_causes(&Outer(cause())),
            "could not read the list: disk on fire"
        );
        assert_eq!(
            with_causes(&Repeating(cause())),
            "could not start: disk on fire"
        );
    }

    #[test]
    fn a_hint_stands_on_its_own_line() {
        let error = ProgramError::new(ExitCode::Failure, "no luck").with_hint("try again");
        assert_eq!(error.to_string(), "no luck\nHINT: try again");
    }
}
