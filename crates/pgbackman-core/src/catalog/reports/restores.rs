//! Restore definitions and restores.

use super::format::{duration, time};
use super::layout::{Column, Layout};
use super::{Filter, Report};

static RESTORE_DEFINITIONS: Layout = Layout {
    name: "restore_definitions",
    columns: &[
        Column::centre("RestoreDef", "restore_def"),
        Column::left("Registered", "registered"),
        Column::centre("BckID", "bck_id"),
        Column::centre("ID", "pgsql_node_id"),
        Column::left("Target PgSQL node", "target_pgsql_node"),
        Column::left("Target DBname", "target_dbname"),
        Column::left("Renamed database", "renamed_database"),
        Column::left("AT time", "at_time"),
        Column::left("Extra parameters", "extra_parameters"),
        Column::centre("Status", "status"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreDef", "#,
        time!(r#""Registered""#),
        r#", "BckID"::text, target_pgsql_node_id::text, "Target PgSQL node", "Target DBname", "Renamed database",
        "AT time", "Extra parameters", "Status" FROM show_restore_definitions
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR target_pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "Target DBname" = ANY ($3))"#
    ),
    order: r#"ORDER BY "Target PgSQL node", "Target DBname", "AT time", "RestoreDef""#,
};

static RESTORE_CATALOG: Layout = Layout {
    name: "restore_catalog",
    columns: &[
        Column::centre("RestoreID", "restore_id"),
        Column::centre("RestoreDef", "restore_def"),
        Column::centre("BckID", "bck_id"),
        Column::left("Finished", "finished"),
        Column::centre("ID.", "backup_server_id"),
        Column::left("Backup server", "backup_server"),
        Column::centre("ID", "pgsql_node_id"),
        Column::left("Target PgSQL node", "target_pgsql_node"),
        Column::left("Target DBname", "target_dbname"),
        Column::centre("Duration", "duration"),
        Column::centre("Status", "status"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreID", "RestoreDef", "BckID"::text, "#,
        time!(r#""Finished""#),
        r#", backup_server_id::text, "Backup server", target_pgsql_node_id::text, "Target PgSQL node",
        "Target DBname", "#,
        duration!(r#""Duration""#),
        r#", "Status" FROM show_restore_catalog
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR target_pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "Target DBname" = ANY ($3))"#
    ),
    order: r#"ORDER BY "Finished" DESC NULLS LAST, restore_id DESC"#,
};

static RESTORES_IN_PROGRESS: Layout = Layout {
    name: "restores_in_progress",
    columns: &[
        Column::centre("RestoreDef", "restore_def"),
        Column::left("Registered", "registered"),
        Column::centre("BckID", "bck_id"),
        Column::centre("ID.", "backup_server_id"),
        Column::left("Backup server", "backup_server"),
        Column::centre("ID", "pgsql_node_id"),
        Column::left("Target PgSQL node", "target_pgsql_node"),
        Column::left("Target DBname", "target_dbname"),
        Column::left("AT time", "at_time"),
        Column::centre("Elapsed time", "elapsed_time"),
        Column::centre("Progress", "progress"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RestoreDef", "#,
        time!(r#""Registered""#),
        r#", "BckID"::text, backup_server_id::text, "Backup server", target_pgsql_node_id::text,
        "Target PgSQL node", "Target DBname", "AT time", "Elapsed time", "Progress"
        FROM show_restores_in_progress"#
    ),
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
