//! Claiming a restore, and the words about one that died.

use std::time::Duration;

use chrono::TimeZone;
use uuid::Uuid;

use super::super::target::{Changes, Made, Renamed, TargetServer};
use super::claim::{Claim, claim_restore, take_restore_once};
use super::*;
use crate::alone::in_a_process_of_its_own;
use crate::domain::ids::{NodeId, RestoreDefId, ServerId};
use crate::handoff::run::put_right::NotPutRight;

const RESTORE: RestoreDefId = RestoreDefId::new(3);

fn a_record(root: &Path, phase: RestorePhase) -> RestoreRecord {
    let time = Utc.with_ymd_and_hms(2026, 11, 21, 4, 45, 0).unwrap();
    RestoreRecord {
        version: RestoreRecord::VERSION,
        phase,
        step: "renamed".into(),
        written: time,
        boot_id: "boot-1".into(),
        result: RestoreResult {
            run_uuid: Uuid::from_u128(7),
            restore: RESTORE,
            procpid: 4711,
            server: ServerId::new(1),
            node: NodeId::new(2),
            source_dbname: "shop".into(),
            target_dbname: "a::b\n".into(),
            renamed_dbname: Some("old".into()),
            started: time,
            finished: time,
            log: None,
            global_log: "/var/log/pgbackman/pgbackman.log".into(),
            status: ExecutionStatus::Succeeded,
            error_message: None,
            role_list: Vec::new(),
            target_release: None,
            backup_release: None,
            revision: 0,
        },
        target: TargetServer {
            host: "/nowhere".into(),
            port: 1,
            user: "postgres".into(),
            application: None,
        },
        changes: Changes::default(),
        still: None,
        root: root.to_owned(),
    }
}

#[test]
fn a_restore_runs_once_and_its_record_is_told_from_a_backups() {
    in_a_process_of_its_own(|| {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let Claim::Free(lock) = claim_restore(root, RESTORE).unwrap() else {
            panic!("not free")
        };
        assert!(take_restore_once(root, RESTORE, Uuid::from_u128(1)).unwrap());
        assert!(!take_restore_once(root, RESTORE, Uuid::from_u128(2)).unwrap());
        let run = lock.begin(a_record(root, RestorePhase::Working)).unwrap();
        let busy = claim_restore(root, RESTORE).unwrap();
        assert!(matches!(busy, Claim::Busy(Some(record)) if record.result.procpid == 4711));
        drop(run);
        let path = crate::handoff::run::restore_path(root, RESTORE);
        assert!(path.ends_with("run/restoredef3.run") && crate::handoff::run::is_restore(&path));
        assert_eq!(claim::list(root).unwrap(), [path]);
        let dead = claim_restore(root, RESTORE).unwrap();
        assert!(matches!(dead, Claim::Dead(dead) if dead.record.phase == RestorePhase::Working));
    });
}

#[test]
fn trap_10_a_dead_restore_is_an_error_that_says_where_everything_is() {
    let mut record = a_record(Path::new("/r"), RestorePhase::Working);
    let result = result_of_dead(&record, "boot-1", "");
    assert_eq!(result.status, ExecutionStatus::Error);
    let message = result.error_message.unwrap();
    for word in [
        "4711",
        "killed",
        "\"renamed\"",
        "no database of the target was changed",
    ] {
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(result.renamed_dbname, None, "nothing was renamed");

    record.changes = Changes {
        renamed: vec![Renamed {
            oid: 5,
            from: "shop".into(),
            to: "shop_old".into(),
            allows_connections: true,
        }],
        made: vec![Made {
            name: "shop".into(),
            oid: Some(6),
            aside: "shop_failed".into(),
            mark: None,
        }],
        contents_begun: true,
    };
    let place = record
        .changes
        .as_recorded(&NotPutRight::NoAnswer(Duration::from_secs(60)));
    let result = result_of_dead(&record, "boot-2", &place);
    let message = result.error_message.unwrap();
    for word in [
        "restarted",
        "\"shop_old\"",
        "\"shop_failed\"",
        "no answer within 60 s",
        "nothing was dropped",
    ] {
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(result.renamed_dbname.as_deref(), Some("old"));
}
