use std::fs;
use std::io::Write;
use std::path::Path;

use chrono::{TimeZone, Utc};
use uuid::Uuid;

use super::record::result_of_dead;
use super::recover::settle_files;
use super::*;
use crate::alone::in_a_process_of_its_own;
use crate::domain::backup::{BackupPart, BackupResult};
use crate::domain::ids::{DefId, NodeId, ServerId, SnapshotId};
use crate::domain::status::{BackupCode, ExecutionStatus};

const ORIGIN: BackupOrigin = BackupOrigin::Definition(DefId::new(12));

fn a_result() -> BackupResult {
    BackupResult {
        run_uuid: Uuid::from_u128(7),
        origin: ORIGIN,
        procpid: 4711,
        server: ServerId::new(1),
        node: NodeId::new(2),
        dbname: "a::b\n".into(),
        datoid: None,
        code: BackupCode::Full,
        started: Utc.with_ymd_and_hms(2026, 11, 21, 4, 45, 0).unwrap(),
        finished: Utc.with_ymd_and_hms(2026, 11, 21, 4, 45, 9).unwrap(),
        dump: BackupPart {
            file: Some("/srv/a".into()),
            size: Some(1),
            log: Some("/srv/a.log".into()),
        },
        roles: BackupPart::default(),
        dbconfig: BackupPart::default(),
        global_log: "/var/log/pgbackman/pgbackman.log".into(),
        status: ExecutionStatus::Succeeded,
        error_message: None,
        role_list: vec!["a::b".into()],
        node_release: Some("15.18".into()),
        pg_dump_release: Some("15.18".into()),
        checksum: Some("00".into()),
        dbname_size: Some(8_000_000),
        manifest_file: Some("/srv/m".into()),
        encrypted: false,
        context: serde_json::json!({ "dbname": "a::b" }),
    }
}

fn a_record(root: &Path, phase: Phase) -> RunRecord {
    RunRecord {
        version: VERSION,
        phase,
        step: "dump started".into(),
        written: Utc.with_ymd_and_hms(2026, 11, 21, 4, 45, 5).unwrap(),
        boot_id: "boot-1".into(),
        result: a_result(),
        artifacts: Vec::new(),
        expected: None,
        paused: None,
        root: root.to_owned(),
    }
}

fn free(root: &Path) -> RunLock {
    match claim(root, ORIGIN).unwrap() {
        Claim::Free(lock) => lock,
        other => panic!("not free: {other:?}"),
    }
}

#[test]
fn trap_27_a_second_run_does_not_start_and_sees_who_runs() {
    in_a_process_of_its_own(|| {
        let dir = tempfile::tempdir().unwrap();
        let run = free(dir.path())
            .begin(a_record(dir.path(), Phase::Preparing))
            .unwrap();
        match claim(dir.path(), ORIGIN).unwrap() {
            Claim::Busy(Some(record)) => assert_eq!(record.result.procpid, 4711),
            other => panic!("a second run could start: {other:?}"),
        }
        assert!(matches!(
            claim(dir.path(), BackupOrigin::Snapshot(SnapshotId::new(12))).unwrap(),
            Claim::Free(_)
        ));
        assert!(
            claim_dead::<RunRecord>(&path(dir.path(), ORIGIN))
                .unwrap()
                .is_none()
        );
        run.finish().unwrap();
        assert!(!path(dir.path(), ORIGIN).exists());
        drop(free(dir.path()));
    });
}

#[test]
fn a_dead_run_is_found_with_the_last_thing_it_said() {
    in_a_process_of_its_own(|| {
        let dir = tempfile::tempdir().unwrap();
        let mut run = free(dir.path())
            .begin(a_record(dir.path(), Phase::Preparing))
            .unwrap();
        run.commit(|record| record.phase = Phase::Dumping).unwrap();
        run.note(|record| record.step = "dump ended".into())
            .unwrap();
        drop(run);
        assert_eq!(list(dir.path()).unwrap(), [path(dir.path(), ORIGIN)]);
        match claim(dir.path(), ORIGIN).unwrap() {
            Claim::Dead(dead) => {
                assert_eq!(dead.record.phase, Phase::Dumping);
                assert_eq!(dead.record.step, "dump ended");
                // The next run's record follows it, and is the one that counts.
                let run = dead
                    .into_lock()
                    .begin(a_record(dir.path(), Phase::Preparing))
                    .unwrap();
                assert!(
                    matches!(claim(dir.path(), ORIGIN).unwrap(), Claim::Busy(Some(record)) if record.phase == Phase::Preparing)
                );
                run.finish().unwrap();
            }
            other => panic!("not dead: {other:?}"),
        }
        assert!(list(dir.path()).unwrap().is_empty());
    });
}

