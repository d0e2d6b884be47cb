//! A snapshot from its definition to its backup.

use pgbackman_tests::namespace;
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene};

#[test]
fn trap_22_a_job_has_its_minute_and_nothing_of_controls_environment() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    // Both 02:30 of the night in which Oslo's clock is put back, and one in its summer.
    let times = [
        "2033-10-30 00:30:00+00",
        "2033-10-30 01:30:59+00",
        "2033-07-01 00:00:30+00",
    ];
    let snapshots: Vec<i64> = times
        .iter()
        .map(|time| scene.define("shop", &format!("timestamptz '{time}'")))
        .collect();
    let _control = scene.control(&[("PGPASSWORD", "s3cret-of-control"), ("TZ", "Europe/Oslo")]);
    for snapshot in &snapshots {
        scene.wait_for_status(*snapshot, "DEFINED");
    }
    let mut minutes: Vec<i64> = scene.queue().iter().map(|job| job.minute).collect();
    minutes.sort_unstable();
    let mut expected: Vec<i64> = times
        .iter()
        .map(|time| {
            let epoch = scene.sql(&format!(
                "SELECT extract(epoch FROM timestamptz '{time}')::bigint / 60"
            ));
            epoch.parse().unwrap()
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(minutes, expected);
    for job in scene.queue() {
        let text = scene.text(&job);
        for word in ["s3cret", "PGPASSWORD", "Oslo", "HOME=/root"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        assert!(text.contains("\ncd / "), "{text}");
    }
}

#[test]
fn a_snapshot_is_taken_at_its_minute_and_not_before() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let _atd = scene.inside.start_atd();
    let _control = scene.control(&[]);
    let snapshot = scene.define(
        "shop",
        "date_trunc('minute', now() + interval '61 seconds')",
    );
    scene.wait_for_status(snapshot, "DEFINED");
    let rows = wait::until(DEADLINE, "its backup", || {
        let rows = scene.rows(&format!(
            "SELECT c.started - s.at_time >= interval '0' AS on_time, c.started - s.at_time < interval '1 minute' AS soon \
             FROM backup_catalog AS c JOIN snapshot_definition AS s USING (snapshot_id) WHERE snapshot_id = {snapshot}"
        ));
        (!rows.is_empty()).then_some(rows)
    });
    assert_eq!(
        (rows[0]["on_time"].clone(), rows[0]["soon"].clone()),
        (true.into(), true.into())
    );
}
