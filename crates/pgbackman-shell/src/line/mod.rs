//! A line and its words, before anybody asks what they mean.

pub mod lexer;
pub mod shortcuts;
