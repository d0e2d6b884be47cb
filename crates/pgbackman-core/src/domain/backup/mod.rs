//! Backups: what a run of `pgbackman_dump` tells the catalogue, and beside it the definition of a backup ([`definition`]), the run's
//! parameters ([`dump_job`]), the names of its files ([`names`]) and the options that an operator adds ([`extra_parameters`]).

pub mod database_selection;
pub mod definition;
pub mod dump_estimate;
pub mod dump_flags;
pub mod dump_job;
pub mod extra_parameters;
pub mod names;

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ids::{DefId, NodeId, ServerId, SnapshotId};
use crate::domain::status::{BackupCode, ExecutionMethod, ExecutionStatus};

/// Why a backup is taken: exactly one of a definition and a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupOrigin {
    /// A backup definition, started by cron.
    Definition(DefId),
    /// A snapshot definition, started by `at`.
    Snapshot(SnapshotId),
}

impl BackupOrigin {
    /// CRON for definitions, AT for snapshots.
    pub const fn method(self) -> ExecutionMethod {
        match self {
            Self::Definition(_) => ExecutionMethod::Cron,
            Self::Snapshot(_) => ExecutionMethod::At,
        }
    }
}

impl fmt::Display for BackupOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definition(id) => write!(f, "backup definition {id}"),
            Self::Snapshot(id) => write!(f, "snapshot definition {id}"),
        }
    }
}

/// One file (or directory) of a backup with its log. Paths are final names, absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPart {
    /// The file or directory; `None` where the backup has none or failed before it was complete.
    pub file: Option<PathBuf>,
    /// Bytes on disk, summed over a directory's files.
    pub size: Option<u64>,
    /// The log of the program that wrote it.
    pub log: Option<PathBuf>,
}

/// Everything the catalogue needs to know about one run; also the content of a pending file and of a run's recovery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupResult {
    /// Identifies the run: importing the same result again changes nothing.
    pub run_uuid: Uuid,
    /// The definition or snapshot.
    pub origin: BackupOrigin,
    /// Process ID of the run.
    pub procpid: u32,
    /// The backup server that ran it.
    pub server: ServerId,
    /// The node that was backed up.
    pub node: NodeId,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// The database's OID, where the node was reached.
    pub datoid: Option<u32>,
    /// What the backup contains.
    pub code: BackupCode,
    /// Start of the run.
    pub started: DateTime<Utc>,
    /// End of the run.
    pub finished: DateTime<Utc>,
    /// The database's own part.
    pub dump: BackupPart,
    /// The roles part.
    pub roles: BackupPart,
    /// The settings part.
    pub dbconfig: BackupPart,
    /// The program's log.
    pub global_log: PathBuf,
    /// How it ended.
    pub status: ExecutionStatus,
    /// Why, in words, when not SUCCEEDED.
    pub error_message: Option<String>,
    /// Roles the backup carries, in order of name.
    pub role_list: Vec<String>,
    /// The node's release (`15.18`), where it was reached.
    pub node_release: Option<String>,
    /// The client tools' release (`15.18`), where they were found.
    pub pg_dump_release: Option<String>,
    /// SHA-256 of the manifest, hexadecimal: with it every file of the backup is proven.
    pub checksum: Option<String>,
    /// Size of the database on the node, bytes.
    pub dbname_size: Option<u64>,
    /// The manifest beside the backup.
    pub manifest_file: Option<PathBuf>,
    /// Whether the backup's files are encrypted.
    pub encrypted: bool,
    /// Server, node and definition as they were at run time, for the day when their rows are gone (free-form JSON).
    pub context: serde_json::Value,
}

impl BackupResult {
    /// What all its files take, bytes; 0 where nothing is left.
    pub fn bytes(&self) -> u64 {
        [&self.dump, &self.roles, &self.dbconfig]
            .into_iter()
            .filter_map(|part| part.size)
            .sum()
    }
}
