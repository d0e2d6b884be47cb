//! The mark of a node's directory: no backup is written into a mount point without its file system.

use std::fs;

use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::handoff::directory_mark;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::{Output, Sandbox};
use uuid::Uuid;

use super::job::Job;
use super::kills::kill_at;
use super::support::Lab;
use super::waiting::waiting_backup;

/// Writes a mark into the node's directory.
fn put(lab: &Lab<'_>, mark: Uuid) {
    let file = lab.partition().join(directory_mark::FILE_NAME);
    fs::write(&file, format!("{mark}\n")).unwrap();
    lab.give_to_jobs(&file);
}

/// Lets the catalogue know of a mark, as maintenance does.
fn record(lab: &Lab<'_>, mark: Uuid) {
    lab.sandbox.catalogue().psql(&format!(
        "SELECT record_directory_mark({}, {}, '{}', '{mark}')",
        lab.server_id,
        lab.node_id,
        lab.partition().display()
    ));
}

/// Accounts for dead runs, as control does.
fn recover(lab: &Lab<'_>) -> Output {
    let root = lab.sandbox.backup_root().display().to_string();
    lab.sandbox
        .run_job("pgbackman_control", ["--recover-runs", &root])
}

/// Takes the file system away. Below it are the directories that were made before it was mounted for the first time.
fn unmount(lab: &Lab<'_>) {
    let partition = lab.partition();
    fs::rename(&partition, partition.with_extension("away")).unwrap();
    for directory in [partition, lab.dump_dir(), lab.log_dir()] {
        fs::create_dir(&directory).unwrap();
        lab.give_to_jobs(&directory);
    }
}

/// Runs it; nothing may be written, and the reason says what to do.
#[track_caller]
fn assert_refused(job: &Job<'_, '_>) {
    let before = job.lab.dumped();
    let output = job.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    for words in [
        "is not the directory that the catalogue knows",
        "Is its file system mounted?",
        "accept_pgsql_node",
    ] {
        assert!(output.stderr.contains(words), "{}", output.stderr);
    }
    assert_eq!(job.lab.dumped(), before);
    assert!(job.lab.records().is_empty());
}

#[test]
fn trap_12_no_backup_is_written_into_an_empty_mount_point() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "SCHEMA");
    let [first, second] = [1, 2].map(Uuid::from_u128);
    put(&lab, first);
    record(&lab, first);
    lab.write_caches_with(Some(first));
    job.succeed();

    unmount(&lab);
    assert_refused(&job);
    let last = || {
        let reasons = lab.catalogued("execution_status || ' ' || coalesce(error_message, '')");
        reasons.last().unwrap().clone()
    };
    assert!(
        last().starts_with("ERROR the backup was not started, because"),
        "{}",
        last()
    );
    // Another directory's mark is none.
    put(&lab, second);
    assert_refused(&job);

    // An operator has accepted it, maintenance has told the catalogue, and control has not written the cache yet.
    record(&lab, second);
    job.succeed();
    catalogue.stop(StopMode::Fast);
    assert_refused(&job);
    let waiting = lab.pending();
    let result = waiting_backup(&waiting[0]);
    assert_eq!((waiting.len(), result.status), (1, ExecutionStatus::Error));
    lab.write_caches_with(Some(second));
    job.succeed();
}

/// Takes away what stands for the mount point, and mounts the file system again.
fn mount(lab: &Lab<'_>) {
    let partition = lab.partition();
    fs::remove_dir_all(&partition).unwrap();
    fs::rename(partition.with_extension("away"), &partition).unwrap();
}

#[test]
fn trap_27_a_run_that_died_while_it_published_waits_for_its_file_system() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let lab = Lab::new(node);
    let job = lab.define(database.name(), "FULL");
    let [first, second] = [1, 2].map(Uuid::from_u128);
    put(&lab, first);
    record(&lab, first);
    lab.write_caches_with(Some(first));
    for step in [Step::Publishing, Step::Renamed, Step::Published] {
        let before = lab.catalogued("execution_status").len();
        kill_at(&job, step);
        unmount(&lab);
        let recovery = recover(&lab);
        assert_eq!(recovery.code, 1, "{}", recovery.stdout);
        assert!(
            recovery
                .stderr
                .contains("is not the directory that it used"),
            "{}",
            recovery.stderr
        );
        // Another run of it begins nothing, and says why.
        assert_eq!(job.run().code, 1);
        assert_eq!(lab.records().len(), 1, "{step:?}");
        mount(&lab);
        recover(&lab).success();
        let statuses = lab.catalogued("execution_status");
        assert_eq!(statuses[before..], ["ERROR", "SUCCEEDED"], "{step:?}");
        lab.assert_catalogue_is_true();
        assert!(lab.records().is_empty());
    }
    // The disk is lost, and an operator has said so.
    kill_at(&job, Step::Renamed);
    unmount(&lab);
    put(&lab, second);
    assert_eq!(recover(&lab).code, 1);
    lab.write_caches_with(Some(second));
    recover(&lab).success();
    let last = lab.catalogued("execution_status || ' ' || coalesce(error_message, '')");
    assert!(
        last.last().unwrap().starts_with("ERROR the run died while"),
        "{last:?}"
    );
    assert!(lab.records().is_empty());
}

#[test]
fn trap_28_a_standby_replays_again_though_the_run_that_paused_it_waits_for_its_file_system() {
    let primary = Cluster::private(Version::Installed);
    let standby = primary.standby();
    let lab = Lab::new(&standby);
    let job = lab.define("postgres", "FULL");
    let mark = Uuid::from_u128(1);
    put(&lab, mark);
    record(&lab, mark);
    lab.write_caches_with(Some(mark));
    kill_at(&job, Step::Publishing);
    // It could not let replay go on before it published.
    let path = &lab.records()[0];
    let text = fs::read_to_string(path).unwrap();
    let last = text.lines().rfind(|line| !line.is_empty()).unwrap();
    let mut line: serde_json::Value = serde_json::from_str(last).unwrap();
    line["paused"] = serde_json::json!({
        "host": standby.socket_dir(), "port": standby.port(), "user": Cluster::SUPERUSER,
    });
    fs::write(path, format!("{text}\n{line}\n")).unwrap();
    let is_paused = || standby.psql("postgres", "SELECT pg_is_wal_replay_paused()") == "t";
    let pause = || standby.psql("postgres", "SELECT pg_wal_replay_pause()");
    pause();
    unmount(&lab);
    assert_eq!(recover(&lab).code, 1);
    assert!(!is_paused(), "replay goes on, whatever is mounted");
    // An administrator's pause, which is none of the run's.
    pause();
    assert_eq!(recover(&lab).code, 1);
    mount(&lab);
    recover(&lab).success();
    assert!(is_paused());
    assert_eq!(lab.catalogued("execution_status"), ["SUCCEEDED"]);
    assert!(lab.records().is_empty());
}
