//! `kill -9` at every step between the queue of `at` and the catalogue: each snapshot is taken once.

use pgbackman_control::steps::Step;
use pgbackman_tests::namespace;

use super::scene::{Account, Scene};

/// Control dies at `step`, and one that lives brings everything in order, twice.
fn die_and_recover(scene: &Scene, step: Step) {
    scene.die_at(step);
    scene.once().success();
    scene.once().success();
}

fn killed_at_every_step(account: Account) {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(account);
    let _atd = scene.inside.start_atd();
    let mut later = Vec::new();
    for step in [
        Step::AtQueueRead,
        Step::AtDefinitionsRead,
        Step::AtJobSubmitted,
        Step::AtStatusNoted,
    ] {
        let dbname = step.name();
        scene
            .node
            .psql("postgres", &format!("CREATE DATABASE \"{dbname}\""));
        // The step is passed for the earlier one first: the job of the first is running or over when control dies.
        let (now, other) = (scene.define_now(dbname), scene.define_tomorrow(dbname));
        later.push(other);
        die_and_recover(&scene, step);
        scene.wait_until_taken_once(&[now], later.len());
        die_and_recover(&scene, Step::AtQueueRead);
        for snapshot in &later {
            assert_eq!(scene.jobs_of(*snapshot), 1, "{step}: snapshot {snapshot}");
            assert_eq!(scene.status(*snapshot), "DEFINED|", "{step}");
        }
        scene.wait_until_taken_once(&[now], later.len());
    }
    for (deleted, snapshot) in later.iter().take(2).enumerate() {
        scene.sql(&format!("SELECT delete_snapshot_definition({snapshot})"));
        die_and_recover(&scene, Step::AtJobRemoved);
        assert_eq!(scene.queue().len(), later.len() - deleted - 1);
    }
}

#[test]
fn trap_26_killed_at_every_step_each_snapshot_is_taken_once_as_root() {
    killed_at_every_step(Account::Root);
}

#[test]
fn trap_26_killed_at_every_step_each_snapshot_is_taken_once_unprivileged() {
    killed_at_every_step(Account::Jobs);
}
