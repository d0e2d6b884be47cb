//! Fields that several lists have, for programs ([`super::field`]). Where a list's FROM has another name for the value, it
//! declares its own.

use super::field::{Field, Type};

/// What a period in calendar units is written as.
pub(super) const INTERVAL: &str = "A PostgreSQL interval, such as 7 days or 1 mon: days and months have no fixed number of seconds";

/// A backup's ID.
pub(super) const BCK_ID: Field = Field::integer("bck_id", r#""BckID""#);

/// A backup definition's ID.
pub(super) const DEF_ID: Field = Field::integer("def_id", r#""DefID""#);

/// A snapshot definition's ID.
pub(super) const SNAPSHOT_ID: Field = Field::integer("snapshot_id", r#""SnapshotID""#);

/// A restore definition's ID.
pub(super) const RESTORE_DEF: Field = Field::integer("restore_def", r#""RestoreDef""#);

/// When a row was registered.
pub(super) const REGISTERED: Field = Field::time("registered", r#""Registered""#);

/// When a run began.
pub(super) const STARTED: Field = Field::time("started", "started");

/// When a run ended.
pub(super) const FINISHED: Field = Field::time("finished", r#""Finished""#);

/// How long a run took.
pub(super) const DURATION: Field = Field::seconds("duration", r#""Duration""#);

/// How long a run has been going on since its time.
pub(super) const ELAPSED_TIME: Field = Field::seconds("elapsed_time", "now() - at_time");

/// A backup server's ID.
pub(super) const SERVER_ID: Field = Field::integer("backup_server_id", "backup_server_id");

/// A backup server's name.
pub(super) const SERVER: Field = Field::text("backup_server", r#""Backup server""#);

/// A PgSQL node's ID.
pub(super) const NODE_ID: Field = Field::integer("pgsql_node_id", "pgsql_node_id");

/// A PgSQL node's name.
pub(super) const NODE: Field = Field::text("pgsql_node", r#""PgSQL node""#);

/// The ID of the node that a restore goes to, under the key that `json` has.
pub(super) const TARGET_NODE_ID: Field =
    Field::integer("pgsql_node_id", "target_pgsql_node_id").about("The target node");

/// The name of the node that a restore goes to.
pub(super) const TARGET_NODE: Field = Field::text("target_pgsql_node", r#""Target PgSQL node""#);

/// The database that a restore makes.
pub(super) const TARGET_DBNAME: Field = Field::text("target_dbname", r#""Target DBname""#);

/// A database.
pub(super) const DBNAME: Field = Field::text("dbname", r#""DBname""#);

/// The five cron fields.
pub(super) const SCHEDULE: Field =
    Field::text("schedule", r#""Schedule""#).about("The five fields of the crontab line");

/// When `at` runs something.
pub(super) const AT_TIME: Field = Field::time("at_time", "at_time");

/// A backup code.
pub(super) const CODE: Field = Field::text("code", r#""Code""#);

/// Period and redundancy, as lists show them.
pub(super) const RETENTION: Field = Field::text("retention", r#""Retention""#)
    .about("Retention period and redundancy, as the list shows them");

/// The period alone.
pub(super) const RETENTION_PERIOD: Field =
    Field::text("retention_period", "retention_period").about(INTERVAL);

/// The redundancy alone.
pub(super) const RETENTION_REDUNDANCY: Field =
    Field::integer("retention_redundancy", "retention_redundancy");

/// A run in progress.
pub(super) const RUN_ID: Field = Field::integer("run_id", r#""RunID""#);

/// A status.
pub(super) const STATUS: Field = Field::text("status", r#""Status""#);

/// Whether the node's definitions run.
pub(super) const NODE_STATUS: Field = Field::text("node_status", "node_status")
    .about("RUNNING or STOPPED; an ACTIVE definition does not run while its node is STOPPED");

/// The status of what is run once: after its run, how that ended.
pub(super) const STATUS_OR_RESULT: Field = Field::text("status", r#""Status in tables""#)
    .about("WAITING, DEFINED or ERROR; after the run, the status of its result");

/// Why something is an error, or waits.
pub(super) const PROBLEM: Field = Field::text("problem", r#""Problem""#);

/// Additional words for a client program.
pub(super) const PARAMETERS: Field = Field::text("parameters", r#""Parameters""#);

/// An operator's remarks.
pub(super) const REMARKS: Field = Field::text("remarks", "remarks");

/// Whether the files of a backup were there when they were last inspected.
pub(super) const FILES: Field = Field::text("files", r#""Files""#)
    .about("The state of the backup's files at the last inspection");

/// Since when files have not been whole.
pub(super) const FILES_SINCE: Field = Field::time("files_since", r#""Files since""#);

/// Roles, each as it is named.
pub(super) const fn roles(key: &'static str) -> Field {
    Field::of(key, Type::Texts, "role_list")
}
