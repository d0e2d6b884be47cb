//! What leaves the queue, and what never does.

use pgbackman_tests::namespace;
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene};

#[test]
fn a_deleted_snapshot_leaves_the_queue_and_jobs_of_others_stay() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    scene.node.psql("postgres", "CREATE DATABASE other");
    let (snapshot, kept) = (
        scene.define_tomorrow("shop"),
        scene.define_tomorrow("other"),
    );
    let _control = scene.control(&[]);
    scene.wait_for_status(snapshot, "DEFINED");
    scene.wait_for_status(kept, "DEFINED");
    let marker = scene.text(&scene.queue()[0]);
    let marker = marker.trim_end().lines().last().unwrap();
    // Root's own job; one of a catalogue that has the same IDs; and an account that forges ours.
    let foreign = marker.replace("catalogue=", "catalogue=x");
    scene.machine(&format!(
        "echo true | at -t 203301010000; printf 'true\\n{foreign}\\n' | at -t 203301010000; \
         printf 'true\\n{marker}\\n' | setpriv --reuid=pgbackman --regid=pgbackman --clear-groups at -t 203301010000"
    ));
    assert_eq!(scene.queue().len(), 5);
    scene.sql(&format!("SELECT delete_snapshot_definition({snapshot})"));
    wait::until(DEADLINE, "the job to leave the queue", || {
        (scene.queue().len() == 4).then_some(())
    });
    scene.once();
    assert_eq!(scene.jobs_of(kept), 1);
    assert_eq!(scene.queue().len(), 4);
    let own: Vec<String> = scene.queue().iter().map(|job| scene.text(job)).collect();
    assert_eq!(own.iter().filter(|text| text.contains(&foreign)).count(), 1);
}

#[test]
fn a_stopped_nodes_snapshot_waits_until_the_node_runs() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let (now, later) = (scene.define_now("shop"), scene.define_tomorrow("shop"));
    let _control = scene.control(&[]);
    scene.wait_for_status(now, "DEFINED");
    scene.wait_for_status(later, "DEFINED");
    scene.sql("UPDATE pgsql_node SET status = 'STOPPED'");
    scene.wait_for_status(now, "WAITING");
    scene.wait_for_status(later, "WAITING");
    assert!(
        scene.status(later).contains("STOPPED"),
        "{}",
        scene.status(later)
    );
    assert_eq!(scene.queue(), []);
    let _atd = scene.inside.start_atd();
    scene.sql("UPDATE pgsql_node SET status = 'RUNNING'");
    scene.wait_until_taken_once(&[now], 1);
    assert_eq!(scene.jobs_of(later), 1);
    assert_eq!(scene.status(later), "DEFINED|");
}
