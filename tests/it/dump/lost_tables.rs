//! No table is lost between snapshot and lock, and no wait for a lock is without end (traps 5a, 5b; cases B0, B13).

use nix::sys::signal::Signal;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::wait::until;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::job::Job;
use super::support::{DEADLINE, Lab};

/// What is said when a dump begins anew.
pub(super) const ANEW: &str = "restarting the dump";
/// The nightly reload of a warehouse.
pub(super) const RELOAD: &str = "TRUNCATE t; INSERT INTO t SELECT generate_series(1, 1000)";
/// A table with a thousand rows and what a change needs.
pub(super) const TABLE: &str = "CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 1000); CREATE INDEX t_n ON t (n); \
                     CREATE TABLE other (n int)";

/// A session of another program, in a transaction.
pub(super) struct Held {
    runtime: Runtime,
    client: Client,
}

impl Held {
    /// Begins a transaction with this in it.
    pub(super) fn begin(database: &TestDatabase<'_>, sql: &str) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(database.connect());
        let begin = format!("BEGIN; {sql}");
        runtime.block_on(client.batch_execute(&begin)).unwrap();
        Self { runtime, client }
    }

    fn pid(&self) -> i32 {
        let asking = self.client.query_one("SELECT pg_backend_pid()", &[]);
        self.runtime.block_on(asking).unwrap().get(0)
    }

    pub(super) fn commit(self) {
        let Self { runtime, client } = self;
        runtime.block_on(client.batch_execute("COMMIT")).unwrap();
    }

    /// Does this when it gets what it waits for, and stays in its transaction.
    pub(super) fn hold_with(self, sql: &'static str) -> Holding {
        let Self { runtime, client } = self;
        let holding = runtime.spawn(async move {
            client.batch_execute(sql).await.unwrap();
            client
        });
        Holding { runtime, holding }
    }

    /// Does this and commits, when it gets what it waits for.
    fn wait_with(self, sql: &str) -> (Runtime, JoinHandle<()>) {
        let Self { runtime, client } = self;
        let sql = format!("{sql}; COMMIT");
        let waiting = runtime.spawn(async move { client.batch_execute(&sql).await.unwrap() });
        (runtime, waiting)
    }
}

/// A session that waits for what it will hold.
pub(super) struct Holding {
    runtime: Runtime,
    holding: JoinHandle<Client>,
}

impl Holding {
    /// Waits until it has it.
    pub(super) fn join(self) -> Held {
        let client = self.runtime.block_on(self.holding).unwrap();
        Held {
            runtime: self.runtime,
            client,
        }
    }
}

/// Waits until somebody waits for a lock in this database.
pub(super) fn wait_for_a_wait(database: &TestDatabase<'_>) {
    until(DEADLINE, "a session that waits for a lock", || {
        let waiting = database.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        (waiting.trim() != "0").then_some(())
    });
}

/// How many rows of a table are in the only backup of a database.
pub(super) fn rows(lab: &Lab<'_>, table: &str) -> usize {
    let archive = lab
        .dumped()
        .into_iter()
        .find(|name| name.ends_with("-DATABASE.sql"))
        .unwrap();
    let said = lab
        .node
        .command("pg_restore")
        .args(["--file=-", "--data-only"])
        .arg(lab.dump_dir().join(archive))
        .output()
        .unwrap();
    rows_in(&String::from_utf8(said.stdout).unwrap(), table)
}

fn rows_in(script: &str, table: &str) -> usize {
    let copy = format!("COPY public.{table} ");
    let lines = script
        .lines()
        .skip_while(|line| !line.starts_with(&copy))
        .skip(1);
    lines.take_while(|line| *line != "\\.").count()
}

/// Goes on with a dump that has stopped itself.
pub(super) fn go_on(dump: &mut Daemon) {
    until(DEADLINE, "the end of the dump", || {
        dump.signal(Signal::SIGCONT);
        (!dump.is_running()).then_some(())
    });
}

/// Runs a job that stops itself after its snapshot, and goes on when a session that fills the table anew waits for its locks.
fn run_with_a_reload_after_the_snapshot(job: &Job<'_, '_>, database: &TestDatabase<'_>) -> i32 {
    let mut dump = job.spawn(&mut job.observed("STOP", Step::SnapshotExported.name()));
    until(DEADLINE, "a stopped dump", || {
        pgbackman_tests::processes::is_stopped(dump.pid()).then_some(())
    });
    let (runtime, reload) = Held::begin(database, "").wait_with(RELOAD);
    wait_for_a_wait(database);
    go_on(&mut dump);
    let exit = dump.wait(DEADLINE);
    runtime.block_on(reload).unwrap();
    exit
}

/// Runs a job that meets a transaction, which is committed when it is waited for.
pub(super) fn run_against(job: &Job<'_, '_>, database: &TestDatabase<'_>, change: &str) -> i32 {
    let held = Held::begin(database, change);
    let mut dump = job.spawn(&mut job.command());
    wait_for_a_wait(database);
    held.commit();
    dump.wait(DEADLINE)
}

