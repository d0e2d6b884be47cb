//! Clones.

use super::columns::{AT_TIME, FINISHED, REGISTERED, SERVER, STATUS, TARGET_DBNAME, TARGET_NODE};
use super::field::Field;
use super::fields as f;
use super::format::time;
use super::layout::{Column, Layout};
use super::{Filter, Report};

static CLONES: Layout = Layout {
    name: "clones",
    columns: &[
        Column::centre("CloneID", "clone_id"),
        REGISTERED,
        SERVER,
        Column::left("PgSQL node", "pgsql_node"),
        Column::left("DBname", "dbname"),
        TARGET_NODE,
        TARGET_DBNAME,
        AT_TIME,
        Column::centre("SnapshotID", "snapshot_id"),
        Column::centre("RestoreDef", "restore_def"),
        STATUS,
        FINISHED,
        Column::left("Reason", "reason"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "CloneID", "#,
        time!(r#""Registered""#),
        r#", "Backup server", "PgSQL node", "DBname", "Target PgSQL node", "Target DBname", "AT time",
        "SnapshotID"::text, "RestoreDef"::text, "Status", "#,
        time!(r#""Finished""#),
        r#", "Reason""#
    ),
    fields: &[
        Field::integer("clone_id", "clone_id"),
        f::REGISTERED,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        Field::integer("target_pgsql_node_id", "target_pgsql_node_id"),
        f::TARGET_NODE,
        f::TARGET_DBNAME,
        f::AT_TIME,
        f::SNAPSHOT_ID,
        f::RESTORE_DEF,
        f::STATUS,
        f::FINISHED,
        Field::text("reason", r#""Reason""#),
    ],
    from: r#"FROM show_clones
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2) OR target_pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3) OR "Target DBname" = ANY ($3))"#,
    order: "ORDER BY clone_id DESC",
};

/// `show_clones`, newest first; the filter's nodes and databases are the clones' sources or targets.
pub fn clones(filter: &Filter) -> Report {
    Report::new(&CLONES, filter.parameters())
}
