//! Mails as a real server gets them.

use std::fs;

use pgbackman_tests::mail::{MailOptions, MailServer};

use super::super::connect::certificates::{Identity, Names};
use super::support::{Site, body, header};

#[test]
fn a_failed_backup_is_mailed_once_and_its_end_once_by_starttls_and_login() {
    let mut site = Site::new();
    let authority = Identity::authority("Mail CA");
    let names = Names {
        dns: &["localhost"],
        ip: &["127.0.0.1"],
    };
    let identity = authority.issue("mail.example.net", names);
    let server = MailServer::start(&MailOptions {
        tls: "starttls",
        identity: Some((identity.certificate_pem(), identity.key_pem())),
        login: Some(("mailer", "geheim")),
        ..MailOptions::default()
    });
    let ca = site.sandbox.path().join("ca.pem");
    fs::write(&ca, authority.certificate_pem()).unwrap();
    site.mail_to(&server);
    site.configure("smtp_tls", "\"starttls\"");
    site.configure("smtp_ca_file", &format!("{:?}", ca.display().to_string()));
    site.configure("smtp_user", "\"mailer\"");
    site.configure("smtp_password", "\"geheim\"");

    let definition = site.define("Bestellungen für Ä");
    site.ran(definition, "2020-11-21T04:00:02Z", "ERROR", 0);
    site.pass("2020-11-21T04:10:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 1);
    let first = &mails[0];
    assert_eq!(first.to, ["dba@example.net"]);
    assert_eq!(first.from, "pgbackman@backup01.example.net");
    assert!(first.login.is_some(), "{first:?}");
    assert_eq!(header(&first.mail, "Auto-Submitted"), "auto-generated");
    assert!(header(&first.mail, "Date").starts_with("Sat, 21 Nov 2020 04:10:"));
    assert!(
        header(&first.mail, "Subject").contains("=?utf-8?"),
        "{}",
        first.mail
    );
    let text = body(&first.mail);
    for line in [
        "Database       Bestellungen für Ä",
        "PgSQL node     pg1.example.net, port 5432",
        "ERROR: Bestellungen für Ä on pg1.example.net: backup failed (DefID 1)",
        "FATAL:  no space",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    assert_eq!(site.sql("SELECT alert_sent FROM alerts"), "t");
    eprintln!("{}\n----\n{text}", first.mail);
    let sent =
        "alert 1 (Backup-def) was sent by smtp (node=pg1.example.net, dbname=Bestellungen für Ä)";
    assert!(site.sandbox.log().contains(sent), "{}", site.sandbox.log());

    site.pass("2020-11-21T04:20:00Z").success();
    assert_eq!(server.received().len(), 1, "once");
    // It succeeds the next night: that is told once, too.
    site.ran(definition, "2020-11-22T04:00:02Z", "SUCCEEDED", 10);
    for minute in 10..13 {
        site.pass(&format!("2020-11-22T04:{minute}:00Z")).success();
    }
    let mails = server.received();
    assert_eq!(mails.len(), 2);
    let text = body(&mails[1].mail);
    assert!(text.starts_with("This was resolved at "), "{text}");
    assert!(
        text.contains("A later run ended with SUCCEEDED: BckID 2."),
        "{text}"
    );
    assert_eq!(site.sending(), "SENT");
    assert!(!site.sandbox.log().contains("geheim"));

    // Another authority's server gets nothing, and neither does one that another name is on.
    let other = site.sandbox.path().join("other.pem");
    fs::write(&other, Identity::authority("Other CA").certificate_pem()).unwrap();
    site.configure(
        "smtp_ca_file",
        &format!("{:?}", other.display().to_string()),
    );
    site.ran(definition, "2020-11-23T04:00:02Z", "ERROR", 0);
    let said = site.pass("2020-11-23T04:10:00Z");
    assert_eq!((said.code, server.received().len()), (1, 2));
    assert_eq!(site.sending(), "SENT,FAILING");
    assert!(
        site.sql("SELECT last_error FROM alert_delivery WHERE sent IS NULL")
            .contains("certificate verify failed")
    );
    // A wrong password: everything waits, and nothing of it is told.
    site.configure("smtp_ca_file", &format!("{:?}", ca.display().to_string()));
    site.configure("smtp_password", "\"falsch\"");
    assert_eq!(site.pass("2020-11-23T04:30:00Z").code, 1);
    assert!(!site.sandbox.log().contains("falsch"));
    site.configure("smtp_password", "\"geheim\"");
    site.pass("2020-11-23T06:30:00Z").success();
    assert_eq!(server.received().len(), 3);
}

#[test]
fn implicit_tls_too_and_many_failures_are_one_mail_for_each_address() {
    let mut site = Site::new();
    let authority = Identity::authority("Mail CA");
    let names = Names {
        dns: &[],
        ip: &["127.0.0.1"],
    };
    let identity = authority.issue("mail.example.net", names);
    let server = MailServer::start(&MailOptions {
        tls: "implicit",
        identity: Some((identity.certificate_pem(), identity.key_pem())),
        refuse: vec!["gone@example.net"],
        ..MailOptions::default()
    });
    let ca = site.sandbox.path().join("ca.pem");
    fs::write(&ca, authority.certificate_pem()).unwrap();
    site.mail_to(&server);
    site.configure("smtp_ssl", "\"ON\"");
    site.configure("smtp_ca_file", &format!("{:?}", ca.display().to_string()));
    site.configure("smtp_recipients", "[\"oncall@example.net\"]");

    for name in [
        "shop",
        "crm\\r\\nBcc: x@example.net\\r\\n\\r\\nAll is well",
        "hr",
    ] {
        site.ran(site.define(name), "2020-11-21T04:00:02Z", "ERROR", 0);
    }
    // Of a node that has nobody, and of one whose address the server refuses.
    for (node, address) in [(2, "example@example.org"), (3, "gone@example.net")] {
        site.sql(&format!(
            "SELECT register_pgsql_node('pg{node}', 'example.net', 5432, 'postgres', 'RUNNING', '')"
        ));
        site.sql(&format!("UPDATE pgsql_node_config SET value = '{address}' WHERE node_id = {node} AND parameter = 'logs_email'"));
        site.sql(&format!(
            "INSERT INTO alerts (alert_type, ref_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto) \
             VALUES ('Restore-def', 1, 1, {node}, 'x', 'ERROR', 'no', get_pgsql_node_config_value({node}, 'logs_email'))"
        ));
    }
    assert_eq!(
        site.pass("2020-11-21T04:10:00Z").code,
        1,
        "one address is refused"
    );
    let mails = server.received();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let to = |address: &str| mails.iter().find(|mail| mail.to == [address]).unwrap();
    assert!(header(&to("oncall@example.net").mail, "Subject").contains("restore failed"));
    let list = &to("dba@example.net").mail;
    assert_eq!(header(list, "Subject"), "[PgBackMan] 3 alerts: 3 errors");
    let text = body(list);
    eprintln!("{list}\n----\n{text}");
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("* ERROR: "))
            .count(),
        3,
        "{text}"
    );
    assert!(
        text.contains("crm\\r\\nBcc: x@example.net") && !text.contains("\nAll is well"),
        "{text}"
    );
    assert_eq!(site.sending(), "SENT,SENT,SENT,SENT,FAILING");
    assert!(
        site.sql("SELECT last_error FROM alert_delivery WHERE sent IS NULL")
            .contains("no such mailbox")
    );
}

