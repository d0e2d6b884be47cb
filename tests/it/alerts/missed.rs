//! Backups that cron should have started, played through on a catalogue with a time of the test's own.

use chrono::TimeDelta;
use pgbackman_core::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_tests::mail::{MailOptions, MailServer};
use uuid::Uuid;

use super::support::{Site, body, header, utc};

/// A site in Oslo's time zone, whose maintenance is at work; cron starts a backup at 04:00, which is 03:00 UTC in November.
fn site(server: &MailServer) -> (Site, i64) {
    let mut site = Site::new();
    site.mail_to(server);
    site.configure("alert_on_missed_runs", "\"ON\"");
    site.sql("UPDATE backup_server SET machine_time_zone = 'Europe/Oslo'");
    alive(&site, "2020-11-01T00:00:00Z", "60 days", 0);
    let definition = site.define("shop");
    (site, definition)
}

fn alive(site: &Site, at: &str, within: &str, pending: u32) {
    for daemon in ["control", "maintenance"] {
        site.sql(&format!(
            "SELECT note_sign_of_life(1, '{daemon}', '2.0.0', 4711, '1 day', '{within}', '{{\"pending_files\": {pending}}}', '{at}')"
        ));
    }
}

/// How many mails there are after a pass at this minute.
fn mails_at(site: &Site, server: &MailServer, time: &str) -> usize {
    site.pass(&format!("2020-11-{time}:00Z")).success();
    server.received().len()
}

#[test]
fn a_run_that_cron_was_kept_from_is_alerted_within_its_grace_time_and_one_that_was_late_is_not() {
    let server = MailServer::start(&MailOptions::default());
    let (site, definition) = site(&server);
    let at = |time| mails_at(&site, &server, time);
    site.ran(definition, "2020-11-19T03:00:03Z", "SUCCEEDED", 10);
    // The 20th: late by twenty minutes, and at work for two hours.
    site.sql(&format!(
        "INSERT INTO run_in_progress (run_uuid, def_id, backup_server_id, pgsql_node_id, procpid, started) \
         VALUES (gen_random_uuid(), {definition}, 1, 1, 1, '2020-11-20T03:20:00Z')"
    ));
    assert_eq!(at("20T03:25"), 0);
    assert_eq!(at("20T03:35"), 0, "it was begun within its grace time");
    assert_eq!(at("20T05:00"), 0);
    site.sql("DELETE FROM run_in_progress");
    site.ran(definition, "2020-11-20T03:20:00Z", "SUCCEEDED", 10);
    // The 21st: cron is dead.
    assert_eq!(at("21T03:29"), 0);
    assert_eq!(at("21T03:30"), 1);
    let mail = server.received()[0].mail.clone();
    assert_eq!(
        header(&mail, "Subject"),
        format!(
            "[PgBackMan] ERROR: shop on pg1.example.net: backup did not run (DefID {definition})"
        )
    );
    let text = body(&mail);
    assert!(
        text.contains(
            "No backup began at 2020-11-21 04:00 +01:00, when cron should have started it (schedule 0 4 * * *); the \
             previous run began at 2020-11-20 04:20 +01:00"
        ),
        "{text}"
    );
    assert!(
        !text.contains("Backup  ") && !text.contains("show_backup_details"),
        "there is no backup: {text}"
    );
    assert_eq!(at("21T03:40"), 1);
    assert_eq!(at("22T05:00"), 1, "it lasts, and is not told again");
    // Somebody starts cron: the next run begins in time.
    site.ran(definition, "2020-11-23T03:00:02Z", "SUCCEEDED", 10);
    assert_eq!(at("23T03:10"), 2);
    assert!(body(&server.received()[1].mail).contains("A run began at 2020-11-23 03:00:02 UTC."));
    assert_eq!(at("24T03:10"), 2);
    assert_eq!(
        at("24T03:31"),
        3,
        "and the next one that is missing is another"
    );
    // A definition that is stopped is no longer due.
    site.sql("UPDATE backup_definition SET job_status = 'STOPPED'");
    assert_eq!(at("24T03:40"), 4);
    assert!(body(&server.received()[3].mail).contains("No run is due any more"));
}

