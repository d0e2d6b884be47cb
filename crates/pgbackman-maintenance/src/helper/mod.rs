//! Processes of ours that work on file systems in place of a pass.

pub mod helper_child;
pub mod helper_process;
