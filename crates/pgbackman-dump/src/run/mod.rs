//! What accompanies a run: its files, its progress, the pause of a standby, and its end.

pub(crate) mod ending;
pub(crate) mod files;
pub(crate) mod hooks;
pub(crate) mod pause;
pub(crate) mod progress;
