//! A running shell: its state, its connection to the catalogue, its input and its output.

pub mod catalogue;
pub mod history;
pub mod input;
pub(crate) mod operator;
pub mod pager;
pub mod progress;
pub mod settings;
pub mod shell;
pub(crate) mod show;
