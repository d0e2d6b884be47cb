//! The values of parameters: their kinds, and the answers.

pub mod answers;
pub mod kind;
