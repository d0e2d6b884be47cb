//! Maintenance windows of PgSQL nodes.

use super::Report;
use super::columns::{NODE, NODE_ID};
use super::field::Field;
use super::fields as f;
use super::format::time;
use super::layout::{Column, Layout};

static MAINTENANCE_WINDOWS: Layout = Layout {
    name: "maintenance_windows",
    columns: &[
        NODE_ID,
        NODE,
        Column::centre("Pgport", "pgport"),
        Column::left("Since", "since"),
        Column::left("Until", "until"),
        Column::left("Reason", "reason"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT node_id::text, "PgSQL node", "Pgport"::text, "#,
        time!(r#""Since""#),
        ", ",
        time!(r#""Until""#),
        r#", "Reason""#
    ),
    fields: &[
        Field::integer("pgsql_node_id", "node_id"),
        f::NODE,
        Field::integer("pgport", r#""Pgport""#),
        Field::time("since", r#""Since""#),
        Field::time("until", r#""Until""#),
        Field::text("reason", r#""Reason""#),
    ],
    from: "FROM show_maintenance_windows",
    order: r#"ORDER BY "Until", node_id"#,
};

/// `show_maintenance_windows`.
pub fn maintenance_windows() -> Report {
    Report::new(&MAINTENANCE_WINDOWS, Vec::new())
}