#[test]
fn a_snapshot_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = SnapshotId::new(7);
    assert!(take_once(dir.path(), snapshot, Uuid::from_u128(1)).unwrap());
    assert!(!take_once(dir.path(), snapshot, Uuid::from_u128(2)).unwrap());
    assert!(take_once(dir.path(), SnapshotId::new(8), Uuid::from_u128(3)).unwrap());
}

#[test]
fn a_line_torn_by_a_crash_does_not_count() {
    in_a_process_of_its_own(|| {
        let dir = tempfile::tempdir().unwrap();
        let mut run = free(dir.path())
            .begin(a_record(dir.path(), Phase::Preparing))
            .unwrap();
        run.commit(|record| record.phase = Phase::Dumping).unwrap();
        drop(run);
        let file = path(dir.path(), ORIGIN);
        let whole = fs::read(&file).unwrap();
        let second = whole
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at)
            .nth(2)
            .unwrap();
        for length in (second + 2)..whole.len() - 1 {
            fs::write(&file, &whole[..length]).unwrap();
            let dead = claim_dead::<RunRecord>(&file).unwrap().unwrap();
            assert_eq!(dead.record.phase, Phase::Preparing, "cut at {length}");
        }
        // A later line after a torn one (the disk was full for a moment) counts again.
        let mut torn = whole[..whole.len() - 40].to_vec();
        torn.extend_from_slice(&whole[second..]);
        fs::write(&file, torn).unwrap();
        assert_eq!(
            claim_dead::<RunRecord>(&file)
                .unwrap()
                .unwrap()
                .record
                .phase,
            Phase::Dumping
        );
    });
}

#[test]
fn a_run_that_died_before_it_said_anything_left_nothing_to_do() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(directory(dir.path())).unwrap();
    let file = path(dir.path(), ORIGIN);
    fs::write(&file, b"\n{\"version\":1,\"ph").unwrap();
    drop(free(dir.path()));
    assert!(claim_dead::<RunRecord>(&file).unwrap().is_none());
    assert!(!file.exists());
}

#[test]
fn a_record_of_another_version_is_reported_and_left() {
    in_a_process_of_its_own(|| {
        let dir = tempfile::tempdir().unwrap();
        drop(
            free(dir.path())
                .begin(a_record(dir.path(), Phase::Dumping))
                .unwrap(),
        );
        let file = path(dir.path(), ORIGIN);
        let text = fs::read_to_string(&file)
            .unwrap()
            .replacen("\"version\":1", "\"version\":9", 1);
        fs::File::create(&file)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let error = claim(dir.path(), ORIGIN).unwrap_err().to_string();
        assert!(
            error.contains("defid12.run") && error.contains("version 9"),
            "{error}"
        );
        assert!(file.exists());
    });
}

#[test]
fn what_is_registered_for_a_dead_run_follows_from_its_phase() {
    let root = Path::new("/srv");
    for phase in [Phase::Publishing, Phase::Published, Phase::Failed] {
        assert_eq!(result_of_dead(&a_record(root, phase), "boot-1"), a_result());
    }
    for phase in [Phase::Preparing, Phase::Dumping] {
        let record = a_record(root, phase);
        let result = result_of_dead(&record, "boot-1");
        assert_eq!(result.status, ExecutionStatus::Error);
        assert_eq!(result.finished, record.written);
        assert_eq!(
            (result.dump.file, result.checksum, result.manifest_file),
            (None, None, None)
        );
        assert_eq!(result.dump.log, Some("/srv/a.log".into()));
        let message = result.error_message.unwrap();
        assert!(
            message.contains("4711")
                && message.contains("killed")
                && message.contains("dump started"),
            "{message}"
        );
        let after_reboot = result_of_dead(&record, "boot-2").error_message.unwrap();
        assert!(after_reboot.contains("restarted"), "{after_reboot}");
    }
}

