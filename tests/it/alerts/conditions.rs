//! Old backups, small ones, databases without definitions, daemons that are silent.

use pgbackman_tests::mail::{MailOptions, MailServer};

use super::support::{Site, body, header};

const MB: i64 = 1 << 20;

#[test]
fn each_condition_is_told_once_in_one_mail_and_ends_once() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    site.configure("old_backup_after", "\"2d\"");
    site.configure("no_definition_after", "\"24h\"");
    site.configure("daemon_silent_after", "\"10min\"");
    site.configure("small_backup_percent", "50");
    site.configure("smtp_recipients", "[\"dba@example.net\"]");
    let (old, small) = (site.define("old"), site.define("small"));
    site.ran(old, "2020-11-17T04:00:02Z", "SUCCEEDED", 100 * MB);
    site.ran(old, "2020-11-20T04:00:02Z", "WARNING", 100 * MB);
    for (day, size) in [(17, 100), (18, 104), (19, 98), (20, 20)] {
        site.ran(
            small,
            &format!("2020-11-{day}T04:00:02Z"),
            "SUCCEEDED",
            size * MB,
        );
    }
    site.sql(
        "SELECT note_node_databases(1, '{postgres,old,small,forgotten}', '2020-11-19T00:00:00Z')",
    );
    let sign = |daemon: &str, at: &str| {
        site.sql(&format!(
            "SELECT note_sign_of_life(1, '{daemon}', '2.0.0', 1, '1 day', '5 min', '{{}}', '{at}')"
        ));
    };
    sign("maintenance", "2020-11-20T11:59:00Z");
    sign("control", "2020-11-20T10:00:00Z");
    site.pass("2020-11-20T12:00:00Z").success();
    site.pass("2020-11-20T12:03:00Z").success();
    let mails = server.received();
    // What is about a server goes to those the configuration names, here the same person but another list.
    assert_eq!(mails.len(), 2, "{mails:?}");
    let all: String = mails.iter().map(|mail| body(&mail.mail)).collect();
    eprintln!("{all}");
    for wanted in [
        "ERROR: old on pg1.example.net: no recent usable backup",
        "WARNING: small on pg1.example.net: unusually small backup",
        "has 20.0 MB, 20 % of 100.0 MB, the median of the 3 backups before it",
        "WARNING: forgotten on pg1.example.net: no backup definition",
        "pgbackman_control last reported 2 h ago",
    ] {
        assert!(all.contains(wanted), "{wanted}: {all}");
    }
    assert!(
        mails.iter().any(
            |mail| header(&mail.mail, "Subject") == "[PgBackMan] 3 alerts: 1 error, 2 warnings"
        )
    );
    assert!(!all.contains("postgres on"), "{all}");

    // Everything comes right.
    site.ran(old, "2020-11-21T04:00:02Z", "SUCCEEDED", 100 * MB);
    site.ran(small, "2020-11-21T04:00:02Z", "SUCCEEDED", 101 * MB);
    site.define("forgotten");
    for daemon in ["control", "maintenance"] {
        sign(daemon, "2020-11-21T04:30:00Z");
    }
    // The definition is new: what it has not yet is no old backup.
    site.sql("UPDATE backup_definition SET registered = '2020-11-21T00:00:00Z' WHERE dbname = 'forgotten'");
    site.pass("2020-11-21T04:31:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 4, "{mails:?}");
    let all: String = mails[2..].iter().map(|mail| body(&mail.mail)).collect();
    for wanted in [
        "There is a usable backup.",
        "has a usual size",
        "The database has a definition",
        "The daemon has reported again.",
    ] {
        assert!(all.contains(wanted), "{wanted}: {all}");
    }
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE resolved IS NULL"),
        "0"
    );
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE condition IS NOT NULL"),
        "4"
    );
    // What is switched off is not left open.
    site.sql(
        "SELECT note_node_databases(1, '{old,small,forgotten,another}', '2020-11-21T05:00:00Z')",
    );
    site.pass("2020-11-21T04:31:00Z").success();
    sign("control", "2020-11-22T04:30:00Z");
    sign("maintenance", "2020-11-22T04:30:00Z");
    site.pass("2020-11-22T06:00:00Z").success();
    assert_eq!(
        site.sql(
            "SELECT string_agg(dbname, ',') FROM alerts WHERE resolved IS NULL AND dbname <> ''"
        ),
        "another"
    );
    site.configure("no_definition_after", "\"OFF\"");
    site.pass("2020-11-22T06:10:00Z").success();
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE resolved IS NULL AND dbname <> ''"),
        "0"
    );
}

#[test]
fn a_failure_that_arrives_after_a_later_success_is_told_as_over() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    let definition = site.define("shop");
    site.ran(definition, "2020-11-21T04:00:02Z", "SUCCEEDED", 10);
    site.ran(definition, "2020-11-20T04:00:02Z", "ERROR", 0);
    site.pass("2020-11-21T05:00:00Z").success();
    site.pass("2020-11-21T05:10:00Z").success();
    let mails = server.received();
    assert_eq!(mails.len(), 1, "one mail tells both");
    assert!(
        body(&mails[0].mail).starts_with("This has been resolved since then, at "),
        "{}",
        mails[0].mail
    );
    // An older success makes up for nothing.
    site.ran(definition, "2020-11-23T04:00:02Z", "ERROR", 0);
    site.ran(definition, "2020-11-22T04:00:02Z", "SUCCEEDED", 10);
    site.pass("2020-11-23T05:00:00Z").success();
    assert_eq!(
        site.sql("SELECT count(*) FROM alerts WHERE resolved IS NULL"),
        "1"
    );
}
