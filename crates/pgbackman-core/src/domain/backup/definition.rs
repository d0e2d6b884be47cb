//! Backup definitions: what is backed up, when, and for how long the backups are kept.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::schedule::Schedule;
use crate::domain::status::{BackupCode, JobStatus};

/// How long backups are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// A PostgreSQL interval as the catalogue shows it (`7 days`).
    pub period: String,
    /// How many SUCCEEDED backups stay whatever their age.
    pub redundancy: i32,
}

/// What an operator registers; the database checks it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBackupDefinition {
    /// The backup server that runs it.
    pub server: ServerId,
    /// The node it backs up.
    pub node: NodeId,
    /// The database, exactly as the node names it; empty for CLUSTER.
    pub dbname: String,
    /// The database's OID on the node, where known: tells a database that was dropped and made again.
    pub datoid: Option<u32>,
    /// When it runs.
    pub schedule: Schedule,
    /// What the backup contains.
    pub code: BackupCode,
    /// How long backups are kept.
    pub retention: Retention,
    /// Additional words for `pg_dump`/`pg_dumpall`, as typed.
    pub extra_parameters: String,
    /// ACTIVE or STOPPED.
    pub status: JobStatus,
    /// The operator's remarks.
    pub remarks: String,
}

/// A row of `backup_definition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupDefinition {
    /// `def_id`.
    pub id: DefId,
    /// The backup server that runs it.
    pub server: ServerId,
    /// The node it backs up.
    pub node: NodeId,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// The five cron fields as the row has them: an old row may hold what cron refuses, so they are text here.
    pub cron_fields: [String; 5],
    /// What the backup contains.
    pub code: BackupCode,
    /// Whether an encrypted backup was asked for (refused since 2.0, but old rows have it: trap 29c).
    pub encryption: bool,
    /// How long backups are kept.
    pub retention: Retention,
    /// Additional words for `pg_dump`/`pg_dumpall`.
    pub extra_parameters: String,
    /// Whether it is scheduled.
    pub status: JobStatus,
    /// The operator's remarks.
    pub remarks: String,
    /// Why its line is not in the crontab, where it is not.
    pub problem: Option<String>,
}