#[test]
fn what_comes_back_after_days_is_judged_from_then_on() {
    let server = MailServer::start(&MailOptions::default());
    let (site, definition) = site(&server);
    let at = |time| mails_at(&site, &server, time);
    site.ran(definition, "2020-11-10T03:00:02Z", "SUCCEEDED", 10);
    site.sql("UPDATE pgsql_node SET status = 'STOPPED'");
    assert_eq!(at("16T12:00"), 0);
    // RUNNING again since noon of the 16th: nothing before was due.
    site.sql("UPDATE pgsql_node SET status = 'RUNNING'");
    site.sql("UPDATE pgsql_node SET status_since = '2020-11-16T12:00:00Z'");
    assert_eq!(at("16T12:40"), 0);
    assert_eq!(at("17T03:29"), 0);
    assert_eq!(at("17T03:30"), 1);
    assert!(body(&server.received()[0].mail).contains("No backup began at 2020-11-17 04:00"));
    // The same with the definition, which has been ACTIVE again since the 18th.
    site.sql("UPDATE backup_definition SET job_status = 'STOPPED'");
    assert_eq!(at("17T03:40"), 2);
    site.sql("UPDATE backup_definition SET job_status = 'ACTIVE'");
    site.sql("UPDATE backup_definition SET registered = '2020-11-18T12:00:00Z'");
    assert_eq!(at("18T20:00"), 2);
    assert_eq!(at("19T03:30"), 3);
}

#[test]
fn while_results_may_wait_somewhere_another_grace_time_is_given() {
    let server = MailServer::start(&MailOptions::default());
    let (site, definition) = site(&server);
    let at = |time| mails_at(&site, &server, time);
    site.ran(definition, "2020-11-20T03:00:02Z", "SUCCEEDED", 10);
    // Files wait on the server, and are read ten minutes later.
    alive(&site, "2020-11-21T03:00:00Z", "1 day", 3);
    assert_eq!(at("21T03:35"), 0);
    site.ran(definition, "2020-11-21T03:00:02Z", "SUCCEEDED", 10);
    alive(&site, "2020-11-21T03:40:00Z", "1 day", 0);
    assert_eq!(at("21T04:30"), 0);
    // Maintenance is silent: one more grace time, and not for ever.
    alive(&site, "2020-11-22T02:00:00Z", "5 min", 0);
    assert_eq!(at("22T03:59"), 0);
    assert_eq!(at("22T04:00"), 1);
}

#[test]
fn what_this_machine_knows_of_its_own_runs_counts_before_the_catalogue_knows_it() {
    let server = MailServer::start(&MailOptions::default());
    let (site, definition) = site(&server);
    site.ran(definition, "2020-11-20T03:00:02Z", "SUCCEEDED", 10);
    let result = result(definition, "2020-11-21T03:00:02Z");
    let pending = site.sandbox.backup_root().join("pending_updates");
    std::fs::create_dir(&pending).unwrap();
    let file = pending.join(format!("backup-{}.json", result.run_uuid));
    let document = serde_json::json!({"version": 1, "backup": result});
    std::fs::write(&file, document.to_string()).unwrap();
    site.pass("2020-11-21T05:00:00Z").success();
    assert_eq!(server.received().len(), 0);
    std::fs::remove_file(&file).unwrap();
    site.pass("2020-11-21T05:10:00Z").success();
    assert_eq!(server.received().len(), 1);
}

/// The result of a run that began then.
fn result(definition: i64, began: &str) -> BackupResult {
    BackupResult {
        run_uuid: Uuid::new_v4(),
        origin: BackupOrigin::Definition(DefId::new(definition)),
        procpid: 4711,
        server: ServerId::new(1),
        node: NodeId::new(1),
        dbname: "shop".to_owned(),
        datoid: None,
        code: BackupCode::Full,
        started: utc(began),
        finished: utc(began) + TimeDelta::minutes(5),
        dump: BackupPart::default(),
        roles: BackupPart::default(),
        dbconfig: BackupPart::default(),
        global_log: "/var/log/pgbackman/pgbackman.log".into(),
        status: ExecutionStatus::Succeeded,
        error_message: None,
        role_list: vec![],
        node_release: None,
        pg_dump_release: None,
        checksum: None,
        dbname_size: None,
        manifest_file: None,
        encrypted: false,
        context: serde_json::json!({}),
    }
}
