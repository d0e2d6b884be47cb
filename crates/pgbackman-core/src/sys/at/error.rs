//! What `at`, `atq` and `atrm` can fail with.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

/// Why the queue could not be asked or changed.
#[derive(Debug, Error)]
pub enum AtError {
    /// The program is not there.
    #[error(
        "{program} is not installed: install the `at` package, and make sure that atd is running"
    )]
    NotInstalled {
        /// Its path.
        program: String,
    },
    /// This account may not use `at`.
    #[error(
        "the user {user:?} may not use at: add it to /etc/at.allow, or, if that file does not exist, remove it from \
         /etc/at.deny ({message})"
    )]
    NotAllowed {
        /// The account's login name.
        user: String,
        /// What the program said.
        message: String,
    },
    /// It failed.
    #[error("`{command}` ended with {status}: {message}")]
    Failed {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        message: String,
    },
    /// It said something that cannot be understood.
    #[error("`{command}` printed unexpected output: {said:?}")]
    Unreadable {
        /// The program and its arguments.
        command: String,
        /// What it said.
        said: String,
    },
    /// It could not be run for want of something that may be there later.
    #[error("could not run `{command}`: {source}")]
    Run {
        /// The program and its arguments.
        command: String,
        /// The system's reason.
        source: io::Error,
    },
    /// It did not end.
    #[error("`{command}` did not end within {} s", limit.as_secs())]
    Hanging {
        /// The program and its arguments.
        command: String,
        /// How long it was waited for.
        limit: Duration,
    },
}

impl AtError {
    /// Whether this account has no `at` until an administrator changes something; anything else may pass by itself.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::NotInstalled { .. } | Self::NotAllowed { .. })
    }
}
