//! Limits of time and of number, and what a backup costs (traps 27, 29b, 35).

use pgbackman_core::handoff::manifest::Part;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait::until;

use super::kills::Blocker;
use super::support::{DEADLINE, Lab};

#[test]
fn trap_27_a_dump_does_not_wait_for_a_lock_for_ever() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (n int)");
    let mut lab = Lab::new(&cluster);
    lab.sandbox
        .configure("pgbackman_dump", "lock_wait_timeout", "\"1s\"");
    let _blocker = Blocker::of(&cluster, database.name(), "t");
    for (dbname, code) in [(database.name(), "FULL"), ("", "CLUSTER")] {
        assert_eq!(
            lab.define(dbname, code).run().code,
            1,
            "{}",
            lab.sandbox.log()
        );
    }
    for reason in lab.catalogued("error_message") {
        assert!(
            reason.contains("lock_wait_timeout") && reason.contains("application psql"),
            "{reason}"
        );
    }
    assert!(lab.dumped().is_empty());
    lab.assert_nobody_survives();
}

#[test]
fn trap_27_a_run_that_takes_too_long_is_ended() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (n int)");
    let mut lab = Lab::new(&cluster);
    lab.sandbox
        .configure("pgbackman_dump", "max_duration", "\"3s\"");
    let _blocker = Blocker::of(&cluster, database.name(), "t");
    let job = lab.define("", "CLUSTER");
    assert_eq!(job.run().code, 9, "{}", lab.sandbox.log());
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(reason.contains("max_duration"), "{reason}");
    lab.assert_nobody_survives();
    assert!(lab.dumped().is_empty() && lab.records().is_empty());
}

#[test]
fn trap_29b_runs_within_one_second_take_different_names() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "RDS");
    // The next run begins as soon as the one before has ended: two of several share a second, or the names do anyway.
    for _ in 0..5 {
        job.succeed();
    }
    assert_eq!(lab.assert_only_complete_backups().len(), 5);
    lab.assert_catalogue_is_true();
    let mut files = lab.catalogued("pg_dump_file");
    files.sort();
    files.dedup();
    assert_eq!(files.len(), 5);
}

#[test]
fn trap_35_the_cost_does_not_depend_on_the_other_databases() {
    let cluster = Cluster::options(Version::Installed)
        .conf("log_statement = all")
        .conf("log_connections = on")
        .start();
    let database = cluster.database();
    let others: Vec<_> = (0..5).map(|_| cluster.database()).collect();
    let lab = Lab::new(&cluster);
    let before = cluster.log().len();
    lab.define(database.name(), "FULL").succeed();
    let log = cluster.log()[before..].to_owned();
    for other in &others {
        assert!(
            !log.contains(other.name()),
            "database {} was asked something",
            other.name()
        );
    }
    // That of the snapshot, that of the locks, that of pg_dump, and one that tries an option which a server before 17 refuses.
    let connections = log
        .lines()
        .filter(|line| line.contains("connection authorized"))
        .count();
    assert!(connections <= 4, "{connections} connections were opened");
}

#[test]
fn the_snapshot_is_one_for_roles_settings_and_data() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS n");
    let lab = Lab::new(&cluster);
    let job = lab.define(database.name(), "FULL");
    let step = pgbackman_dump::step::Step::SnapshotExported;
    let mut dump = job.spawn(&mut job.observed("STOP", step.name()));
    until(DEADLINE, "the exported snapshot", || {
        let open = cluster.psql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'",
        );
        (open.trim() != "0").then_some(())
    });
    // What happens now belongs into the next backup.
    until(DEADLINE, "a stopped dump", || {
        pgbackman_tests::processes::is_stopped(dump.pid()).then_some(())
    });
    database.psql("CREATE ROLE late; CREATE TABLE late (n int); ALTER TABLE late OWNER TO late; INSERT INTO t VALUES (2)");
    dump.signal(nix::sys::signal::Signal::SIGCONT);
    assert_eq!(dump.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    let archive = lab
        .dumped()
        .into_iter()
        .find(|name| name.ends_with("-DATABASE.sql"))
        .unwrap();
    let sql = cluster
        .command("pg_restore")
        .arg("--file=-")
        .arg(lab.dump_dir().join(archive))
        .output()
        .unwrap();
    let sql = String::from_utf8(sql.stdout).unwrap();
    assert!(!sql.contains("late"), "{sql}");
    let roles = lab
        .dumped()
        .into_iter()
        .find(|name| name.ends_with("-USERS.sql"))
        .unwrap();
    assert!(
        !std::fs::read_to_string(lab.dump_dir().join(roles))
            .unwrap()
            .contains("late")
    );
}

#[test]
fn trap_5_durations_and_sizes_are_those_of_the_run() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    lab.define(database.name(), "FULL").succeed();
    let [manifest] = &lab.assert_only_complete_backups()[..] else {
        panic!("not one backup")
    };
    let sizes = |part| {
        manifest
            .files
            .iter()
            .filter(|file| file.part == part)
            .map(|file| file.size)
            .sum::<u64>()
            .to_string()
    };
    assert_eq!(lab.catalogued("pg_dump_file_size"), [sizes(Part::Database)]);
    assert_eq!(
        lab.catalogued("pg_dump_roles_file_size"),
        [sizes(Part::Roles)]
    );
    assert_eq!(
        lab.catalogued("pg_dump_dbconfig_file_size"),
        [sizes(Part::Settings)]
    );
    let times = "started < finished AND duration = finished - started AND started > now() - interval '5 minutes'";
    assert_eq!(lab.catalogued(times), ["true"]);
    assert_eq!(lab.catalogued("dbname_size > 0"), ["true"]);
}
