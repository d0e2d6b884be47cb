//! Backups that are being taken.

use super::Report;
use super::columns::{
    CODE, DBNAME, DEF_ID, ELAPSED_TIME, NODE, NODE_ID, RUN_ID, SERVER, SERVER_ID, SNAPSHOT_ID,
};
use super::field::Field;
use super::fields as f;
use super::format::{duration, time};
use super::layout::{Column, Layout};

static BACKUPS_IN_PROGRESS: Layout = Layout {
    name: "backups_in_progress",
    columns: &[
        RUN_ID,
        Column::left("Started", "started"),
        DEF_ID,
        SNAPSHOT_ID,
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        CODE,
        Column::left("Phase", "phase"),
        Column::right("Done", "done"),
        Column::right("Expected", "expected"),
        Column::right("Rate", "rate"),
        Column::centre("Time left", "time_left"),
        ELAPSED_TIME,
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "RunID"::text, "#,
        time!(r#""Started""#),
        r#", "DefID"::text, "SnapshotID"::text, backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node",
        "DBname", "Code"::text, "Phase", pg_size_pretty("Done"), pg_size_pretty("Expected"),
        pg_size_pretty("Rate"::bigint) || '/s', "#,
        duration!(r#""Time left""#),
        ", ",
        duration!(r#""Elapsed time""#)
    ),
    fields: &[
        f::RUN_ID,
        Field::time("started", r#""Started""#),
        f::DEF_ID,
        f::SNAPSHOT_ID,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::CODE,
        Field::text("phase", r#""Phase""#),
        Field::bytes("done", r#""Done""#),
        Field::bytes("expected", r#""Expected""#),
        Field::bytes("rate", r#""Rate""#).about("Per second"),
        Field::seconds("time_left", r#""Time left""#),
        Field::seconds("elapsed_time", r#""Elapsed time""#),
    ],
    from: "FROM show_backups_in_progress",
    order: r#"ORDER BY "Started", "RunID""#,
};

/// `show_backups_in_progress`: of all backup servers, as their runs report.
pub fn backups_in_progress() -> Report {
    Report::new(&BACKUPS_IN_PROGRESS, Vec::new())
}
