//! Jobs that 1.2 had given to `at` before the upgrade.

use pgbackman_tests::namespace;

use super::scene::{Account, Scene};

/// Gives a job to `at` as 1.2 did, for a snapshot of node 1 that says so; to run tomorrow, or at once when `atd` runs.
fn submit(scene: &Scene, snapshot: i64, at_once: bool) {
    let time = if at_once { "now" } else { "tomorrow" };
    let command = format!(
        "su -l pgbackman -c \\\"/usr/bin/pgbackman_dump --node-fqdn node1.example.org --node-id 1 --node-port 5611 --node-user \
         postgres --snapshot-id {snapshot} --pg-dump-release 9.6 --dbname shop --encryption false --backup-code FULL \
         --root-backup-dir /srv/pgbackman\\\""
    );
    scene.machine(&format!("printf '%s\\n' \"{command}\" | at {time}"));
    scene.sql(&format!(
        "UPDATE snapshot_definition SET status = 'DEFINED' WHERE snapshot_id = {snapshot}"
    ));
}

#[test]
fn a_job_of_1_2_is_replaced_by_ours_and_the_snapshot_is_taken_once() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let (late, later) = (scene.define_now("shop"), scene.define_tomorrow("shop"));
    submit(&scene, late, true);
    submit(&scene, later, false);
    // Of a snapshot that was deleted, or of another catalogue.
    submit(&scene, 4711, false);
    assert_eq!(scene.queue().len(), 3);

    for _ in 0..2 {
        // What stays is an error for as long as it stays.
        scene.once().failure();
        let said = scene.sandbox.log();
        assert!(said.contains("for snapshot 4711"), "{said}");
        let texts: Vec<String> = scene.queue().iter().map(|job| scene.text(job)).collect();
        let old: Vec<&String> = texts.iter().filter(|text| text.contains("su -l")).collect();
        assert_eq!((texts.len(), old.len()), (3, 1), "{texts:?}");
        assert!(old[0].contains("--snapshot-id 4711"));
        assert_eq!((scene.jobs_of(late), scene.jobs_of(later)), (1, 1));
    }
    assert_eq!(scene.status(later), "DEFINED|");
    let _atd = scene.inside.start_atd();
    scene.wait_until_taken_once(&[late], 2);
}
