//! Everything about one backup or restore, as vertical tables.

use super::Report;
use super::format::{duration, time};
use super::layout::{Column, Layout};
use crate::domain::ids::{BckId, RestoreId};

static BACKUP_DETAILS: Layout = Layout {
    name: "backup_details",
    columns: &[
        Column::left("BckID", "bck_id"),
        Column::left("ProcPID", "procpid"),
        Column::left("Registered", "registered"),
        Column::left("Started", "started"),
        Column::left("Finished", "finished"),
        Column::left("Duration", "duration"),
        Column::left("Total size", "total_size"),
        Column::left("Execution method", "execution_method"),
        Column::left("Execution status", "execution_status"),
        Column::left("DefID", "def_id"),
        Column::left("SnapshotID", "snapshot_id"),
        Column::left("DBname", "dbname"),
        Column::left("Backup server (ID/FQDN)", "backup_server"),
        Column::left("PgSQL node (ID/FQDN)", "pgsql_node"),
        Column::left("PgSQL node release", "pgsql_node_release"),
        Column::left("Pg_dump/all release", "pg_dump_release"),
        Column::left("Schedule", "schedule"),
        Column::left("AT time", "at_time"),
        Column::left("Retention", "retention"),
        Column::left("Backup code", "backup_code"),
        Column::left("Extra parameters", "extra_parameters"),
        Column::left("DB dump file (size)", "db_dump_file"),
        Column::left("DB log file", "db_log_file"),
        Column::left("Role list", "role_list"),
        Column::left("DB roles dump file (size)", "db_roles_dump_file"),
        Column::left("DB roles log file", "db_roles_log_file"),
        Column::left("DB config dump file (size)", "db_config_dump_file"),
        Column::left("DB config log file", "db_config_log_file"),
        Column::left("On disk until", "on_disk_until"),
        Column::left("Error message", "error_message"),
        Column::left("Files", "files"),
    ],
    groups: &[3, 9, 16, 21, 23, 24, 26, 28],
    vertical: true,
    select: concat!(
        r#"SELECT "BckID", "ProcPID"::text, "#,
        time!(r#""Registered""#),
        ", ",
        time!(r#""Started""#),
        ", ",
        time!(r#""Finished""#),
        ", ",
        duration!(r#""Duration""#),
        r#", "Total size", "Execution", "Status", "DefID", "SnapshotID", "DBname",
        '[' || backup_server_id || '] / ' || "Backup server", '[' || pgsql_node_id || '] / ' || "PgSQL node",
        "PgSQL node release", "pg_dump release", "Schedule", "AT time", "Retention", "Code"::text,
        "Extra parameters", "DB dump file" || ' (' || "DB dump size" || ')', "DB log file", "Role list",
        "DB roles dump file" || ' (' || "DB roles dump size" || ')', "DB roles log file",
        "DB config dump file" || ' (' || "DB config dump size" || ')', "DB config log file", "#,
        time!(r#""Valid until""#),
        r#", "Error message", "Files" || coalesce(CASE WHEN "Files" = 'whole' THEN ', as of ' || "#,
        time!(r#""Files looked at""#),
        r#" ELSE ' since ' || "#,
        time!(r#""Files since""#),
        r#" END, '') || coalesce(': ' || "Files problem", '') FROM show_backup_details WHERE bck_id = $1"#
    ),
    order: "",
};

static RESTORE_DETAILS: Layout = Layout {
    name: "restore_details",
    columns: &[
        Column::left("RestoreID", "restore_id"),
        Column::left("ProcPID", "procpid"),
        Column::left("Registered", "registered"),
        Column::left("Started", "started"),
        Column::left("Finished", "finished"),
        Column::left("Duration", "duration"),
        Column::left("Execution status", "execution_status"),
        Column::left("BckID", "bck_id"),
        Column::left("Source DBname", "source_dbname"),
        Column::left("Target DBname", "target_dbname"),
        Column::left("Renamed DBname", "renamed_dbname"),
        Column::left("Roles restored", "roles_restored"),
        Column::left("Backup server (ID/FQDN)", "backup_server"),
        Column::left("Target PgSQL node (ID/FQDN)", "target_pgsql_node"),
        Column::left("Pg_dump/all backup release", "pg_dump_backup_release"),
        Column::left("Target PgSQL node release", "target_pgsql_node_release"),
        Column::left("AT time", "at_time"),
        Column::left("Extra parameters", "extra_parameters"),
        Column::left("Restore log file", "restore_log_file"),
        Column::left("Global log file", "global_log_file"),
        Column::left("Error message", "error_message"),
    ],
    groups: &[3, 7, 12, 16, 18, 20],
    vertical: true,
    select: concat!(
        r#"SELECT "RestoreID", "ProcPID"::text, "#,
        time!(r#""Registered""#),
        ", ",
        time!(r#""Started""#),
        ", ",
        time!(r#""Finished""#),
        ", ",
        duration!(r#""Duration""#),
        r#", "Status", "BckID"::text, "Source DBname", "Target DBname", "Renamed DBname", "Roles restored",
        '[' || backup_server_id || '] / ' || "Backup server",
        '[' || target_pgsql_node_id || '] / ' || "Target PgSQL node",
        "Backup release", "Target PGnode release", "#,
        time!(r#""AT time""#),
        r#", "Extra parameters", "Log file", "Global log file", "Error message"
        FROM show_restore_details WHERE restore_id = $1"#
    ),
    order: "",
};

/// `show_backup_details`: one row, or none where the backup does not exist.
pub fn backup_details(id: BckId) -> Report {
    Report::new(&BACKUP_DETAILS, vec![Box::new(id.get())])
}

/// `show_restore_details`: one row, or none where the restore does not exist.
pub fn restore_details(id: RestoreId) -> Report {
    Report::new(&RESTORE_DETAILS, vec![Box::new(id.get())])
}
