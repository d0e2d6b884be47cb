//! Waits for locks in a restore: they end after `lock_wait_timeout`, and the reason names who is in the way (case B13).

use pgbackman_restore::step::Step;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::processes;
use pgbackman_tests::sandbox::{Daemon, Output};
use pgbackman_tests::wait::until;
use tokio_postgres::Client;

use super::support::{Restore, RestoreLab, content};
use crate::dump::support::DEADLINE;

/// A database whose owner is another role, with settings, a materialized view, and rows.
const SOURCE: &str = "CREATE TABLE t AS SELECT n FROM generate_series(1, 100) n; CREATE TABLE u AS SELECT * FROM t; \
    ALTER TABLE t OWNER TO keeper; ALTER TABLE u OWNER TO keeper; \
    CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM t";

fn source() -> Cluster {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE ROLE keeper");
    source.psql("postgres", "CREATE DATABASE shop OWNER keeper");
    source.psql("shop", SOURCE);
    source
}

/// A lab whose restores wait for a lock for two seconds.
fn lab<'c>(source: &'c Cluster, target: &'c Cluster) -> RestoreLab<'c> {
    let mut lab = RestoreLab::new(source, target);
    lab.lab
        .sandbox
        .configure("pgbackman_dump", "lock_wait_timeout", "\"2s\"");
    lab
}

/// A session with a transaction that stays open.
async fn holding(target: &Cluster, dbname: &str, sql: &str) -> (Client, String) {
    let client = target.connect(dbname).await;
    client
        .batch_execute(&format!("BEGIN; {sql}"))
        .await
        .unwrap();
    let row = client
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap();
    let pid: i32 = row.get(0);
    let blocker = format!(
        "process {pid} (role postgres, application pgbackman-tests, database {dbname}, last statement begun "
    );
    (client, blocker)
}

async fn release(held: &Client) {
    held.batch_execute("ROLLBACK").await.unwrap();
}

/// The run has ended as an ERROR that names the blocker; nobody of it is left on the target.
#[track_caller]
fn assert_ended(restore: &Restore<'_, '_>, output: &Output, blocker: &str) -> String {
    assert_ended_as(restore, output, blocker, 1, "ERROR")
}

#[track_caller]
fn assert_ended_as(
    restore: &Restore<'_, '_>,
    output: &Output,
    blocker: &str,
    code: i32,
    status: &str,
) -> String {
    let lab = restore.lab;
    let result = lab.last_result();
    assert_eq!(output.code, code, "{}\n{result:#?}", output.stderr);
    assert_eq!(result["status"], status, "{result:#?}");
    let message = &result["message"];
    for words in ["lock_wait_timeout (2 s)", blocker] {
        assert!(message.contains(words), "{words}: {message}");
    }
    lab.lab.assert_nobody_survives();
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^pgbackman_(restore|[0-9a-f]{32})'";
    until(DEADLINE, "the end of the run's sessions", || {
        (lab.target.psql("postgres", left).trim() == "0").then_some(())
    });
    message.clone()
}

#[tokio::test]
async fn b13_what_a_full_restore_waits_for_is_named_and_the_target_is_put_right() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE precious AS SELECT 42 AS n");
    let lab = lab(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let before = content(&target, "shop");
    let restore = lab.restore(&backup, "shop").renaming("shop_before");
    // CREATE ROLE, then CREATE DATABASE: these catalogs can be read all the same.
    for catalog in ["pg_authid", "pg_shdepend"] {
        let lock = format!("LOCK TABLE pg_catalog.{catalog} IN SHARE MODE");
        let (held, blocker) = holding(&target, "postgres", &lock).await;
        let message = assert_ended(&restore, &restore.run(), &blocker);
        assert!(message.contains("its name \"shop\""), "{message}");
        assert_eq!(content(&target, "shop"), before);
        let names = lab.databases().join(" ");
        assert_eq!(names, "postgres shop template0 template1", "{catalog}");
        release(&held).await;
    }
    // With nobody in the way it is restored.
    restore.succeed();
    assert_ne!(content(&target, "shop"), before);
}

#[tokio::test]
async fn b13_statements_of_pg_restore_do_not_wait_for_ever() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = lab(&source, &target);
    let backup = lab.backup("shop", "FULL");
    for extra in ["", "-j 2"] {
        let restore = lab.restore(&backup, "shop").with(extra);
        let id = restore.register();
        let step = Step::ContentsRecorded;
        let said = lab.sandbox().path().join(format!("said-{id}"));
        let mut running = Daemon::spawn(&mut restore.observed(id, "STOP", step.name()), &said);
        until(DEADLINE, "a stopped restore", || {
            assert!(
                processes::is_running(running.pid()),
                "{} {:#?}",
                running.said(),
                lab.last_result()
            );
            processes::is_stopped(running.pid()).then_some(())
        });
        let lock = "LOCK TABLE pg_catalog.pg_shdepend IN SHARE MODE";
        let (held, blocker) = holding(&target, "postgres", lock).await;
        running.signal(nix::sys::signal::Signal::SIGCONT);
        let code = running.wait(DEADLINE);
        let output = Output {
            code,
            stdout: String::new(),
            stderr: running.said(),
        };
        let message = assert_ended(&restore, &output, &blocker);
        assert!(
            message.contains("the partly restored database is \"shop_failed_"),
            "{message}"
        );
        release(&held).await;
    }
}

#[tokio::test]
async fn b13_rows_for_a_database_in_which_somebody_has_a_lock() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = lab(&source, &target);
    let (full, data) = (lab.backup("shop", "FULL"), lab.backup("shop", "DATA"));
    lab.restore(&full, "shop").succeed();
    target.psql("shop", "DELETE FROM t; DELETE FROM u WHERE n > 10");
    let before = content(&target, "shop");
    let (held, blocker) = holding(&target, "shop", "LOCK TABLE t IN EXCLUSIVE MODE").await;
    let restore = lab.restore(&data, "shop");
    let message = assert_ended(&restore, &restore.run(), &blocker);
    assert!(message.contains("everything was rolled back"), "{message}");
    let in_two = restore.clone().with("-j 2 -t t");
    let message = assert_ended(&in_two, &in_two.run(), &blocker);
    assert!(message.contains("some of the rows may be"), "{message}");
    release(&held).await;
    assert_eq!(content(&target, "shop"), before);
}

#[tokio::test]
async fn b13_a_refresh_that_waits_leaves_the_rows_where_they_are() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = lab(&source, &target);
    let (full, data) = (lab.backup("shop", "FULL"), lab.backup("shop", "DATA"));
    lab.restore(&full, "shop").succeed();
    target.psql("shop", "TRUNCATE t, u");
    let (_held, blocker) = holding(&target, "shop", "REFRESH MATERIALIZED VIEW mv").await;
    let restore = lab.restore(&data, "shop");
    let output = restore.run();
    let message = assert_ended_as(&restore, &output, &blocker, 8, "WARNING");
    assert!(
        message.contains("run in the database: REFRESH MATERIALIZED VIEW \"public\".\"mv\";"),
        "{message}"
    );
    assert_eq!(target.psql("shop", "SELECT count(*) FROM t").trim(), "100");
}

#[tokio::test]
async fn b13_a_whole_node_waits_no_longer_than_one_database() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = lab(&source, &target);
    let backup = lab.backup("", "CLUSTER");
    let lock = "LOCK TABLE pg_catalog.pg_authid IN SHARE MODE";
    let (_held, blocker) = holding(&target, "postgres", lock).await;
    let restore = lab.restore(&backup, "");
    assert_ended(&restore, &restore.run(), &blocker);
}
