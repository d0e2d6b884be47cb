//! The flags of `pgbackman_dump` (`docs/spec/programs.md`).

use std::path::PathBuf;

use crate::domain::ids::{DefId, NodeId, RequestId, SnapshotId};
use crate::domain::pg_version::PgMajor;
use crate::domain::status::BackupCode;
use crate::domain::text::flags::{Declaration, Flag};

/// The configuration file.
pub const CONFIG: Flag<PathBuf> = Flag::optional("--config", "FILE", "Configuration file");
/// The node's name, address or socket directory.
pub const NODE_FQDN: Flag<String> = Flag::required("--node-fqdn", "NAME", "PgSQL node to back up")
    .or_encoded("--node-fqdn-encoded");
/// The node.
pub const NODE_ID: Flag<NodeId> = Flag::required("--node-id", "ID", "NodeID of that node");
/// Its port.
pub const NODE_PORT: Flag<u16> = Flag::required("--node-port", "PORT", "Port of that node");
/// The role that takes the backup.
pub const NODE_USER: Flag<String> =
    Flag::required("--node-user", "ROLE", "Role that takes the backup")
        .or_encoded("--node-user-encoded");
/// The definition, where it is no snapshot.
pub const DEF_ID: Flag<DefId> =
    Flag::one_of("origin", "--def-id", "ID", "Backup definition to run");
/// The snapshot, where it is no definition.
pub const SNAPSHOT_ID: Flag<SnapshotId> = Flag::one_of(
    "origin",
    "--snapshot-id",
    "ID",
    "Snapshot definition to run",
);
/// The database; not used for CLUSTER.
pub const DBNAME: Flag<String> = Flag::optional(
    "--dbname",
    "NAME",
    "Database to back up; omit it for CLUSTER",
)
.or_encoded("--dbname-encoded");
/// What the backup contains.
pub const BACKUP_CODE: Flag<BackupCode> = Flag::required(
    "--backup-code",
    "CODE",
    "What the backup contains: FULL, SCHEMA, DATA, CLUSTER or RDS",
);
/// Whether the definition asks for encryption.
pub const ENCRYPTION: Flag<bool> = Flag::required(
    "--encryption",
    "true|false",
    "Whether the definition requires encryption, which is not supported yet",
);
/// The backup server's root directory.
pub const ROOT_BACKUP_DIR: Flag<PathBuf> = Flag::required(
    "--root-backup-dir",
    "DIR",
    "The backup server's root directory",
)
.or_encoded("--root-backup-dir-encoded");
/// Further parameters for the client program, as typed.
pub const EXTRA_PARAMETERS: Flag<String> = Flag::optional(
    "--extra-backup-parameters",
    "WORDS",
    "Further parameters for pg_dump or pg_dumpall",
)
.or_encoded("--extra-backup-parameters-encoded");
/// The client's major version, where it is not the node's.
pub const PG_DUMP_RELEASE: Flag<PgMajor> = Flag::optional(
    "--pg-dump-release",
    "MAJOR",
    "Major version of pg_dump to use instead of the node's own",
);
/// The request that the run fulfils, where somebody asked for it outside the schedule.
pub const REQUESTED_RUN: Flag<RequestId> = Flag::optional(
    "--requested-run",
    "ID",
    "RequestID of the backup_now or retry that this run fulfils; a second start for the same request does nothing",
);
/// The schedule by which cron starts the run, where cron does.
pub const CRON_SCHEDULE: Flag<String> = Flag::optional(
    "--cron-schedule",
    "FIELDS",
    "The five fields by which cron starts this; a second start for the same time does nothing, unless somebody starts it at \
     a terminal",
);

/// All of them, in the order of the help.
pub const FLAGS: &[Declaration] = &[
    CONFIG.declaration,
    NODE_FQDN.declaration,
    NODE_ID.declaration,
    NODE_PORT.declaration,
    NODE_USER.declaration,
    DEF_ID.declaration,
    SNAPSHOT_ID.declaration,
    DBNAME.declaration,
    BACKUP_CODE.declaration,
    ENCRYPTION.declaration,
    ROOT_BACKUP_DIR.declaration,
    EXTRA_PARAMETERS.declaration,
    PG_DUMP_RELEASE.declaration,
    REQUESTED_RUN.declaration,
    CRON_SCHEDULE.declaration,
];
