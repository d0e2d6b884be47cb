//! Backup and snapshot definitions.

use super::columns::{
    AT_TIME, CODE, DBNAME, DEF_ID, ELAPSED_TIME, NODE, NODE_ID, PARAMETERS, PROBLEM, REGISTERED,
    RETENTION, SCHEDULE, SERVER, SERVER_ID, SNAPSHOT_ID, STATUS,
};
use super::field::Field;
use super::fields as f;
use super::format::time;
use super::layout::Layout;
use super::{Filter, Report};

static BACKUP_DEFINITIONS: Layout = Layout {
    name: "backup_definitions",
    columns: &[
        DEF_ID, SERVER_ID, SERVER, NODE_ID, NODE, DBNAME, SCHEDULE, CODE, RETENTION, STATUS,
        PARAMETERS,
    ],
    groups: &[],
    vertical: false,
    select: r#"SELECT "DefID", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname",
        "Schedule", "Code"::text, "Retention", "Status"::text, "Parameters""#,
    fields: &[
        f::DEF_ID,
        Field::time("registered", "registered"),
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::SCHEDULE,
        f::CODE,
        f::RETENTION,
        f::RETENTION_PERIOD,
        f::RETENTION_REDUNDANCY,
        f::STATUS,
        f::NODE_STATUS,
        f::PARAMETERS,
        f::PROBLEM,
        f::REMARKS,
    ],
    from: r#"FROM show_backup_definitions
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3))"#,
    order: r#"ORDER BY "Backup server", "PgSQL node", "DBname", def_id"#,
};

static EMPTY_BACKUP_CATALOGS: Layout = Layout {
    name: "empty_backup_catalogs",
    columns: &[
        DEF_ID, REGISTERED, SERVER_ID, SERVER, NODE_ID, NODE, DBNAME, SCHEDULE, CODE, RETENTION,
        STATUS, PARAMETERS,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "DefID", "#,
        time!(r#""Registered""#),
        r#", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname",
        "Schedule", "Code"::text, "Retention", "Status"::text, "Parameters""#
    ),
    fields: &[
        f::DEF_ID,
        f::REGISTERED,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::SCHEDULE,
        f::CODE,
        f::RETENTION,
        f::RETENTION_PERIOD,
        f::RETENTION_REDUNDANCY,
        f::STATUS,
        f::NODE_STATUS,
        f::PARAMETERS,
        f::REMARKS,
    ],
    from: "FROM show_empty_backup_catalogs",
    order: r#"ORDER BY "Backup server", "PgSQL node", "DBname", "DefID""#,
};

static SNAPSHOT_DEFINITIONS: Layout = Layout {
    name: "snapshot_definitions",
    columns: &[
        SNAPSHOT_ID,
        REGISTERED,
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        AT_TIME,
        CODE,
        RETENTION,
        PARAMETERS,
        STATUS,
        PROBLEM,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "SnapshotID", "#,
        time!(r#""Registered""#),
        r#", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname",
        "AT time", "Code", "Retention", "Parameters", "Status", "Problem""#
    ),
    fields: &[
        f::SNAPSHOT_ID,
        f::REGISTERED,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::AT_TIME,
        Field::text("code", "backup_code"),
        Field::text("pg_dump_release", "pg_dump_release")
            .about("The release of pg_dump that the snapshot is taken with, where it was chosen"),
        Field::text("retention", "retention_period").about(f::INTERVAL),
        f::PARAMETERS,
        f::STATUS_OR_RESULT,
        Field::text(
            "problem",
            r#"coalesce("Problem", (
            SELECT max(nullif(c.error_message, '')) FROM backup_catalog AS c
            WHERE c.snapshot_id = show_snapshot_definitions.snapshot_id
        ))"#,
        )
        .about("Why the snapshot waits, or is an error; after the run, the message of its result"),
        f::REMARKS,
    ],
    from: r#"FROM show_snapshot_definitions
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3))"#,
    order: r#"ORDER BY "Backup server", "PgSQL node", "DBname", "SnapshotID""#,
};

static SNAPSHOTS_IN_PROGRESS: Layout = Layout {
    name: "snapshots_in_progress",
    columns: &[
        SNAPSHOT_ID,
        REGISTERED,
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        AT_TIME,
        CODE,
        ELAPSED_TIME,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "SnapshotID", "#,
        time!(r#""Registered""#),
        r#", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname",
        "AT time", "Code"::text, "Elapsed time""#
    ),
    fields: &[
        f::SNAPSHOT_ID,
        f::REGISTERED,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::AT_TIME,
        f::CODE,
        f::ELAPSED_TIME,
    ],
    from: "FROM show_snapshots_in_progress",
    order: r#"ORDER BY "SnapshotID""#,
};

/// `show_backup_definitions`.
pub fn backup_definitions(filter: &Filter) -> Report {
    Report::new(&BACKUP_DEFINITIONS, filter.parameters())
}

/// `show_empty_backup_catalogs`: definitions that have no backup yet.
pub fn empty_backup_catalogs() -> Report {
    Report::new(&EMPTY_BACKUP_CATALOGS, Vec::new())
}

/// `show_snapshot_definitions`.
pub fn snapshot_definitions(filter: &Filter) -> Report {
    Report::new(&SNAPSHOT_DEFINITIONS, filter.parameters())
}

/// `show_snapshots_in_progress`.
pub fn snapshots_in_progress() -> Report {
    Report::new(&SNAPSHOTS_IN_PROGRESS, Vec::new())
}
