//! What a plan is made from, and what it is carried out with.

use chrono::{DateTime, Utc};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::job::directories::NodeDirectories;

use crate::args::Args;
use crate::backup::Backup;
use crate::backup::wanted::Wanted;
use crate::run::log::RestoreLog;
use crate::target::Target;

/// What is restored, and where to.
#[derive(Clone, Copy)]
pub(crate) struct Restore<'a> {
    pub(crate) args: &'a Args,
    pub(crate) env: &'a Environment,
    pub(crate) backup: &'a Backup,
    pub(crate) target: &'a Target,
    pub(crate) log: &'a RestoreLog,
}

/// What a plan is made from.
pub(crate) struct Inputs<'a> {
    pub(crate) restore: Restore<'a>,
    pub(crate) config: &'a Config,
    pub(crate) directories: &'a NodeDirectories,
    pub(crate) wanted: &'a Wanted,
    pub(crate) started: DateTime<Utc>,
}