#[test]
fn b0_what_was_changed_when_the_backup_began_is_in_it_whole() {
    let anew =
        "DROP TABLE t; CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 1000)";
    let cases = [
        (Version::Installed, RELOAD, "FULL", ""),
        (
            Version::Installed,
            "ALTER TABLE t ALTER n TYPE bigint",
            "DATA",
            "",
        ),
        (Version::Installed, "CLUSTER t USING t_n", "RDS", ""),
        (Version::Installed, anew, "FULL", ""),
        (Version::V16, RELOAD, "FULL", "-j 2"),
        (Version::V18, RELOAD, "FULL", "-j 2"),
        (
            Version::V18,
            "ALTER TABLE t ALTER n TYPE bigint",
            "FULL",
            "",
        ),
    ];
    for (version, change, code, extra) in cases {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        database.psql(TABLE);
        let lab = Lab::new(cluster);
        let job = lab.define_with(database.name(), code, extra);
        let case = format!("{version:?} {code} {extra}: {change}\n");
        let exit = run_against(&job, &database, change);
        assert_eq!(exit, 0, "{case}{}", lab.sandbox.log());
        assert_eq!(rows(&lab, "t"), 1_000, "{case}");
        // The locks alone are enough.
        assert!(
            !lab.sandbox.log().contains(ANEW),
            "{case}{}",
            lab.sandbox.log()
        );
    }
}

#[test]
fn b0_what_wants_a_table_between_snapshot_and_lock_goes_first_and_the_dump_begins_anew() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        database.psql(TABLE);
        let lab = Lab::new(cluster);
        let job = lab.define(database.name(), "FULL");
        let exit = run_with_a_reload_after_the_snapshot(&job, &database);
        assert_eq!(exit, 0, "{}", lab.sandbox.log());
        assert!(lab.sandbox.log().contains(ANEW), "{}", lab.sandbox.log());
        assert_eq!(rows(&lab, "t"), 1_000);
        let manifests = lab.assert_only_complete_backups();
        assert_eq!(manifests.len(), 1);
        lab.assert_catalogue_is_true();
    }
}

#[test]
fn b0_the_comparison_finds_a_table_that_had_no_lock() {
    let cluster = Cluster::shared(Version::Installed);
    // Which tables these parameters choose is known to pg_dump alone: a table that is locked is not waited for.
    for extra in ["-t t", "-T other"] {
        let database = cluster.database();
        database.psql(TABLE);
        let lab = Lab::new(cluster);
        let job = lab.define_with(database.name(), "FULL", extra);
        let exit = run_against(&job, &database, RELOAD);
        assert_eq!(exit, 0, "{extra}: {}", lab.sandbox.log());
        assert_eq!(rows(&lab, "t"), 1_000, "{extra}");
        assert!(lab.sandbox.log().contains(ANEW), "{}", lab.sandbox.log());
    }
}

#[test]
fn b0_a_locked_table_that_is_left_out_is_not_waited_for() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(TABLE);
    let lab = Lab::new(cluster);
    let _held = Held::begin(&database, "TRUNCATE other");
    lab.define_with(database.name(), "FULL", "-T other")
        .succeed();
    assert_eq!(rows(&lab, "t"), 1_000);
}

#[test]
fn b0_a_whole_cluster_lacks_no_table_either() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql(TABLE);
    let lab = Lab::new(&cluster);
    let job = lab.define("", "CLUSTER");
    let exit = run_against(&job, &database, RELOAD);
    assert_eq!(exit, 0, "{}", lab.sandbox.log());
    assert!(lab.sandbox.log().contains(ANEW), "{}", lab.sandbox.log());
    let [script] = &lab
        .dumped()
        .into_iter()
        .filter(|name| name.contains(".sql.gz"))
        .collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", lab.dumped())
    };
    let mut text = String::new();
    let file = std::fs::File::open(lab.dump_dir().join(script)).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    assert_eq!(rows_in(&text, "t"), 1_000);
}

#[test]
fn b0_a_server_with_few_locks_is_backed_up_all_the_same() {
    let cluster = Cluster::options(Version::Installed)
        .conf("max_locks_per_transaction = 10")
        .conf("max_connections = 12")
        .start();
    let database = cluster.database();
    database.psql(
        "DO $$ BEGIN FOR i IN 1..100 LOOP EXECUTE format('CREATE TABLE t%s (n int)', i); END LOOP; END $$",
    );
    let lab = Lab::new(&cluster);
    lab.define(database.name(), "FULL").succeed();
    assert!(
        lab.sandbox
            .log()
            .contains("Increase max_locks_per_transaction"),
        "{}",
        lab.sandbox.log()
    );
}

#[test]
fn b13_any_wait_for_a_lock_ends_and_names_who_is_in_the_way() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE MATERIALIZED VIEW mv AS SELECT 1 AS n");
    let mut lab = Lab::new(&cluster);
    lab.sandbox
        .configure("pgbackman_dump", "lock_wait_timeout", "\"2s\"");
    let held = Held::begin(&database, "REFRESH MATERIALIZED VIEW mv");
    let blocker = format!("process {} (role postgres", held.pid());
    for (number, (dbname, code)) in [(database.name(), "FULL"), ("", "CLUSTER")]
        .into_iter()
        .enumerate()
    {
        assert_eq!(lab.define(dbname, code).run().code, 1, "{code}");
        let reason = &lab.catalogued("error_message")[number];
        assert!(
            reason.contains("lock_wait_timeout") && reason.contains(&blocker),
            "{code}: {reason}"
        );
        lab.assert_nobody_survives();
    }
    assert!(lab.dumped().is_empty());
}

#[test]
fn b13_a_backup_yields_where_it_shall() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(TABLE);
    let mut lab = Lab::new(cluster);
    lab.sandbox
        .configure("pgbackman_dump", "yield_to_ddl", "\"ON\"");
    let job = lab.define(database.name(), "FULL");
    let exit = run_with_a_reload_after_the_snapshot(&job, &database);
    assert_eq!(exit, 1, "{}", lab.sandbox.log());
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(reason.contains("yield_to_ddl"), "{reason}");
}
