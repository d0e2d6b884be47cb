//! The moments of a pass at which a test can kill it.

/// A completed step of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Conditions have been checked and alerts raised.
    Judged,
    /// The channels of the alerts have been determined.
    Planned,
    /// Messages are claimed in the catalogue.
    Claimed,
    /// A message has been sent; the catalogue does not know it yet.
    Sent,
    /// The catalogue knows that a message was sent, or that it could not be.
    Recorded,
}
