//! Alerts as JSON, for webhooks and commands.

use chrono::{DateTime, SecondsFormat, Utc};
use pgbackman_core::catalogue::alerts::Delivery;
use pgbackman_core::domain::text::hex::hex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The version of the format. New keys do not change it.
pub const VERSION: u32 = 1;

/// An identifier that does not change when a message is sent again, so that a recipient can detect duplicates after a
/// crash.
pub fn identity(deliveries: &[Delivery]) -> String {
    let mut hash = Sha256::new();
    for delivery in deliveries {
        let alert = &delivery.alert;
        hash.update(format!(
            "{} {} {}\n",
            alert.id,
            delivery.message,
            alert.registered.to_rfc3339()
        ));
    }
    let mut name = hex(&hash.finalize());
    name.truncate(32);
    name
}

/// The JSON document.
pub fn document(deliveries: &[Delivery], sender: &str, now: DateTime<Utc>) -> Value {
    let alerts: Vec<Value> = deliveries.iter().map(alert).collect();
    json!({
        "version": VERSION,
        "program": "pgbackman",
        "sent_by": sender,
        "sent": time(now),
        "delivery_id": identity(deliveries),
        "alerts": alerts,
    })
}

fn alert(delivery: &Delivery) -> Value {
    let alert = &delivery.alert;
    json!({
        "alert_id": alert.id.get(),
        "message": delivery.message.as_str(),
        "registered": time(alert.registered),
        "alert_type": alert.kind.as_str(),
        "ref_id": alert.reference,
        "bck_id": alert.backup.map(pgbackman_core::domain::ids::BckId::get),
        "backup_server": alert.server,
        "pgsql_node": alert.node.as_ref().map(|(fqdn, _)| fqdn),
        "pgsql_node_port": alert.node.as_ref().map(|(_, port)| port),
        "dbname": (!alert.dbname.is_empty()).then_some(&alert.dbname),
        "execution_status": alert.status.map(pgbackman_core::domain::status::ExecutionStatus::as_str),
        "error_message": alert.message,
        "summary": crate::text::headline(delivery),
        "resolved": alert.resolved.as_ref().map(|(at, _)| time(*at)),
        "resolution": alert.resolved.as_ref().map(|(_, how)| how),
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
