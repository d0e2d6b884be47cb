//! Why something was not sent by an alert channel.

use std::fmt;

/// Why something was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent {
    /// In words.
    pub reason: String,
    /// Whether the way itself is closed: what else is to go by it need not be tried now.
    pub is_closed: bool,
}

impl NotSent {
    /// The way is closed.
    pub fn closed(reason: impl fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_closed: true,
        }
    }

    /// Just this was not taken.
    pub fn refused(reason: impl fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_closed: false,
        }
    }
}
