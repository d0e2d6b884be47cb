//! The one table of exit codes, the same for every program.
#![forbid(unsafe_code)]

use std::fmt::Display;

use crate::config::ConfigError;

/// How a program ended. 0 means that what was asked for was done, and nothing else does.
///
/// A program that continues after something was not done (the shell's scripts with `--keep-going`, `pgbackman-bulk-update`)
/// ends with the code of the first such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    Success = 0,
    /// What was asked for failed; the reason is on standard error and in the log.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration cannot be read or holds a bad value.
    Configuration = 3,
    /// The catalogue database cannot be reached.
    CatalogueUnavailable = 4,
    /// Software and catalogue have different schema versions.
    VersionMismatch = 5,
    /// A value lies outside what the local configuration allows.
    Refused = 6,
    /// The same job or daemon is already running.
    AlreadyRunning = 7,
    /// The backup or restore was made, but ended as WARNING.
    Warning = 8,
    /// Ended by a signal or by its time limit.
    Interrupted = 9,
}

impl ExitCode {
    /// The number for the operating system.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

/// Why a program exits without a result: its exit code, and the reason for standard error.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Exit {
    /// The exit code.
    pub code: ExitCode,
    /// The reason, in words.
    pub reason: String,
}

impl Exit {
    /// For `map_err(Exit::of(code))`: the error is the reason.
    pub fn of<E: Display>(code: ExitCode) -> impl Fn(E) -> Self {
        move |error| Self {
            code,
            reason: error.to_string(),
        }
    }
}

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        because(ExitCode::Configuration, "configuration")(error)
    }
}

/// For `map_err(because(code, "could not start"))`: what was tried, and the error.
pub fn because<E: Display>(code: ExitCode, what: &str) -> impl Fn(E) -> Exit {
    move |error| Exit {
        code,
        reason: format!("{what}: {error}"),
    }
}
