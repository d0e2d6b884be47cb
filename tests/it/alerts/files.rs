//! D1: damaged backups, and backups that nobody looks at.

use pgbackman_tests::mail::{MailOptions, MailServer};

use super::support::{Site, body};

/// What a look finds at some backups.
fn looked(site: &Site, at: &str, backups: &str, state: &str, problem: &str) {
    site.sql(&format!(
        "SELECT record_looks_at_files('{at}', array_agg(bck_id), array_agg('{state}'::text), array_agg({problem}::text)) \
         FROM backup_catalog WHERE {backups}"
    ));
}

#[test]
fn d1_damage_is_one_mail_for_a_directory_and_another_when_more_is_damaged() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    let (shop, crm) = (site.define("shop"), site.define("crm"));
    for definition in [shop, crm] {
        for day in [17, 18, 19] {
            site.ran(
                definition,
                &format!("2020-11-{day}T04:00:02Z"),
                "SUCCEEDED",
                10,
            );
        }
    }
    looked(&site, "2020-11-19T05:00:00Z", "true", "whole", "NULL");
    site.pass("2020-11-19T06:00:00Z").success();
    assert_eq!(server.received().len(), 0);
    // The directory is emptied, but for one backup.
    let lost = "def_id = 1 OR bck_id < 6";
    looked(
        &site,
        "2020-11-20T05:00:00Z",
        lost,
        "damaged",
        "'/srv/' || bck_id || ' is missing'",
    );
    site.pass("2020-11-20T06:00:00Z").success();
    site.pass("2020-11-20T06:05:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let text = body(&mails[0].mail);
    for wanted in [
        "ERROR: pg1.example.net: damaged backups",
        "5 backups are damaged, the newest is 5: /srv/5 is missing. No undamaged backup is left of DefID 1",
    ] {
        assert!(
            text.contains(wanted) || mails[0].mail.contains(wanted),
            "{wanted}: {text}"
        );
    }
    // On another day the last one, too; the same finds again are not told again.
    looked(
        &site,
        "2020-11-21T05:00:00Z",
        lost,
        "damaged",
        "'/srv/' || bck_id || ' is missing'",
    );
    looked(
        &site,
        "2020-11-21T05:00:00Z",
        "bck_id = 6",
        "damaged",
        "'/srv/6 has 1 bytes'",
    );
    site.pass("2020-11-21T06:00:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let text = body(&mails[1].mail);
    assert!(
        text.contains(
            "Backup 6 is damaged: /srv/6 has 1 bytes. No undamaged backup is left of DefID 1, 2"
        ),
        "{text}"
    );
    // What is mended is over.
    looked(&site, "2020-11-22T05:00:00Z", "true", "whole", "NULL");
    site.pass("2020-11-22T06:00:00Z").success();
    let mails = server.received();
    let text: String = mails[2..].iter().map(|mail| body(&mail.mail)).collect();
    assert!(
        text.contains("None of these backups is known to be damaged any more"),
        "{text}"
    );
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE resolved IS NULL"),
        "0"
    );
}

#[test]
fn d1_what_nobody_looks_at_is_told_once_for_a_server() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    site.configure("smtp_recipients", "[\"admin@example.net\"]");
    site.sql("SELECT register_pgsql_node('pg2', 'example.net', 5432, 'postgres', 'RUNNING', '')");
    let shop = site.define("shop");
    for day in [17, 18, 19] {
        site.ran(shop, &format!("2020-11-{day}T04:00:02Z"), "SUCCEEDED", 10);
    }
    site.sql("UPDATE backup_catalog SET pgsql_node_id = 2 WHERE bck_id = 3");
    let ended = |at: &str| {
        site.sql(&format!(
            "INSERT INTO file_look (backup_server_id, begun, ended) VALUES (1, '{at}', '{at}') \
             ON CONFLICT (backup_server_id) DO UPDATE SET ended = excluded.ended"
        ));
    };
    ended("2020-11-18T05:00:00Z");
    looked(
        &site,
        "2020-11-20T05:00:00Z",
        "true",
        "not looked at",
        "'is its file system mounted?'",
    );
    site.pass("2020-11-20T04:50:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, ["admin@example.net"]);
    let text = mails[0].mail.clone() + &body(&mails[0].mail);
    for wanted in [
        "WARNING: backup01.example.net: backups not checked",
        "The files of 3 backups could not be checked: 2 of pg1.example.net:5432 (is its file system mounted?); 1 of pg2.",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // A look that does not happen any more is another matter.
    site.pass("2020-11-20T06:01:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let text = body(&mails[1].mail);
    assert!(
        text.contains("the last complete check was 2 d 1 h ago"),
        "{text}"
    );
    looked(&site, "2020-11-20T07:00:00Z", "true", "whole", "NULL");
    ended("2020-11-20T07:00:00Z");
    site.pass("2020-11-20T08:00:00Z").success();
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE resolved IS NULL"),
        "0"
    );
    assert_eq!(site.sql("SELECT count(*) FROM alerts"), "2");
}

#[test]
fn d1_damage_of_several_nodes_is_one_mail_and_more_of_it_on_the_same_day_another() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    site.configure("smtp_recipients", "[\"admin@example.net\"]");
    site.sql("SELECT register_pgsql_node('pg2', 'example.net', 5432, 'postgres', 'RUNNING', '')");
    site.sql("UPDATE pgsql_node_config SET value = '' WHERE parameter = 'logs_email'");
    let shop = site.define("shop");
    for day in [16, 17, 18, 19] {
        site.ran(shop, &format!("2020-11-{day}T04:00:02Z"), "SUCCEEDED", 10);
    }
    site.sql("UPDATE backup_catalog SET pgsql_node_id = 2 WHERE bck_id IN (2, 3)");
    looked(&site, "2020-11-20T05:00:00Z", "bck_id = 4", "whole", "NULL");
    let lost = |at: &str, backups: &str| {
        looked(
            &site,
            at,
            backups,
            "damaged",
            "'/srv/' || bck_id || ' is missing'",
        );
    };
    // A root is emptied, but for one backup.
    lost("2020-11-20T05:00:00Z", "bck_id < 4");
    site.pass("2020-11-20T05:10:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let text = body(&mails[0].mail);
    let wanted = "3 backups of 2 nodes are damaged, the newest is 3: /srv/3 is missing (1 of pg1.example.net:5432, 2 of pg2.";
    assert!(text.contains(wanted), "{text}");
    // The same is found again, and then it is one more.
    lost("2020-11-20T06:00:00Z", "bck_id < 4");
    site.pass("2020-11-20T06:10:00Z").success();
    assert_eq!(server.received().len(), 1);
    lost("2020-11-20T07:00:00Z", "true");
    for minute in [10, 20] {
        site.pass(&format!("2020-11-20T07:{minute}:00Z")).success();
    }
    let mails = server.received();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let text = body(&mails[1].mail);
    assert!(
        text.contains("Backup 4 is damaged: /srv/4 is missing"),
        "{text}"
    );
}
