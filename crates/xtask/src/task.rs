//! What every task of this program shares: its error, and how it tells what it is doing.

use std::fmt;

/// Why a task ended: a text for the person at the terminal, which says what was tried and what to do about it.
#[derive(Debug)]
pub(crate) struct TaskError(String);

impl TaskError {
    /// An error with this text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The result of everything here that can fail.
pub(crate) type Result<T> = std::result::Result<T, TaskError>;

/// Says what was being tried when something of the standard library failed.
pub(crate) trait Context<T> {
    /// The same result, its error beginning with `what`.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| TaskError::new(format!("{}: {error}", what())))
    }
}

/// Announces the next part of a task.
pub(crate) fn step(text: &str) {
    println!("\n==> {text}");
}

/// Tells one thing inside a step.
pub(crate) fn say(text: &str) {
    println!("    {text}");
}
