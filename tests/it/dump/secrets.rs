//! No password in argv, logs, errors or core files (trap 32).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use nix::sys::signal::Signal;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait::until;

use super::kills::{Blocker, wait_until_blocked};
use super::support::{DEADLINE, Lab};

/// Reached over TCP the node asks for a password.
fn over_tcp<'l, 'c>(lab: &'l Lab<'c>, dbname: &str, code: &str) -> super::job::Job<'l, 'c> {
    let mut job = lab.define(dbname, code);
    "127.0.0.1".clone_into(&mut job.host);
    let pgpass = lab.sandbox.home().join(".pgpass");
    fs::write(&pgpass, format!("*:*:*:*:{}\n", Cluster::PASSWORD)).unwrap();
    fs::set_permissions(&pgpass, fs::Permissions::from_mode(0o600)).unwrap();
    lab.give_to_jobs(&pgpass);
    job
}

#[test]
fn trap_32_a_password_stands_in_no_argument_and_in_no_log() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (n int)");
    let lab = Lab::new(&cluster);
    let blocker = Blocker::of(&cluster, database.name(), "t");
    let job = over_tcp(&lab, "", "CLUSTER");
    let mut dump = job.spawn(&mut job.command());
    wait_until_blocked(&cluster);
    let mut seen = 0;
    for entry in fs::read_dir("/proc").unwrap() {
        let cmdline = fs::read(entry.unwrap().path().join("cmdline")).unwrap_or_default();
        let cmdline = String::from_utf8_lossy(&cmdline);
        if cmdline.contains("pg_dump") {
            seen += 1;
            assert!(!cmdline.contains(Cluster::PASSWORD), "{cmdline}");
        }
    }
    assert!(seen >= 2, "pg_dumpall and pg_dump were not seen");
    dump.signal(Signal::SIGTERM);
    assert_eq!(dump.wait(DEADLINE), 9);
    drop(blocker);
    assert!(!lab.sandbox.log().contains(Cluster::PASSWORD));
    for name in super::support::names_in(&lab.log_dir()) {
        assert!(
            !fs::read_to_string(lab.log_dir().join(&name))
                .unwrap()
                .contains(Cluster::PASSWORD),
            "{name}"
        );
    }
    assert!(
        lab.catalogued("error_message")
            .iter()
            .all(|reason| !reason.contains(Cluster::PASSWORD))
    );
}

#[test]
fn a_password_file_serves_the_run_and_its_programs() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = over_tcp(&lab, database.name(), "FULL");
    job.succeed();
    fs::remove_file(lab.sandbox.home().join(".pgpass")).unwrap();
    assert_eq!(job.run().code, 1);
    let reason = lab.catalogued("error_message").pop().unwrap();
    assert!(reason.contains("password"), "{reason}");
}

#[test]
fn trap_32_neither_the_run_nor_its_programs_leave_a_core_file() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    // The run itself does not lock a view; pg_dump waits for its definition.
    database.psql("CREATE VIEW v AS SELECT 1 AS n");
    let lab = Lab::new(&cluster);
    let _blocker = Blocker::of(&cluster, database.name(), "v");
    let job = lab.define(database.name(), "FULL");
    let mut dump = job.spawn(&mut job.observed("CONT", Step::DumpStarted.name()));
    wait_until_blocked(&cluster);
    let running = lab.alive();
    assert!(
        running.len() >= 3,
        "the dump, its guardian, pg_dump: {running:#?}"
    );
    for line in &running {
        let process = line.split(':').next().unwrap();
        let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        assert!(core.contains(" 0 "), "{line}: {core}");
    }
    dump.signal(Signal::SIGTERM);
    dump.wait(DEADLINE);
    until(DEADLINE, "the end of everything", || {
        lab.alive().is_empty().then_some(())
    });
}
