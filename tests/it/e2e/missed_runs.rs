//! A backup that cron was kept from starting, beside one that it started late: real cron, real mail.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use chrono::{DateTime, DurationRound as _, Local, TimeDelta, Timelike as _, Utc};
use nix::sys::signal::Signal;
use pgbackman_tests::mail::{MailOptions, MailServer};
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;

use super::scene::{DEADLINE, Scene};

/// `missed_run_grace`: cron is late by less on any machine.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// So late cron is made.
const LATE: TimeDelta = TimeDelta::seconds(5);

fn wait_for(time: DateTime<Utc>) {
    wait::until(DEADLINE, format!("{time}"), || {
        (Utc::now() >= time).then_some(())
    });
}

/// Sends mail of missed runs and of nothing else.
fn configure(scene: &mut Scene, mails: &MailServer) {
    let grace = format!("\"{}s\"", GRACE.num_seconds());
    scene
        .sandbox
        .configure("backup_server", "missed_run_grace", &grace);
    for (key, value) in [
        ("no_definition_after", "\"OFF\""),
        ("daemon_silent_after", "\"OFF\""),
        ("small_backup_percent", "0"),
        ("alerts_check_interval", "10"),
        ("smtp_alerts", "\"ON\""),
        ("smtp_server", "\"127.0.0.1\""),
        ("smtp_ssl", "\"OFF\""),
        ("smtp_port", &mails.port().to_string()),
        ("smtp_recipients", "[\"dba@example.net\"]"),
    ] {
        scene.sandbox.configure("pgbackman_alerts", key, value);
    }
}

#[tokio::test]
async fn a_run_that_cron_was_kept_from_is_alerted_within_its_grace_time_and_a_late_one_is_not() {
    if !namespace::available() {
        return;
    }
    let mails = MailServer::start(&MailOptions::default());
    let mut scene = Scene::new();
    configure(&mut scene, &mails);
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE held (n int)");
    let node = scene.register_node(cluster);
    scene
        .shell(&[
            "register_pgsql_node",
            "pg9",
            "example.net",
            "5432",
            "postgres",
            "RUNNING",
            "Not reached",
        ])
        .success();
    // Both are due in the minute that begins in half a minute at the earliest, and for the first time.
    let due = (Utc::now() + TimeDelta::seconds(30))
        .duration_trunc(TimeDelta::minutes(1))
        .unwrap()
        + TimeDelta::minutes(1);
    let minute = due.with_timezone(&Local).minute().to_string();
    scene
        .define_at(&node, database.name(), "FULL", &minute)
        .success();
    // The shell would ask its node for the database.
    scene.sandbox.catalogue().psql(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, job_status) \
         VALUES (1, 2, 'kept', '{minute}', '*', 'FULL', 'ACTIVE')"
    ));
    let catalogue = scene.sandbox.catalogue();
    catalogue.psql(
        "UPDATE backup_definition SET registered = now() - interval '10 min'; \
         SELECT note_sign_of_life(1, 'maintenance', '2.0.0', 4711, '1 day', '1 day', '{}', NULL)",
    );
    scene.wait_for_jobs(2);
    scene.end_control();
    // Its dump waits for this lock: it is at work when it is judged.
    let holder = database.connect().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE held")
        .await
        .unwrap();
    // Cron ignores the crontab of the one (trap 19), and is late with the other.
    let crontabs = fs::read_dir(scene.sandbox.crontab_dir()).unwrap();
    let kept: Vec<_> = crontabs
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::read_to_string(path).unwrap().contains("kept"))
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let untrusted = scene.sandbox.path().join("untrusted");
    fs::copy(&kept[0], &untrusted).unwrap();
    fs::set_permissions(&untrusted, fs::Permissions::from_mode(0o664)).unwrap();
    // Another file: cron looks again only at what has another time.
    fs::rename(&untrusted, &kept[0]).unwrap();
    scene.signal_cron(Signal::SIGSTOP);
    assert!(Utc::now() < due, "the machine is too slow for this test");
    wait_for(due + LATE);
    scene.signal_cron(Signal::SIGCONT);
    let began = "SELECT def_id, extract(epoch FROM started) AS started FROM run_in_progress";
    let runs = wait::until(DEADLINE, "the late run", || {
        let runs = scene.rows(began);
        (!runs.is_empty()).then_some(runs)
    });
    assert_eq!(runs[0]["def_id"], 1);
    let started = runs[0]["started"].as_f64().unwrap();
    #[allow(clippy::cast_precision_loss)] // Seconds.
    let late = started - due.timestamp() as f64;
    assert!(late >= 5.0, "{late}");
    assert!(late < 60.0, "the machine is too slow for this test: {late}");

    let _alerts = scene.start("pgbackman_alerts");
    let mail = wait::until(DEADLINE, "a mail", || {
        mails
            .received()
            .first()
            .map(|received| received.mail.clone())
    });

    assert!(Utc::now() >= due + GRACE, "told before its time: {mail}");
    assert!(
        mail.contains("kept on pg9.example.net: backup did not run (DefID 2)"),
        "{mail}"
    );
    assert_eq!(scene.rows(began), runs, "it is still at work");
    // It is told once, and of the other nothing.
    let told = scene.rows("SELECT alert_type, ref_id, alert_sent FROM alerts");
    let told = serde_json::Value::from(told).to_string();
    assert_eq!(
        told,
        r#"[{"alert_type":"Missed-run","ref_id":2,"alert_sent":true}]"#
    );
    assert_eq!(mails.received().len(), 1);
}
