//! Alerts as text. Names and messages, which anybody may have chosen, are sanitized for mail.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::{Alert, Delivery};
use pgbackman_core::domain::ids::AlertId;
use pgbackman_core::domain::status::{AlertMessage, AlertType, ExecutionStatus};

/// Maximum length of a name in a subject, in characters.
const LONGEST_NAME: usize = 80;
/// Maximum length of a message in a list of alerts, in characters.
const LONGEST_MESSAGE: usize = 300;

/// A name or message on one line, with control and formatting characters as escapes.
pub fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A message of several lines, sanitized as by [`one_line`] except for line ends and tabs.
pub fn several_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| one_line(&line.replace('\t', "    ")))
        .collect();
    lines.join("\n")
}

/// Characters that are invisible or change the direction of text.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A message of several lines, joined to one line.
fn joined(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| one_line(line.trim()))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" / ")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A short description of the problem.
const fn trouble(kind: AlertType, status: Option<ExecutionStatus>) -> &'static str {
    match (kind, status) {
        (AlertType::BackupDef, Some(ExecutionStatus::Warning)) => "backup with a warning",
        (AlertType::BackupDef, _) => "backup failed",
        (AlertType::SnapshotDef, Some(ExecutionStatus::Warning)) => "snapshot with a warning",
        (AlertType::SnapshotDef, _) => "snapshot failed",
        (AlertType::RestoreDef, _) => "restore failed",
        (AlertType::PgsqlNode, _) => "question about the node",
        (AlertType::MissedRun, _) => "backup did not run",
        (AlertType::OldBackup, _) => "no recent usable backup",
        (AlertType::SmallBackup, _) => "unusually small backup",
        (AlertType::NoDefinition, _) => "no backup definition",
        (AlertType::Daemon, _) => "daemon does not respond",
        (AlertType::DamagedBackup, _) => "damaged backups",
        (AlertType::UnseenBackup, _) => "backups not checked",
    }
}

/// The ID by which an operator looks it up.
fn reference(alert: &Alert) -> String {
    match alert.kind {
        AlertType::BackupDef
        | AlertType::MissedRun
        | AlertType::OldBackup
        | AlertType::SmallBackup => {
            format!(" (DefID {})", alert.reference)
        }
        AlertType::SnapshotDef => format!(" (SnapshotID {})", alert.reference),
        AlertType::RestoreDef => format!(" (RestoreDef {})", alert.reference),
        AlertType::PgsqlNode
        | AlertType::NoDefinition
        | AlertType::Daemon
        | AlertType::DamagedBackup
        | AlertType::UnseenBackup => String::new(),
    }
}

/// The place: database, node, or backup server.
fn place(alert: &Alert) -> String {
    let name = |name: &str| cut(&one_line(name), LONGEST_NAME);
    match (&alert.node, alert.dbname.as_str()) {
        (None, _) => name(&alert.server),
        (Some((node, _)), "") => name(node),
        (Some((node, _)), dbname) => format!("{} on {}", name(dbname), name(node)),
    }
}

/// The first word: the severity, or RESOLVED.
fn word(delivery: &Delivery) -> &'static str {
    match (delivery.message, delivery.alert.status) {
        (AlertMessage::Resolved, _) => "RESOLVED",
        (AlertMessage::Raised, Some(ExecutionStatus::Warning)) => "WARNING",
        (AlertMessage::Raised, _) => "ERROR",
    }
}

/// The number of the alert that `--test` sends. The catalogue's begin at 1.
pub const TRIAL: AlertId = AlertId::new(0);

/// One line with severity, place and problem.
pub fn headline(delivery: &Delivery) -> String {
    let alert = &delivery.alert;
    if alert.id == TRIAL {
        return format!("TEST: {}: test message of pgbackman_alerts", place(alert));
    }
    format!(
        "{}: {}: {}{}",
        word(delivery),
        place(alert),
        trouble(alert.kind, alert.status),
        reference(alert)
    )
}

