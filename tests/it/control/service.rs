//! Control as a service: one per server, signals, what systemd is told, runs that died.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{TimeZone as _, Utc};
use nix::sys::signal::Signal;
use pgbackman_core::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_core::handoff::run::{self, Phase, RunRecord};
use pgbackman_core::sys::boot;
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE, jobs};

#[test]
fn trap_26_a_second_control_says_so_and_leaves_the_first_alone() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let first = backup.define(node, "first");
    let mut control = backup.control();
    backup.wait_until_scheduled(node, &[first]);
    let second = backup.once();
    assert_eq!(second.code, 7, "{}", second.stderr);
    assert!(
        second.stderr.contains("is already running for"),
        "{}",
        second.stderr
    );
    // After a kill nothing keeps the next one from starting.
    control.signal(Signal::SIGKILL);
    assert_eq!(control.wait(DEADLINE), 128 + 9);
    backup.once().success();
    assert_eq!(backup.scheduled(node), [first]);
}

#[test]
fn trap_26_two_controls_that_do_not_see_each_other_schedule_every_job_once() {
    let mut backup = Backup::new();
    let nodes = [backup.node("node1", 5432), backup.node("node2", 5432)];
    let mut one = backup.control();
    let expected = backup.define(nodes[0], "first");
    backup.wait_until_scheduled(nodes[0], &[expected]);
    // Its lock lies elsewhere: as on a machine whose first backup root is another one.
    let other_root = backup.sandbox.path().join("other");
    fs::create_dir(&other_root).unwrap();
    let roots = format!(
        "[{:?}, {:?}]",
        other_root.display().to_string(),
        backup.sandbox.backup_root().display().to_string()
    );
    backup
        .sandbox
        .configure("backup_server", "backup_roots", &roots);
    let mut other = backup.control();
    let mut ids = [vec![expected], Vec::new()];
    for number in 0..10 {
        for (node, ids) in nodes.iter().zip(&mut ids) {
            ids.push(backup.define(*node, &format!("db{number}")));
        }
    }
    for (node, ids) in nodes.iter().zip(&ids) {
        backup.wait_until_scheduled(*node, ids);
    }
    backup.wait_for_empty_queue();
    assert!(one.is_running() && other.is_running());
    assert_eq!((one.terminate(DEADLINE), other.terminate(DEADLINE)), (0, 0));
    assert_eq!(jobs(&backup.sandbox.crontab_dir()).len(), 21);
}

#[test]
fn systemd_is_told_when_it_is_ready_alive_and_stopping() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.define(node, "shop");
    let path = backup.sandbox.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let received = || {
        let mut buffer = [0; 1024];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let mut command = backup.sandbox.command("pgbackman_control");
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "400000");
    let mut control = backup.spawn(command);
    let mut seen = vec![received()];
    while !seen.contains(&"READY=1".to_owned()) {
        seen.push(received());
    }
    assert!(
        backup.crontab(node).exists(),
        "ready means that the first pass is through"
    );
    let started = Instant::now();
    let mut alive = 0;
    while alive < 5 {
        alive += usize::from(received() == "WATCHDOG=1");
    }
    let taken = started.elapsed();
    assert!(
        taken < Duration::from_secs(20),
        "five times at half the time granted: {taken:?}"
    );
    let stopping = Instant::now();
    control.signal(Signal::SIGTERM);
    while received() != "STOPPING=1" {}
    assert_eq!(control.wait(DEADLINE), 0);
    assert!(stopping.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_run_that_died_is_registered_by_the_jobs_user() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    backup.once().success();
    let root = backup.sandbox.backup_root();
    let origin = BackupOrigin::Definition(DefId::new(id));
    let started = Utc.with_ymd_and_hms(2026, 11, 21, 4, 30, 0).unwrap();
    let record = RunRecord {
        version: run::VERSION,
        phase: Phase::Dumping,
        step: "dumping".to_owned(),
        written: started,
        boot_id: boot::id(),
        result: BackupResult {
            run_uuid: uuid::Uuid::new_v4(),
            origin,
            procpid: 4_194_305,
            server: ServerId::new(i32::try_from(backup.server).unwrap()),
            node: NodeId::new(node),
            dbname: "shop".to_owned(),
            datoid: None,
            code: BackupCode::Full,
            started,
            finished: started,
            dump: BackupPart::default(),
            roles: BackupPart::default(),
            dbconfig: BackupPart::default(),
            global_log: PathBuf::from("/var/log/pgbackman/pgbackman.log"),
            status: ExecutionStatus::Error,
            error_message: None,
            role_list: Vec::new(),
            node_release: None,
            pg_dump_release: None,
            checksum: None,
            dbname_size: None,
            manifest_file: None,
            encrypted: false,
            context: serde_json::json!({}),
        },
        artifacts: Vec::new(),
        expected: None,
        paused: None,
        root: root.clone(),
    };
    let path = run::path(&root, origin);
    fs::write(&path, serde_json::to_string(&record).unwrap() + "\n").unwrap();
    let owner = nix::unistd::User::from_name(backup.sandbox.os_user())
        .unwrap()
        .unwrap();
    nix::unistd::chown(&path, Some(owner.uid), Some(owner.gid)).unwrap();
    let mut control = backup.control();
    let found = wait::until(DEADLINE, "the run in the catalogue", || {
        let row = backup.sql("SELECT execution_status || ' ' || error_message FROM backup_catalog");
        (!row.is_empty()).then_some(row)
    });
    assert!(
        found.starts_with("ERROR the run (process 4194305) ended before"),
        "{found}"
    );
    wait::until(DEADLINE, "the end of the record", || {
        (!path.exists()).then_some(())
    });
    backup.wait_for_log("a run that died is registered as ERROR");
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn an_unknown_jobs_user_is_refused_before_anything_is_written() {
    let mut backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.define(node, "shop");
    backup
        .sandbox
        .configure("backup_server", "os_user", "\"no_such_user\"");
    let once = backup.once();
    assert_eq!(once.code, 3, "{}", once.stderr);
    assert!(once.stderr.contains("no_such_user"), "{}", once.stderr);
    assert!(!backup.crontab(node).exists());
}