#[test]
fn what_is_wrong_with_the_configuration_is_named_at_start_and_by_check() {
    let mut site = Site::new();
    let template = site.sandbox.path().join("mine.template");
    fs::write(&template, "Database $dbname\nOn $server\n").unwrap();
    site.configure("smtp_alerts", "\"ON\"");
    site.configure(
        "alerts_template",
        &format!("{:?}", template.display().to_string()),
    );
    site.configure("smtp_recipients", "[\"nobody\"]");
    for option in ["--check", "--once", "--test"] {
        let said = site.sandbox.run("pgbackman_alerts", [option]);
        assert_eq!(said.code, 3);
        let why = said.failure();
        assert!(
            why.contains("line 2: unknown variable $server") && why.contains("smtp_recipients"),
            "{why}"
        );
    }
    fs::write(&template, "On $backup_server_fqdn").unwrap();
    site.configure("smtp_recipients", "[\"dba@example.net\"]");
    let said = site.sandbox.run("pgbackman_alerts", ["--check"]).success();
    assert_eq!(said, "Alerts are sent by smtp.\n");
    let server = MailServer::start(&MailOptions::default());
    site.mail_to(&server);
    let said = site.sandbox.run("pgbackman_alerts", ["--test"]).success();
    assert_eq!(said, "smtp: sent\n");
    assert!(body(&server.received()[0].mail).starts_with("On backup01.example.net"));
}

#[test]
fn without_a_way_of_sending_alerts_are_marked_as_sent_and_warnings_are_told_if_wanted() {
    let mut site = Site::new();
    let definition = site.define("shop");
    site.ran(definition, "2020-11-21T04:00:02Z", "ERROR", 0);
    site.pass("2020-11-21T04:10:00Z").success();
    assert_eq!(site.sql("SELECT alert_sent FROM alerts"), "t");
    assert_eq!(site.sending(), "NOT SENT");
    let server = MailServer::start(&MailOptions::default());
    site.mail_to(&server);
    site.ran(definition, "2020-11-22T04:00:02Z", "WARNING", 5);
    site.pass("2020-11-22T04:10:00Z").success();
    assert_eq!(server.received().len(), 0);
    site.configure("alert_on_warnings", "\"ON\"");
    site.ran(definition, "2020-11-23T04:00:02Z", "WARNING", 5);
    site.pass("2020-11-23T04:10:00Z").success();
    assert_eq!(server.received().len(), 1);
    assert!(
        header(&server.received()[0].mail, "Subject")
            .starts_with("[PgBackMan] WARNING: shop on pg1.example.net")
    );
    // The catalogue away: said, and tried again by the daemon.
    site.sandbox.reach_catalogue_at("127.0.0.1", 1);
    assert_eq!(site.pass("2020-11-23T04:10:00Z").code, 4);
}
