//! The values of parameters: which kinds there are, and what was answered.

pub mod answers;
pub mod kind;
