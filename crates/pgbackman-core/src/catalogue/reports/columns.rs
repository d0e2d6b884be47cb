//! Columns that several lists have.

use super::layout::Column;

/// A backup definition's ID.
pub(super) const DEF_ID: Column = Column::centre("DefID", "def_id");

/// A snapshot definition's ID.
pub(super) const SNAPSHOT_ID: Column = Column::centre("SnapshotID", "snapshot_id");

/// A restore definition's ID.
pub(super) const RESTORE_DEF: Column = Column::centre("RestoreDef", "restore_def");

/// A backup's ID.
pub(super) const BCK_ID: Column = Column::centre("BckID", "bck_id");

/// A run in progress, as `cancel_run` takes it.
pub(super) const RUN_ID: Column = Column::centre("RunID", "run_id");

/// When a row was registered.
pub(super) const REGISTERED: Column = Column::left("Registered", "registered");

/// When a run ended.
pub(super) const FINISHED: Column = Column::left("Finished", "finished");

/// A backup server's ID: the column with the point in its heading.
pub(super) const SERVER_ID: Column = Column::centre("ID.", "backup_server_id");

/// A backup server's name.
pub(super) const SERVER: Column = Column::left("Backup server", "backup_server");

/// A PgSQL node's ID.
pub(super) const NODE_ID: Column = Column::centre("ID", "pgsql_node_id");

/// A PgSQL node's name.
pub(super) const NODE: Column = Column::left("PgSQL node", "pgsql_node");

/// The name of the node that a restore goes to; its ID is [`NODE_ID`].
pub(super) const TARGET_NODE: Column = Column::left("Target PgSQL node", "target_pgsql_node");

/// The database that a restore makes.
pub(super) const TARGET_DBNAME: Column = Column::left("Target DBname", "target_dbname");

/// A database.
pub(super) const DBNAME: Column = Column::left("DBname", "dbname");

/// The five cron fields.
pub(super) const SCHEDULE: Column = Column::left("Schedule", "schedule");

/// When `at` runs something.
pub(super) const AT_TIME: Column = Column::left("AT time", "at_time");

/// A backup code.
pub(super) const CODE: Column = Column::centre("Code", "code");

/// Period and redundancy.
pub(super) const RETENTION: Column = Column::left("Retention", "retention");

/// A status.
pub(super) const STATUS: Column = Column::centre("Status", "status");

/// Why something is an error, or waits.
pub(super) const PROBLEM: Column = Column::left("Problem", "problem");

/// Additional words for a client program.
pub(super) const PARAMETERS: Column = Column::left("Parameters", "parameters");

/// How long a run took.
pub(super) const DURATION: Column = Column::centre("Duration", "duration");

/// How long a run has been going on.
pub(super) const ELAPSED_TIME: Column = Column::centre("Elapsed time", "elapsed_time");

/// The operator's remarks.
pub(super) const REMARKS: Column = Column::left("Remarks", "remarks");
