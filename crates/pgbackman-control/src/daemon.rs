//! The daemon: what does not change while it runs, and what it remembers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pgbackman_core::config::{BackupServerSection, Scheduler};
use pgbackman_core::daemon::context::Context;
use pgbackman_core::domain::catalogue_server::Standing;
use pgbackman_core::sys::privilege::{Owner, User, is_root};

use crate::board::Board;
use crate::steps::Step;

/// The daemon.
pub struct Control {
    /// What every daemon has.
    pub context: Context<Step>,
    /// The account that runs the jobs.
    pub job_user: User,
    /// Who gets the files: the job user where control is root, else nobody but control's own user.
    pub owner: Option<Owner>,
    /// When control began.
    pub began: Instant,
    /// The state of a private catalogue's outdated server when it was last restarted, so that a server that stays what it is is
    /// not restarted again and again.
    pub restarts_tried: Mutex<Option<Standing>>,
    board: Mutex<Board>,
}

impl Control {
    /// A daemon that remembers nothing yet.
    pub fn new(context: Context<Step>, job_user: User) -> Self {
        Self {
            context,
            owner: is_root().then_some(job_user.owner),
            job_user,
            began: Instant::now(),
            restarts_tried: Mutex::default(),
            board: Mutex::default(),
        }
    }

    /// `[backup_server]`.
    pub fn section(&self) -> &BackupServerSection {
        &self.context.config.backup_server
    }

    /// Whether the jobs are in the user's own crontab.
    pub fn uses_user_crontab(&self) -> bool {
        self.section().scheduler == Scheduler::Crontab
    }

    /// What control knows about itself now.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.context.observer().reached(step);
    }
}
