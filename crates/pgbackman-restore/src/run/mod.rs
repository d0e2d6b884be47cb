//! What accompanies a run: its log, its progress, what the catalogue is told, and its end.

pub(crate) mod ending;
pub(crate) mod hooks;
pub(crate) mod lock_watch;
pub(crate) mod log;
pub(crate) mod progress;
pub(crate) mod report;
