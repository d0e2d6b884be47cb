//! The catalogue is down before, during or after a backup, or does not answer: the backup is there, and its result waits
//! (traps 29, 29a).

use std::os::unix::fs::MetadataExt as _;

use nix::sys::signal::Signal;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait::until;

use super::job::Job;
use super::support::{DEADLINE, Lab};
use super::waiting::waiting_backup;

/// The backup is complete and its only pending file has all that the catalogue needs, exactly once.
fn assert_waits(job: &Job<'_, '_>) {
    let lab = job.lab;
    let manifests = lab.assert_only_complete_backups();
    let [manifest] = &manifests[..] else {
        panic!("{} backups", manifests.len())
    };
    let waiting = lab.pending();
    let [file] = &waiting[..] else {
        panic!("{waiting:?}")
    };
    let meta = std::fs::metadata(file).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o600);
    let result = waiting_backup(file);
    assert_eq!(result.run_uuid, manifest.backup.run_uuid);
    assert_eq!(result.status, ExecutionStatus::Succeeded);
    assert_eq!(result.dbname, job.dbname);
    assert_eq!((result.server, result.node), (lab.server_id, lab.node_id));
    let manifest_file = result.manifest_file.clone().unwrap();
    let checksum =
        pgbackman_core::domain::text::hex::sha256_hex(&std::fs::read(manifest_file).unwrap());
    assert_eq!(result.checksum, Some(checksum));
    for part in [&result.dump, &result.roles, &result.dbconfig] {
        assert!(
            part.file.as_ref().unwrap().exists()
                && part.log.as_ref().unwrap().exists()
                && part.size.unwrap() > 0
        );
    }
    assert!(lab.records().is_empty());
}

/// What a waiting result says is what the catalogue takes, once however often it is told.
fn assert_registers_once(lab: &Lab<'_>) {
    let document = std::fs::read_to_string(&lab.pending()[0]).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let backup = super::support::literal(&document["backup"].to_string());
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let said = lab.sandbox.catalogue().psql(&format!(
            "SELECT outcome FROM register_backup_result({backup}::jsonb)"
        ));
        outcomes.push(said.trim().to_owned());
    }
    assert_eq!(outcomes, ["registered", "already_registered"]);
    lab.assert_catalogue_is_true();
}

#[test]
fn trap_29_down_before_a_backup() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "FULL");
    catalogue.stop(StopMode::Fast);
    job.succeed();
    assert_waits(&job);
    catalogue.start();
    assert_registers_once(&lab);
}

#[test]
fn trap_29_stopped_during_a_backup() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "FULL");
    let mut dump = job.spawn(&mut job.observed("STOP", Step::DumpEnded.name()));
    until(DEADLINE, "a run that is under way", || {
        (!lab.records().is_empty() && !lab.dumped().is_empty()).then_some(())
    });
    catalogue.stop(StopMode::Fast);
    until(DEADLINE, "the end of the dump", || {
        dump.signal(Signal::SIGCONT);
        (!dump.is_running()).then_some(())
    });
    assert_eq!(dump.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    assert_waits(&job);
    catalogue.start();
    assert_registers_once(&lab);
}

#[test]
fn trap_29_coming_back_half_way() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "FULL");
    catalogue.stop(StopMode::Fast);
    let mut dump = job.spawn(&mut job.observed("STOP", Step::DumpEnded.name()));
    until(DEADLINE, "a run that is under way", || {
        (!lab.dumped().is_empty()).then_some(())
    });
    catalogue.start();
    until(DEADLINE, "the end of the dump", || {
        dump.signal(Signal::SIGCONT);
        (!dump.is_running()).then_some(())
    });
    assert_eq!(dump.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    assert_eq!(lab.only_outcome().0, "SUCCEEDED");
    assert!(lab.pending().is_empty() && lab.records().is_empty());
    lab.assert_catalogue_is_true();
}

#[test]
fn trap_29_killed_after_the_backup_with_the_catalogue_down_it_is_reported_by_the_next_run() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "FULL");
    catalogue.stop(StopMode::Fast);
    super::kills::kill_at(&job, Step::Published);
    job.succeed();
    assert_eq!(lab.assert_only_complete_backups().len(), 2);
    assert_eq!(lab.pending().len(), 2);
}

#[test]
fn trap_29_a_catalogue_that_hangs_holds_nothing_up() {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    for mode in [Mode::Hang, Mode::HangAfter(2_000)] {
        let mut lab = Lab::new(node);
        let proxy = Proxy::unix(node);
        lab.sandbox.reach_catalogue_at(proxy.host(), proxy.port());
        proxy.set(mode);
        let job = lab.define(database.name(), "FULL");
        job.succeed();
        assert!(proxy.accepted() >= 1);
        assert_waits(&job);
        assert_registers_once(&lab);
    }
}

#[test]
fn trap_29a_a_failure_with_the_catalogue_down_waits_as_well() {
    let node = Cluster::shared(Version::Installed);
    let catalogue = Cluster::private(Version::Installed);
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let name = "a::b\n::c";
    let job = lab.define(name, "FULL");
    catalogue.stop(StopMode::Fast);
    assert_eq!(job.run().code, 1);
    assert_eq!(job.run().code, 1);
    let waiting = lab.pending();
    assert_eq!(waiting.len(), 2, "two runs, two files: {waiting:?}");
    for file in &waiting {
        let result = waiting_backup(file);
        assert_eq!(result.status, ExecutionStatus::Error);
        assert_eq!(result.dbname, name);
        assert!(result.error_message.unwrap().contains("does not exist"));
    }
    catalogue.start();
    assert_registers_once(&lab);
}

#[test]
fn trap_29a_a_definition_that_is_gone_meanwhile_blocks_nothing() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    lab.sandbox
        .catalogue()
        .psql("DELETE FROM backup_definition");
    job.succeed();
    assert_eq!(lab.catalogued("bck_id").len(), 0);
    let orphans = lab
        .sandbox
        .catalogue()
        .psql("SELECT count(*) FROM orphaned_result");
    assert_eq!(orphans.trim(), "1");
    assert!(lab.pending().is_empty() && lab.records().is_empty());
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
}
