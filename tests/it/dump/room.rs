//! A backup that will not fit is not begun, and one that fits is: on a real small disk.

use std::fs;
use std::path::PathBuf;

use pgbackman_core::handoff::run;
use pgbackman_core::sys::lock::FileLock;
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, StopMode, TestDatabase, Version};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::small_disk::SmallDisk;
use pgbackman_tests::wait;

use super::job::Job;
use super::support::{DEADLINE, Lab, names_in};

/// What a backup takes in the catalogue.
const BYTES: &str = "pg_dump_file_size + coalesce(pg_dump_roles_file_size, 0) + coalesce(pg_dump_dbconfig_file_size, 0)";

/// Megabytes that a dump cannot make much smaller.
fn fill(database: &TestDatabase<'_>, megabytes: u32) {
    database.psql(&format!(
        "CREATE TABLE t AS SELECT string_agg(md5(random()::text), '') AS x
         FROM generate_series(1, {}) AS n GROUP BY n / 1000",
        megabytes * 32_768
    ));
}

/// Runs it; nothing may have been begun, whatever the catalogue is told.
#[track_caller]
fn assert_not_begun(job: &Job<'_, '_>, words: &[&str]) {
    let there = || (job.lab.dumped(), names_in(&job.lab.log_dir()));
    let before = there();
    let output = job.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert_eq!(there(), before, "something was begun");
    assert!(job.lab.records().is_empty());
    for word in words {
        assert!(
            output.stderr.contains(word),
            "{word:?} is not in {}",
            output.stderr
        );
    }
}

/// Leaves only so many bytes of the disk free, with a file of the test's.
fn leave_free(lab: &Lab<'_>, bytes: u64) -> PathBuf {
    let filler = lab.dump_dir().join("filler");
    let found = nix::sys::statvfs::statvfs(&lab.dump_dir()).unwrap();
    let free = found.blocks_available() * found.fragment_size();
    fs::write(&filler, vec![1; usize::try_from(free - bytes).unwrap()]).unwrap();
    filler
}

/// What the log warns of, but for the age of the test's client programs.
fn warned(lab: &Lab<'_>) -> Vec<String> {
    let log = lab.sandbox.log();
    log.lines()
        .filter(|line| line.contains(" WARN ") && !line.contains("known vulnerabilities"))
        .map(str::to_owned)
        .collect()
}

/// What the last backup takes.
fn last_size(lab: &Lab<'_>) -> u64 {
    lab.catalogued(BYTES).pop().unwrap().parse().unwrap()
}

#[test]
fn the_last_backup_says_what_fits() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    fill(&database, 4);
    let lab = Lab::new(node);
    let _small = SmallDisk::over(&lab.dump_dir(), 16 * 1024);
    let job = lab.define(database.name(), "FULL");
    job.succeed();
    let size = last_size(&lab);
    assert!(size > 1 << 20, "too small to tell anything: {size}");

    let filler = leave_free(&lab, size / 2);
    let words = [
        "would not fit",
        "are free",
        "the last backup, of",
        "show_disk_space",
        "check_disk_space",
    ];
    assert_not_begun(&job, &words);
    assert_eq!(lab.catalogued("execution_status"), ["SUCCEEDED", "ERROR"]);
    let reason = lab.catalogued("error_message").pop().unwrap();
    for word in words {
        assert!(reason.contains(word), "{reason}");
    }
    // Of the schema alone, and of what leaves the table out, that backup says nothing: they fit, and are taken.
    lab.define(database.name(), "SCHEMA").succeed();
    lab.define_with(database.name(), "FULL", "-T t").succeed();

    // What it takes, and the blocks of its small files.
    fs::remove_file(filler).unwrap();
    let filler = leave_free(&lab, size + (256 << 10));
    job.succeed();
    fs::remove_file(filler).unwrap();
    assert_eq!(lab.assert_only_complete_backups().len(), 4);
}

/// A database of a few megabytes, and a lab whose backups of it go onto a disk of 16 MiB.
fn on_a_small_disk() -> (TestDatabase<'static>, Lab<'static>, SmallDisk) {
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    fill(&database, 4);
    let lab = Lab::new(node);
    let small = SmallDisk::over(&lab.dump_dir(), 16 * 1024);
    (database, lab, small)
}

#[tokio::test]
async fn what_a_run_at_work_is_going_to_write_is_not_free() {
    if !namespace::available() {
        return;
    }
    let (database, lab, _small) = on_a_small_disk();
    let first = lab.define(database.name(), "FULL");
    first.succeed();
    let size = last_size(&lab);
    // Room for one, and the first waits for a table with nothing written yet.
    let filler = leave_free(&lab, size + size / 2);
    let holder = database.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let mut at_work = first.spawn(&mut first.command());
    wait::until(DEADLINE, "the first run's files", || {
        let record = fs::read_to_string(lab.records().first()?).ok()?;
        record.contains("\"expected\"").then_some(())
    });
    let second = lab.define(database.name(), "FULL");
    let output = second.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    let words = "of which backups in progress are expected to need another";
    assert!(output.stderr.contains(words), "{}", output.stderr);
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(at_work.wait(DEADLINE), 0, "{}", at_work.said());
    // Nobody is at work any more: what is free is free.
    fs::remove_file(filler).unwrap();
    leave_free(&lab, size + (256 << 10));
    second.succeed();
}

