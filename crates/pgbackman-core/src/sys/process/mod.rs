//! Programs that this one starts, so that none outlives it (`docs/spec/backups.md`, "Run record"; traps 26a, 27).
//!
//! [`ProcessGroup`] holds a guardian and all children in one process group; [`Program`] is what to run; [`Running`] is a
//! child whose standard error is kept; [`harden`] keeps passwords out of core files.

pub mod guardian;
pub mod harden;

mod child;
mod error;
mod finish;
mod group;

pub use child::{Ending, Finished, Limits, LineWatcher, Program, Running, Stdout, Wiring};
pub use error::ProcessError;
pub use group::ProcessGroup;
