//! Why a program could not be started, watched or ended.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a program could not be started, watched or ended.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// The guardian did not come up.
    #[error("cannot start the guardian of the run's programs ({exe}): {source}", exe = exe.display())]
    Guardian {
        /// The program that was started as guardian.
        exe: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {source}", program = program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The state of a running program could not be asked for.
    #[error("cannot watch {program}: {source}", program = program.display())]
    Watch {
        /// The program.
        program: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Processes did not vanish after SIGKILL.
    #[error("processes of group {group} still exist {seconds} s after SIGKILL")]
    StillAlive {
        /// The process group.
        group: i32,
        /// How long was waited.
        seconds: u64,
    },
}
