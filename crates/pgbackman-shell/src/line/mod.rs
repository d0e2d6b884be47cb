//! Splitting a line into words.

pub mod lexer;
pub mod shortcuts;
