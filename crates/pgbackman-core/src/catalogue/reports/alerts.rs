//! Alerts.

use super::columns::{SERVER, STATUS};
use super::field::{Field, Type};
use super::fields as f;
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
        r#", "Reason""#
    ),
    fields: &[
        Field::integer("alert_id", "alert_id"),
        f::REGISTERED,
        Field::text("type", r#""Type""#),
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        Field::integer("bck_id", "bck_id"),
        f::STATUS,
        Field::text("message", r#""Message""#),
        Field::time("resolved", r#""Resolved""#),
        Field::text("resolution", r#""Resolution""#),
        Field::text("sending", r#""Sending""#),
        Field::of(
            "waits_for",
            Type::Texts,
            r#"string_to_array("Waits for", ', ')"#,
        )
        .about("The channels that have not delivered the alert yet"),
        Field::time("next_try", r#""Next try""#),
        Field::text("reason", r#""Reason""#),
    ],
    from: r#"FROM show_alerts
        WHERE ("Registered" > now() - interval '30 days' OR "Sending" IN ('WAITING', 'FAILING') OR lasts)
          AND ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3))"#,
    order: "ORDER BY alert_id DESC",
};

/// `show_alerts`, newest first: those of the last 30 days, and older ones that wait to be sent or last.
pub fn alerts(filter: &Filter) -> Report {
    Report::new(&ALERTS, filter.parameters())
}
