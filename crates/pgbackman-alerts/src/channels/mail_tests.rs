//! The mails as they are sent.

use pgbackman_core::catalogue::alerts::Alert;
use pgbackman_core::domain::ids::{AlertId, BckId};
use pgbackman_core::domain::status::{AlertMessage, AlertType, ExecutionStatus};

use super::*;

fn mails(recipients: &[&str]) -> Mails {
    let section = AlertsSection {
        smtp_recipients: recipients.iter().map(ToString::to_string).collect(),
        ..AlertsSection::default()
    };
    Mails::from_section(&section, "backup01.example.net").unwrap()
}

fn delivery(dbname: &str, message: &str, sendto: &str) -> Delivery {
    Delivery {
        alert: Alert {
            id: AlertId::new(7),
            registered: "2026-11-21T04:48:12Z".parse().unwrap(),
            kind: AlertType::BackupDef,
            reference: 12,
            backup: Some(BckId::new(345)),
            server: "backup01.example.net".to_owned(),
            node: Some(("pg1.example.net".to_owned(), 5432)),
            dbname: dbname.to_owned(),
            status: Some(ExecutionStatus::Error),
            message: message.to_owned(),
            sendto: sendto.to_owned(),
            resolved: None,
        },
        message: AlertMessage::Raised,
        attempts: 1,
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-21T05:00:00Z".parse().unwrap()
}

fn sent(mails: &Mails, group: &[Delivery]) -> String {
    String::from_utf8(mails.compose(group, now()).unwrap().formatted()).unwrap()
}

#[test]
fn a_hostile_name_makes_neither_a_header_nor_a_line_of_its_own() {
    let hostile = "shop\r\nBcc: victim@example.org\r\n\r\nAll is well\u{202e}";
    let mail = sent(
        &mails(&[]),
        &[delivery(
            hostile,
            "pg_dump: error: \u{1b}[2J\nsecond",
            "dba@example.net",
        )],
    );
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(
        !body.lines().any(|line| line.starts_with("All is well")),
        "{body}"
    );
    assert!(!body.contains(['\u{1b}', '\u{202e}']), "{body}");
    assert!(body.contains("\nsecond"), "{body}");
}

#[test]
fn the_same_alerts_have_the_same_id_however_often_they_are_sent() {
    let id = |mail: &str| {
        mail.lines()
            .find(|line| line.starts_with("Message-ID"))
            .unwrap()
            .to_owned()
    };
    let one = [delivery("shop", "no", "dba@example.net")];
    assert_eq!(id(&sent(&mails(&[]), &one)), id(&sent(&mails(&[]), &one)));
    let mut over = one.clone();
    over[0].message = AlertMessage::Resolved;
    assert_ne!(id(&sent(&mails(&[]), &one)), id(&sent(&mails(&[]), &over)));
}

#[test]
fn who_gets_it_is_the_nodes_address_and_else_the_configured_one() {
    let to = |mails: &Mails, sendto: &str| {
        let mail = mails.compose(&[delivery("shop", "no", sendto)], now())?;
        Ok::<_, NoMail>(
            mail.envelope()
                .to()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        )
    };
    let with = mails(&["oncall@example.net"]);
    assert_eq!(
        to(&with, "a@example.net, b@example.net;").unwrap(),
        ["a@example.net", "b@example.net"]
    );
    assert_eq!(
        to(&with, "example@example.org").unwrap(),
        ["oncall@example.net"]
    );
    assert_eq!(to(&with, "").unwrap(), ["oncall@example.net"]);
    assert!(matches!(
        to(&mails(&[]), ""),
        Err(NoMail::Nobody { refused: None })
    ));
    let groups = by_recipients(vec![
        delivery("a", "", "example@example.org"),
        delivery("b", "", "dba@example.net"),
        delivery("c", "", " "),
    ]);
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn r8_an_address_that_is_none_silences_nothing_and_is_named() {
    let to = |mails: &Mails, sendto: &str| {
        let mail = mails.compose(&[delivery("shop", "no", sendto)], now())?;
        let names: Vec<String> = mail
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        Ok::<_, NoMail>((names, String::from_utf8(mail.formatted()).unwrap()))
    };
    let with = mails(&["oncall@example.net"]);
    let (names, text) = to(&with, "not an address\r\nBcc: x").unwrap();
    assert_eq!(names, ["oncall@example.net"]);
    assert!(
        text.contains("NOTE: the node's logs_email contains an"),
        "{text}"
    );
    assert!(!text.contains("\nBcc:"), "{text}");
    let (names, text) = to(&with, "dba@example.net, nobody").unwrap();
    assert_eq!(names, ["dba@example.net"]);
    assert!(text.contains("NOTE: "), "{text}");
    let error = to(&mails(&[]), "nobody").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("logs_email contains an invalid mail address"),
        "{error}"
    );
    let (_, text) = to(&with, "dba@example.net").unwrap();
    assert!(!text.contains("NOTE: "), "{text}");
}

#[test]
fn what_is_wrong_is_named_all_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let template = directory.path().join("mine.template");
    std::fs::write(&template, "Database $dbnam").unwrap();
    let section = AlertsSection {
        smtp_from_address: Some("nobody".to_owned()),
        smtp_recipients: vec!["a@".to_owned()],
        alerts_template: template,
        ..AlertsSection::default()
    };
    let problems = Mails::from_section(&section, "backup01").unwrap_err();
    assert!(
        matches!(
            &problems[..],
            [
                ChannelError::Address {
                    key: "smtp_from_address",
                    ..
                },
                ChannelError::Address {
                    key: "smtp_recipients",
                    ..
                },
                ChannelError::Template { source, .. },
            ] if source.to_string().contains("unknown variable $dbnam")
        ),
        "{problems:?}"
    );
    let missing = AlertsSection {
        alerts_template: directory.path().join("none"),
        ..AlertsSection::default()
    };
    assert!(Mails::from_section(&missing, "backup01").is_err());
}