#[tokio::test]
async fn two_runs_that_begin_together_know_of_each_other() {
    if !namespace::available() {
        return;
    }
    let (database, lab, _small) = on_a_small_disk();
    let first = lab.define(database.name(), "FULL");
    first.succeed();
    assert_eq!(warned(&lab), Vec::<String>::new());
    // Room for one, and none of the two can write anything before both have looked.
    let size = last_size(&lab);
    leave_free(&lab, size + size / 2);
    let holder = database.connect().await;
    holder.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let lock = run::room_lock(&lab.sandbox.backup_root());
    let turn = FileLock::try_acquire(&lock).unwrap().unwrap();
    let second = lab.define(database.name(), "FULL");
    let steps = |name: &str| lab.partition().join(name);
    let [mut one, mut other] = [(&first, "one"), (&second, "other")].map(|(job, name)| {
        let mut command = job.observed("CONT", "node reached");
        job.spawn(command.env("PGBACKMAN_TEST_STEPS", steps(name)))
    });
    wait::until(DEADLINE, "both at the door", || {
        ["one", "other"]
            .iter()
            .all(|name| {
                fs::read_to_string(steps(name)).is_ok_and(|said| said.contains("node reached"))
            })
            .then_some(())
    });
    drop(turn);
    let refused = wait::until(DEADLINE, "one of them to be refused", || {
        [&mut one, &mut other]
            .into_iter()
            .position(|run| !run.is_running())
    });
    holder.batch_execute("COMMIT").await.unwrap();
    let (mut refused, mut taken) = if refused == 0 {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(taken.wait(DEADLINE), 0, "{}", taken.said());
    assert_eq!(refused.wait(DEADLINE), 1, "{}", refused.said());
    let words = "of which backups in progress are expected to need another";
    assert!(refused.said().contains(words), "{}", refused.said());
    assert_eq!(warned(&lab), Vec::<String>::new());
}

#[test]
fn it_says_so_while_the_catalogue_is_away_too() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    fill(&database, 4);
    let catalogue = Cluster::private(Version::Installed);
    let mut lab = Lab::of(Sandbox::on(&catalogue), node);
    let _small = SmallDisk::over(&lab.dump_dir(), 16 * 1024);
    let id = {
        let job = lab.define(database.name(), "FULL");
        job.succeed();
        job.id
    };
    let filler = leave_free(&lab, last_size(&lab) / 2);
    catalogue.stop(StopMode::Fast);
    let job = Job::known(&lab, id, database.name(), "FULL");
    assert_not_begun(&job, &["would not fit", "the last backup, of"]);
    assert_eq!(
        lab.pending().len(),
        1,
        "the refusal waits for the catalogue"
    );
    // Nobody looks, and it fails on the disk itself.
    lab.sandbox
        .configure("pgbackman_dump", "check_disk_space", "\"OFF\"");
    let output = Job::known(&lab, id, database.name(), "FULL").run();
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("No space left"), "{}", output.stderr);
    fs::remove_file(filler).unwrap();
}

#[test]
fn what_was_never_dumped_here_is_judged_by_the_catalogue_and_then_by_the_databases_size() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::private(Version::Installed);
    let database = node.database();
    // An empty database has 8 MB or less; an eighth of the rest is more than there is room for.
    fill(&database, 40);
    let mut lab = Lab::new(&node);
    {
        let _small = SmallDisk::over(&lab.dump_dir(), 2 * 1024);
        let words = ["would not fit", "no earlier backup to compare with"];
        assert_not_begun(&lab.define(database.name(), "FULL"), &words);
        assert_not_begun(&lab.define("", "CLUSTER"), &words);
        // Of what leaves the table out nothing is known, and it fits.
        lab.define_with(database.name(), "FULL", "--exclude-table-data=t")
            .succeed();
    }
    let job = lab.define(database.name(), "FULL");
    let definition = job.id;
    let entry = |bytes: u64| {
        lab.sandbox.catalogue().psql(&format!(
            "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, pg_dump_file_size,
                 global_log_file, execution_status, execution_method)
             VALUES ({definition}, {}, {}, '{}', now(), now(), {bytes}, '', 'SUCCEEDED', 'CRON')",
            lab.server_id,
            lab.node_id,
            database.name()
        ));
    };
    // Another server has taken a huge one: it is expected here too.
    entry(1 << 60);
    assert_not_begun(&job, &["uses 1024.0 PB"]);
    // The catalogue's newest counts, and what is reserved comes on top.
    entry(1_000);
    job.succeed();
    lab.sandbox
        .configure("pgbackman_dump", "disk_space_reserve", "\"900PB\"");
    let job = Job::known(&lab, definition, database.name(), "FULL");
    assert_not_begun(&job, &["900.0 PB must remain free"]);
}
