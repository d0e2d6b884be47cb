//! The configuration of one server or node.

use super::Report;
use super::field::{Field, Type};
use super::layout::{Column, Layout};
use crate::domain::ids::{NodeId, ServerId};

const COLUMNS: &[Column] = &[
    Column::left("Parameter", "parameter"),
    Column::left("Value", "value"),
    Column::left("Description", "description"),
];

/// The node's parameters whose values are no text.
const NODE_TYPES: &[(&str, Type)] = &[
    ("encryption", Type::Boolean),
    ("pgport", Type::Integer),
    ("retention_redundancy", Type::Integer),
];

const fn fields(types: &'static [(&'static str, Type)]) -> [Field; 3] {
    [
        Field::text("parameter", r#""Parameter""#),
        Field::of("value", Type::Parameter(types), r#""Value""#),
        Field::text("description", r#""Description""#),
    ]
}

static BACKUP_SERVER_CONFIG: Layout = Layout {
    name: "backup_server_config",
    columns: COLUMNS,
    groups: &[],
    vertical: false,
    select: r#"SELECT "Parameter", "Value", "Description""#,
    fields: &fields(&[]),
    from: "FROM show_backup_server_config WHERE server_id = $1",
    order: r#"ORDER BY "Parameter""#,
};

static PGSQL_NODE_CONFIG: Layout = Layout {
    name: "pgsql_node_config",
    columns: COLUMNS,
    groups: &[],
    vertical: false,
    select: r#"SELECT "Parameter", "Value", "Description""#,
    fields: &fields(NODE_TYPES),
    from: "FROM show_pgsql_node_config WHERE node_id = $1",
    order: r#"ORDER BY "Parameter""#,
};

/// `show_backup_server_config`.
pub fn backup_server_config(server: ServerId) -> Report {
    Report::new(&BACKUP_SERVER_CONFIG, vec![Box::new(server.get())])
}

/// `show_pgsql_node_config`.
pub fn pgsql_node_config(node: NodeId) -> Report {
    Report::new(&PGSQL_NODE_CONFIG, vec![Box::new(node.get())])
}
