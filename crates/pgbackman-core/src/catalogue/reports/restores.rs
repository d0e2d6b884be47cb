//! Restore definitions and restores.

use super::columns::{
    AT_TIME, BCK_ID, DURATION, ELAPSED_TIME, FINISHED, NODE_ID, PROBLEM, REGISTERED, RESTORE_DEF,
    RUN_ID, SERVER, SERVER_ID, STATUS, TARGET_DBNAME, TARGET_NODE,
};
use super::field::Field;
use super::fields as f;
use super::format::{duration, time};
use super::layout::{Column, Layout};
use super::{Filter, Report};

static RESTORE_DEFINITIONS: Layout = Layout {
    name: "restore_definitions",
    columns: &[
        RESTORE_DEF,
        REGISTERED,
        BCK_ID,
        NODE_ID,
        TARGET_NODE,
        TARGET_DBNAME,
        Column::left("Renamed database", "renamed_database"),
        AT_TIME,
        Column::left("Extra parameters", "extra_parameters"),
        STATUS,
        PROBLEM,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreDef", "#,
        time!(r#""Registered""#),
        r#", "BckID"::text, target_pgsql_node_id::text, "Target PgSQL node", "Target DBname", "Renamed database",
        "AT time", "Extra parameters", "Status", "Problem""#
    ),
    fields: &[
        f::RESTORE_DEF,
        f::REGISTERED,
        f::BCK_ID,
        f::SERVER_ID,
        f::SERVER,
        f::TARGET_NODE_ID,
        f::TARGET_NODE,
        f::TARGET_DBNAME,
        Field::text("renamed_database", r#""Renamed database""#),
        f::AT_TIME,
        Field::text("extra_parameters", r#""Extra parameters""#),
        f::STATUS_OR_RESULT,
        Field::text(
            "problem",
            r#"coalesce("Problem", (
            SELECT max(nullif(c.error_message, '')) FROM restore_catalog AS c
            WHERE c.restore_def = show_restore_definitions.restore_def
        ))"#,
        )
        .about("Why the restore is an error; after the run, the message of its result"),
    ],
    from: r#"FROM show_restore_definitions
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR target_pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "Target DBname" = ANY ($3))"#,
    order: r#"ORDER BY "Target PgSQL node", "Target DBname", "AT time", "RestoreDef""#,
};

static RESTORE_CATALOG: Layout = Layout {
    name: "restore_catalog",
    columns: &[
        Column::centre("RestoreID", "restore_id"),
        RESTORE_DEF,
        BCK_ID,
        FINISHED,
        SERVER_ID,
        SERVER,
        NODE_ID,
        TARGET_NODE,
        TARGET_DBNAME,
        DURATION,
        STATUS,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreID", "RestoreDef", "BckID"::text, "#,
        time!(r#""Finished""#),
        r#", backup_server_id::text, "Backup server", target_pgsql_node_id::text, "Target PgSQL node",
        "Target DBname", "#,
        duration!(r#""Duration""#),
        r#", "Status""#
    ),
    fields: &[
        Field::integer("restore_id", "restore_id"),
        f::RESTORE_DEF,
        f::BCK_ID,
        f::STARTED,
        f::FINISHED,
        f::SERVER_ID,
        f::SERVER,
        f::TARGET_NODE_ID,
        f::TARGET_NODE,
        f::TARGET_DBNAME,
        Field::text("renamed_dbname", r#""Renamed DBname""#),
        f::DURATION,
        f::STATUS,
    ],
    from: r#"FROM show_restore_catalog
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR target_pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "Target DBname" = ANY ($3))"#,
    order: r#"ORDER BY "Finished" DESC NULLS LAST, restore_id DESC"#,
};

static RESTORES_IN_PROGRESS: Layout = Layout {
    name: "restores_in_progress",
    columns: &[
        RESTORE_DEF,
        REGISTERED,
        BCK_ID,
        SERVER_ID,
        SERVER,
        NODE_ID,
        TARGET_NODE,
        TARGET_DBNAME,
        AT_TIME,
        ELAPSED_TIME,
        Column::centre("Progress", "progress"),
        Column::left("Phase", "phase"),
        RUN_ID,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreDef", "#,
        time!(r#""Registered""#),
        r#", "BckID"::text, backup_server_id::text, "Backup server", target_pgsql_node_id::text,
        "Target PgSQL node", "Target DBname", "AT time", "Elapsed time", "Progress", "Phase", "RunID"::text"#
    ),
    fields: &[
        f::RESTORE_DEF,
        f::REGISTERED,
        f::BCK_ID,
        f::SERVER_ID,
        f::SERVER,
        f::TARGET_NODE_ID,
        f::TARGET_NODE,
        f::TARGET_DBNAME,
        f::AT_TIME,
        f::ELAPSED_TIME,
        Field::text("progress", r#""Progress""#),
        Field::integer("objects_done", "objects_done"),
        Field::integer("objects_total", "objects_total"),
        Field::text("phase", r#"nullif("Phase", '')"#),
        f::RUN_ID,
    ],
    from: "FROM show_restores_in_progress",
    order: r#"ORDER BY "RestoreDef""#,
};

/// `show_restore_definitions`; the filter's nodes and databases are the targets.
pub fn restore_definitions(filter: &Filter) -> Report {
    Report::new(&RESTORE_DEFINITIONS, filter.parameters())
}

/// `show_restore_catalog`, newest first; the filter's nodes and databases are the targets.
pub fn restore_catalog(filter: &Filter) -> Report {
    Report::new(&RESTORE_CATALOG, filter.parameters())
}

/// `show_restores_in_progress`.
pub fn restores_in_progress() -> Report {
    Report::new(&RESTORES_IN_PROGRESS, Vec::new())
}
