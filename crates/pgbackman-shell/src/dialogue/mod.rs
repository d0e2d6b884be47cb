//! What the shell and a person say to each other: prompts, messages, and what comes before the first prompt.

pub(crate) mod messages;
pub mod prompt;
pub mod start;
