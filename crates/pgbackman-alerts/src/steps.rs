//! The moments of a pass at which a test can kill it.

/// A point that the work passes: what is named is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Conditions have been judged and raised.
    Judged,
    /// It is decided by which ways alerts are sent.
    Planned,
    /// Messages are claimed in the catalogue.
    Claimed,
    /// A message has been sent; the catalogue does not know it yet.
    Sent,
    /// The catalogue knows that a message was sent, or that it could not be.
    Recorded,
}
