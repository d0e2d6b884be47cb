//! Alerts.

use super::columns::{SERVER, STATUS};
use super::format::time;
use super::layout::{Column, Layout};
use super::{Filter, Report};

static ALERTS: Layout = Layout {
    name: "alerts",
    columns: &[
        Column::centre("AlertID", "alert_id"),
        Column::left("Registered", "registered"),
        Column::left("Type", "type"),
        SERVER,
        Column::left("PgSQL node", "pgsql_node"),
        Column::left("DBname", "dbname"),
        STATUS,
        Column::left("Message", "message"),
        Column::left("Resolved", "resolved"),
        Column::centre("Sending", "sending"),
        Column::left("Waits for", "waits_for"),
        Column::left("Next try", "next_try"),
        Column::left("Reason", "reason"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "AlertID", "#,
        time!(r#""Registered""#),
        r#", "Type", "Backup server", "PgSQL node", "DBname", "Status", "Message", "#,
        time!(r#""Resolved""#),
        r#", "Sending", "Waits for", "#,
        time!(r#""Next try""#),
        r#", "Reason" FROM show_alerts
        WHERE ("Registered" > now() - interval '30 days' OR "Sending" IN ('WAITING', 'FAILING') OR lasts)
          AND ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3))"#
    ),
    order: "ORDER BY alert_id DESC",
};

/// `show_alerts`, newest first: those of the last 30 days, and older ones that wait to be sent or last.
pub fn alerts(filter: &Filter) -> Report {
    Report::new(&ALERTS, filter.parameters())
}
