//! What a plan is made from.

use chrono::{DateTime, Utc};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::job::place::Place;

use crate::args::Args;
use crate::backup::Backup;
use crate::backup::wanted::Wanted;
use crate::run::log::RestoreLog;
use crate::target::Target;

/// What a plan is made from.
pub(crate) struct Inputs<'a> {
    pub(crate) args: &'a Args,
    pub(crate) config: &'a Config,
    pub(crate) env: &'a Environment,
    pub(crate) place: &'a Place,
    pub(crate) backup: &'a Backup,
    pub(crate) wanted: &'a Wanted,
    pub(crate) target: &'a Target,
    pub(crate) log: &'a RestoreLog,
    pub(crate) started: DateTime<Utc>,
}
