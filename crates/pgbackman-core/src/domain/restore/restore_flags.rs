//! The flags of `pgbackman_restore` (`docs/spec/programs.md`).

use std::path::PathBuf;

use crate::domain::ids::{NodeId, RestoreDefId};
use crate::domain::pg_version::PgRelease;
use crate::domain::status::BackupCode;
use crate::domain::text::flags::{Declaration, Flag, Switch};

/// The configuration file.
pub const CONFIG: Flag<PathBuf> = Flag::optional("--config", "FILE", "Configuration file");
/// Whether only the plan is to be shown.
pub const DRY_RUN: Flag<Switch> = Flag::optional(
    "--dry-run",
    "",
    "Verify the backup, check the target and print the plan, without changing anything",
);
/// The target's name, address or socket directory.
pub const NODE_FQDN: Flag<String> =
    Flag::required("--node-fqdn", "NAME", "PgSQL node to restore to")
        .or_encoded("--node-fqdn-encoded");
/// The target.
pub const NODE_ID: Flag<NodeId> = Flag::required("--node-id", "ID", "NodeID of that node");
/// Its port.
pub const NODE_PORT: Flag<u16> = Flag::required("--node-port", "PORT", "Port of that node");
/// The role that restores.
pub const NODE_USER: Flag<String> =
    Flag::required("--node-user", "ROLE", "Role that restores").or_encoded("--node-user-encoded");
/// The restore definition.
pub const RESTORE_DEF: Flag<RestoreDefId> =
    Flag::required("--restore-def", "ID", "Restore definition to run");
/// What the backup contains, where it was said.
pub const BACKUP_CODE: Flag<BackupCode> = Flag::optional(
    "--backup-code",
    "CODE",
    "Code of the backup (FULL, SCHEMA, DATA, CLUSTER or RDS), if it has no manifest",
);
/// The archive, or the script of a CLUSTER backup.
pub const PGDUMP_FILE: Flag<String> = Flag::required(
    "--pgdump-file",
    "PATH",
    "The backup: the directory of an archive, or the compressed script of a CLUSTER backup",
)
.or_encoded("--pgdump-file-encoded");
/// The roles file.
pub const ROLES_FILE: Flag<String> =
    Flag::optional("--pgdump-roles-file", "FILE", "Roles file of the backup")
        .or_encoded("--pgdump-roles-file-encoded");
/// The settings file.
pub const SETTINGS_FILE: Flag<String> = Flag::optional(
    "--pgdump-dbconfig-file",
    "FILE",
    "Settings file of the backup",
)
.or_encoded("--pgdump-dbconfig-file-encoded");
/// The manifest.
pub const MANIFEST_FILE: Flag<String> = Flag::optional(
    "--manifest-file",
    "FILE",
    "Manifest of the backup (default: the one next to it)",
)
.or_encoded("--manifest-file-encoded");
/// The manifest's SHA-256.
pub const CHECKSUM: Flag<String> = Flag::optional(
    "--checksum",
    "HEX",
    "SHA-256 of the manifest, as recorded in the catalogue",
);
/// The database that was backed up; not used for CLUSTER.
pub const SOURCE_DBNAME: Flag<String> = Flag::optional(
    "--source-dbname",
    "NAME",
    "Database that was backed up; omit it for CLUSTER",
)
.or_encoded("--source-dbname-encoded");
/// The database to restore into; not used for CLUSTER.
pub const TARGET_DBNAME: Flag<String> = Flag::optional(
    "--target-dbname",
    "NAME",
    "Database to restore into; omit it for CLUSTER",
)
.or_encoded("--target-dbname-encoded");
/// The new name of a database that exists already, as given.
pub const RENAMED_DBNAME: Flag<String> = Flag::optional(
    "--renamed-dbname",
    "NAME",
    "New name for an existing database; for CLUSTER, a list of old=new",
)
.or_encoded("--renamed-dbname-encoded");
/// Further parameters, as typed.
pub const EXTRA_PARAMETERS: Flag<String> = Flag::optional(
    "--extra-restore-parameters",
    "WORDS",
    "Further parameters for pg_restore, --map-role=old=new, --select=PATTERN, --exactly",
)
.or_encoded("--extra-restore-parameters-encoded");
/// Roles that may be created.
pub const ROLE_LIST: Flag<String> = Flag::optional(
    "--role-list",
    "ROLES",
    "Roles that may be created, separated by commas (default: all that the target lacks)",
)
.or_encoded("--role-list-encoded");
/// The release of the `pg_dump` that took the backup.
pub const PG_RELEASE: Flag<PgRelease> = Flag::optional(
    "--pg-release",
    "RELEASE",
    "Release of the pg_dump that took the backup, if it has no manifest",
);
/// The backup server's root directory.
pub const ROOT_BACKUP_DIR: Flag<String> = Flag::required(
    "--root-backup-dir",
    "DIR",
    "The backup server's root directory",
)
.or_encoded("--root-backup-dir-encoded");

/// All of them, in the order of the help.
pub const FLAGS: &[Declaration] = &[
    CONFIG.declaration,
    DRY_RUN.declaration,
    NODE_FQDN.declaration,
    NODE_ID.declaration,
    NODE_PORT.declaration,
    NODE_USER.declaration,
    RESTORE_DEF.declaration,
    BACKUP_CODE.declaration,
    PGDUMP_FILE.declaration,
    ROLES_FILE.declaration,
    SETTINGS_FILE.declaration,
    MANIFEST_FILE.declaration,
    CHECKSUM.declaration,
    SOURCE_DBNAME.declaration,
    TARGET_DBNAME.declaration,
    RENAMED_DBNAME.declaration,
    EXTRA_PARAMETERS.declaration,
    ROLE_LIST.declaration,
    PG_RELEASE.declaration,
    ROOT_BACKUP_DIR.declaration,
];
