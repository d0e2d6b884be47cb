//! Restores: how a run of `pgbackman_restore` ended, and beside it what is checked before one begins ([`restore_check`]), the run's
//! parameters ([`restore_job`], [`restore_parameters`]), and what backup and target must have ([`backup_needs`], [`target_facts`]).

pub mod backup_needs;
pub mod restore_check;
pub mod restore_client;
mod restore_filters;
pub mod restore_flags;
pub mod restore_job;
pub mod restore_parameters;
pub mod target_facts;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ids::{NodeId, RestoreDefId, ServerId};
use crate::domain::status::ExecutionStatus;

/// Everything the catalogue needs to know about one restore; also the content of a pending file and of a run's recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreResult {
    /// Identifies the run: importing the same result again changes nothing.
    pub run_uuid: Uuid,
    /// The restore definition.
    pub restore: RestoreDefId,
    /// Process ID of the run.
    pub procpid: u32,
    /// The backup server that ran it.
    pub server: ServerId,
    /// The target.
    pub node: NodeId,
    /// The database that was backed up; empty for CLUSTER.
    pub source_dbname: String,
    /// The database it was restored into; empty for CLUSTER.
    pub target_dbname: String,
    /// The name that the database which was there before has now; `None` where there was none, or it kept its name.
    pub renamed_dbname: Option<String>,
    /// Start of the run.
    pub started: DateTime<Utc>,
    /// End of the run.
    pub finished: DateTime<Utc>,
    /// The restore's own log; `None` where the run failed before it had one.
    pub log: Option<PathBuf>,
    /// The program's log.
    pub global_log: PathBuf,
    /// How it ended.
    pub status: ExecutionStatus,
    /// Why, in words, when not SUCCEEDED.
    pub error_message: Option<String>,
    /// Roles that the restore created, in order of name.
    pub role_list: Vec<String>,
    /// The target's release (`15.18`), where it was reached.
    pub target_release: Option<String>,
    /// The release of the `pg_dump` that took the backup, where it is known.
    pub backup_release: Option<String>,
    /// How often what is said of it has changed since it was first reported: a target that is put right later.
    #[serde(default)]
    pub revision: u32,
}
