//! Why something was not sent by an alert channel.

use std::fmt;

/// Why something was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent {
    /// The reason, as text.
    pub reason: String,
    /// Whether the channel itself is unavailable, so that other alerts need not be tried now.
    pub is_closed: bool,
}

impl NotSent {
    /// The channel is unavailable.
    pub fn closed(reason: impl fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_closed: true,
        }
    }

    /// Only this message was rejected.
    pub fn refused(reason: impl fmt::Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_closed: false,
        }
    }
}
