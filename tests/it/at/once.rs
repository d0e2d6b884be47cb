//! One run each: `atd` stopped over the time, two controls, a spool that was wiped.

use std::fs;
use std::path::PathBuf;

use pgbackman_control::steps::Step;
use pgbackman_tests::namespace;
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene};

#[test]
fn a_snapshot_whose_time_passed_while_atd_was_stopped_is_taken_once_when_it_runs() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let snapshot = scene.define_now("shop");
    for _ in 0..3 {
        scene.once().success();
    }
    assert_eq!(scene.status(snapshot), "DEFINED|");
    assert_eq!((scene.queue().len(), scene.taken(snapshot)), (1, 0));
    let said = scene.sandbox.log();
    assert!(
        said.contains("atd"),
        "that nothing runs the job is said: {said}"
    );
    let given: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("is at job"))
        .collect();
    assert!(
        given.len() == 1 && given[0].contains("node=") && given[0].contains("dbname=shop"),
        "the line names node and database: {given:?}"
    );
    let _atd = scene.inside.start_atd();
    scene.wait_until_taken_once(&[snapshot], 0);
    for _ in 0..2 {
        scene.once().success();
    }
    scene.wait_until_taken_once(&[snapshot], 0);
    assert_eq!(scene.status(snapshot), "DEFINED|");
}

#[test]
fn a_snapshot_whose_time_passed_while_control_was_down_is_taken_at_once() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let snapshot = scene.define("shop", "now() - interval '40 days'");
    let _atd = scene.inside.start_atd();
    scene.once().success();
    scene.wait_until_taken_once(&[snapshot], 0);
}

#[test]
fn trap_26_two_controls_that_act_at_the_same_time_are_one_run() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    scene.node.psql("postgres", "CREATE DATABASE later");
    let (now, later) = (scene.define_now("shop"), scene.define_tomorrow("later"));
    let read = Step::AtDefinitionsRead;
    let controls = [
        PausedControl::new(&scene, read, None),
        PausedControl::new(&scene, read, Some(second_config(&scene))),
    ];
    for control in &controls {
        control.wait_for(read);
    }
    // Both have found nothing in the queue, and both make jobs.
    for control in &controls {
        control.go_on();
    }
    for control in &controls {
        control.wait_for(Step::AtStatusNoted);
    }
    scene.wait_for_status(later, "DEFINED");
    let _atd = scene.inside.start_atd();
    scene.wait_until_taken_once(&[now], 1);
    wait::until(DEADLINE, "one of the jobs to be left", || {
        (scene.jobs_of(later) == 1).then_some(())
    });
    drop(controls);
    scene.once().success();
    scene.wait_until_taken_once(&[now], 1);
    assert_eq!(scene.jobs_of(later), 1);
    assert_eq!(scene.status(later), "DEFINED|");
}

#[test]
fn trap_26_a_control_that_was_overtaken_does_not_take_back_the_only_job() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let later = scene.define_tomorrow("shop");
    let quick = PausedControl::new(&scene, Step::AtDefinitionsRead, None);
    quick.wait_for(Step::AtDefinitionsRead);
    let slow = PausedControl::new(&scene, Step::AtJobSubmitted, Some(second_config(&scene)));
    slow.wait_for(Step::AtJobSubmitted);
    let kept = scene.queue();
    quick.go_on();
    quick.wait_for(Step::AtStatusNoted);
    assert_eq!(scene.jobs_of(later), 2);
    drop(quick);
    // The next comparison keeps the first job, which is of the slow one.
    scene.once().success();
    assert_eq!(scene.queue(), kept);
    slow.go_on();
    slow.wait_for(Step::AtStatusNoted);
    wait::until(DEADLINE, "the slow control to have settled", || {
        slow.said()
            .contains("has changed in the meantime")
            .then_some(())
    });
    drop(slow);
    scene.once().success();
    assert_eq!(scene.queue(), kept);
    assert_eq!(scene.status(later), "DEFINED|");
}

/// Control that pauses at a step.
struct PausedControl {
    daemon: Daemon,
    steps: PathBuf,
    pause: Step,
}

impl PausedControl {
    fn new(scene: &Scene, pause: Step, config: Option<PathBuf>) -> Self {
        let (daemon, steps) = scene.control_at_step("PGBACKMAN_TEST_PAUSE_AT", pause, config);
        Self {
            daemon,
            steps,
            pause,
        }
    }

    #[track_caller]
    fn wait_for(&self, step: Step) {
        let mark = self.steps.join(step.name());
        wait::until(DEADLINE, format!("{step}: {}", self.said()), || {
            mark.exists().then_some(())
        });
    }

    fn go_on(&self) {
        fs::write(self.steps.join(format!("{}.go", self.pause)), "").unwrap();
    }

    fn said(&self) -> String {
        self.daemon.said()
    }
}

/// A configuration for a second control beside the first, which a lock in the first of the backup roots keeps away.
fn second_config(scene: &Scene) -> PathBuf {
    let second_root = scene.sandbox.path().join("second_root");
    fs::create_dir(&second_root).unwrap();
    scene.other_config("second.conf", |text| {
        let first = format!("\"{}\"", scene.sandbox.backup_root().display());
        let both = format!("[\"{}\", {first}]", second_root.display());
        let changed = text.replace(&format!("[{first}]"), &both);
        assert_ne!(changed, text);
        changed
    })
}

#[test]
fn a_job_that_the_spool_has_lost_is_made_again_before_its_time_and_said_after_it() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    scene.node.psql("postgres", "CREATE DATABASE later");
    let (now, later) = (scene.define_now("shop"), scene.define_tomorrow("later"));
    scene.once().success();
    assert_eq!((scene.jobs_of(now), scene.jobs_of(later)), (1, 1));
    scene.machine("rm /var/spool/cron/atjobs/a*");
    // C13: what is lost was not done.
    scene.once().failure();
    assert_eq!((scene.jobs_of(now), scene.jobs_of(later)), (0, 1));
    assert_eq!(scene.status(later), "DEFINED|");
    let said = scene.status(now);
    assert!(
        said.starts_with("ERROR|") && said.contains("never ran"),
        "{said}"
    );
    scene.once().success();
    assert_eq!(scene.queue().len(), 1, "an error is final");
}

#[test]
fn a_second_job_of_a_snapshot_is_taken_out_of_the_queue_or_does_nothing() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let snapshot = scene.define_now("shop");
    scene.once().success();
    let job = scene.queue().remove(0);
    let saved = scene.save(&job);
    // What `at` gets by a second control that is killed before it tells the catalogue.
    let again = "f=/var/spool/cron/atjobs/JOB; env -i TZ=UTC0 at -t 203301010000 < $f; at now < $f"
        .replace("JOB", &job.file);
    scene.machine(&again);
    assert_eq!(scene.jobs_of(snapshot), 3);
    scene.once().success();
    assert_eq!(scene.queue(), [job], "the first stays");
    scene.machine(&again);
    let _atd = scene.inside.start_atd();
    wait::until(DEADLINE, "two of the three jobs to be over", || {
        (scene.queue().len() == 1 && scene.taken(snapshot) == 1).then_some(())
    });
    scene.once().success();
    scene.wait_until_taken_once(&[snapshot], 0);
    // A job that comes when all is over finds the claim.
    scene.machine(&format!("at now < {saved}"));
    scene.wait_until_taken_once(&[snapshot], 0);
    assert!(scene.sandbox.log().contains("has already been taken"));
}
