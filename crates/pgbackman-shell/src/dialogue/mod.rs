//! Dialogues with the operator: prompts, messages, and the start of a session.

pub(crate) mod messages;
pub mod prompt;
pub mod start;