/// The subject of a mail with these alerts.
pub fn subject(deliveries: &[Delivery]) -> String {
    if let [one] = deliveries {
        return format!("[PgBackMan] {}", headline(one));
    }
    let count = |wanted: &str| deliveries.iter().filter(|one| word(one) == wanted).count();
    let counted: Vec<String> = [
        ("ERROR", "error", "errors"),
        ("WARNING", "warning", "warnings"),
        ("RESOLVED", "resolved", "resolved"),
    ]
    .into_iter()
    .map(|(wanted, one, many)| (count(wanted), one, many))
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
    .collect();
    format!(
        "[PgBackMan] {} alerts: {}",
        deliveries.len(),
        counted.join(", ")
    )
}

/// The text that follows the template of one alert: how the problem ended.
pub fn ending(delivery: &Delivery) -> Option<String> {
    let (at, how) = delivery.alert.resolved.as_ref()?;
    let beginning = match delivery.message {
        AlertMessage::Resolved => "This was resolved at",
        AlertMessage::Raised => "This has been resolved since then, at",
    };
    Some(format!("{beginning} {}. {}", time(*at), several_lines(how)))
}

/// A list of all alerts, open ones first.
pub fn list(deliveries: &[Delivery]) -> String {
    let mut text = String::new();
    for (title, message) in [
        ("", AlertMessage::Raised),
        ("Resolved:\n\n", AlertMessage::Resolved),
    ] {
        let of_message: Vec<&Delivery> = deliveries
            .iter()
            .filter(|one| one.message == message)
            .collect();
        if of_message.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(title);
        for delivery in of_message {
            text.push_str(&item(delivery));
        }
    }
    text.push_str("\nFor details, run show_alerts in the PgBackMan shell.\n");
    text
}

fn item(delivery: &Delivery) -> String {
    let alert = &delivery.alert;
    let mut text = format!(
        "* {}\n  alert {} of {}, backup server {}\n",
        headline(delivery),
        alert.id,
        time(alert.registered),
        one_line(&alert.server)
    );
    if delivery.message == AlertMessage::Raised && !alert.message.is_empty() {
        let _ = writeln!(text, "  {}", cut(&joined(&alert.message), LONGEST_MESSAGE));
    }
    if let Some((at, how)) = &alert.resolved {
        let _ = writeln!(
            text,
            "  Resolved at {}. {}",
            time(*at),
            cut(&joined(how), LONGEST_MESSAGE)
        );
    }
    text
}

/// The value of a template's variable.
pub fn variable(name: &str, delivery: &Delivery, now: DateTime<Utc>) -> String {
    let alert = &delivery.alert;
    let node =
        |part: fn(&(String, u16)) -> String| alert.node.as_ref().map(part).unwrap_or_default();
    match name {
        "alert_id" => alert.id.to_string(),
        "registered" => time(alert.registered),
        "alert_type" => alert.kind.to_string(),
        "ref_id" => alert.reference.to_string(),
        "bck_id" => alert.backup.map(|id| id.to_string()).unwrap_or_default(),
        "backup_server_fqdn" => one_line(&alert.server),
        "pgsql_node_fqdn" => one_line(&node(|(fqdn, _)| fqdn.clone())),
        "pgsql_node_port" => node(|(_, port)| port.to_string()),
        "dbname" => one_line(&alert.dbname),
        "execution_status" => alert
            .status
            .map(|status| status.to_string())
            .unwrap_or_default(),
        "error_message" => several_lines(&alert.message),
        "date" => time(now),
        "summary" => headline(delivery),
        "message" => delivery.message.to_string(),
        "resolved" => alert
            .resolved
            .as_ref()
            .map(|(at, _)| time(*at))
            .unwrap_or_default(),
        "resolution" => alert
            .resolved
            .as_ref()
            .map(|(_, how)| several_lines(how))
            .unwrap_or_default(),
        // The template was checked against this very list.
        _ => String::new(),
    }
}

/// A time in the format of the shell.
pub fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%:z").to_string()
}