fn artifact(directory: &Path, name: &str, kind: ArtifactKind) -> Artifact {
    Artifact {
        kind,
        directory: directory.to_owned(),
        name: name.into(),
    }
}

#[test]
fn publishing_can_be_repeated_and_never_replaces() {
    let root = tempfile::tempdir().unwrap();
    let roots = [root.path().to_owned()];
    let dump = root.path().join("dump");
    fs::create_dir(&dump).unwrap();
    let both = [
        artifact(&dump, "a", ArtifactKind::Directory),
        artifact(&dump, "b", ArtifactKind::File),
    ];
    fs::create_dir(both[0].partial_path()).unwrap();
    fs::write(both[1].partial_path(), "b").unwrap();
    publish(&both[..1], &roots).unwrap();
    publish(&both, &roots).unwrap();
    publish(&both, &roots).unwrap();
    assert!(both[0].path().is_dir() && both[1].path().is_file());

    fs::write(both[1].partial_path(), "another").unwrap();
    assert!(publish(&both, &roots).is_err());
    assert_eq!(fs::read(both[1].path()).unwrap(), b"b");
    fs::remove_file(both[1].partial_path()).unwrap();
    fs::remove_file(both[1].path()).unwrap();
    assert!(
        publish(&both, &roots).is_err(),
        "a file that is nowhere was published"
    );
}

#[test]
fn a_complete_backup_that_cannot_be_renamed_is_an_error_and_stays() {
    let root = tempfile::tempdir().unwrap();
    let roots = [root.path().to_owned()];
    let mut record = a_record(root.path(), Phase::Publishing);
    record.artifacts = vec![
        artifact(root.path(), "x-DATABASE.sql", ArtifactKind::File),
        artifact(root.path(), "x-USERS.sql", ArtifactKind::File),
    ];
    fs::write(record.artifacts[0].partial_path(), "data").unwrap();
    fs::write(record.artifacts[1].partial_path(), "roles").unwrap();
    fs::write(record.artifacts[1].path(), "somebody else's").unwrap();
    let (result, _) = settle_files(&record, &roots);
    assert_eq!(result.status, ExecutionStatus::Error);
    assert_eq!((result.dump.file, result.checksum), (None, None));
    let message = result.error_message.unwrap();
    assert!(message.contains("its files were not moved"), "{message}");
    assert_eq!(fs::read(record.artifacts[0].path()).unwrap(), b"data");
    assert_eq!(
        fs::read(record.artifacts[1].partial_path()).unwrap(),
        b"roles"
    );

    // With the obstacle out of the way the same record is the backup that it was.
    fs::remove_file(record.artifacts[1].path()).unwrap();
    let (result, problems) = settle_files(&record, &roots);
    assert_eq!((result, problems), (a_result(), Vec::new()));

    // What was not complete goes.
    record.phase = Phase::Dumping;
    let (result, problems) = settle_files(&record, &roots);
    assert_eq!(result.status, ExecutionStatus::Error);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn removing_takes_partials_and_finals_of_the_run_and_nothing_outside_the_roots() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let roots = [root.path().to_owned()];
    let dump = root.path().join("dump");
    fs::create_dir(&dump).unwrap();
    fs::write(outside.path().join("precious.partial"), "x").unwrap();
    fs::write(outside.path().join("link-target.partial"), "x").unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
    let directory = artifact(&dump, "a", ArtifactKind::Directory);
    fs::create_dir(directory.partial_path()).unwrap();
    fs::write(directory.partial_path().join("toc.dat"), "x").unwrap();
    let file = artifact(&dump, "b", ArtifactKind::File);
    fs::write(file.path(), "x").unwrap();
    let artifacts = [
        artifact(outside.path(), "precious", ArtifactKind::File),
        artifact(&root.path().join("../x"), "precious", ArtifactKind::File),
        artifact(&root.path().join("link"), "link-target", ArtifactKind::File),
        directory,
        file,
        artifact(&dump, "never-written", ArtifactKind::Directory),
    ];
    assert!(remove_all(&artifacts, &roots).is_err());
    assert_eq!(fs::read_dir(&dump).unwrap().count(), 0);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2);
}
