//! From a snapshot to the restored database, all by `atd`, with every name hostile.

use std::path::Path;

use pgbackman_control::steps::Step;
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene, Told};
use crate::cron::HOSTILE_NAMES;
use crate::e2e::scene::{content, identifier, verify};

/// The names of trap 15, and the longest one there is: 63 bytes.
fn hostile_names() -> Vec<String> {
    let longest = format!("x{}", "ž".repeat(31));
    let names = HOSTILE_NAMES.into_iter().map(str::to_owned);
    names.chain([longest]).collect()
}

/// A node to restore on, with NodeID 2.
fn target(scene: &Scene) -> Cluster {
    let target = Cluster::private(Version::Installed);
    scene.sql(&format!(
        "SELECT register_pgsql_node('{}', '', {}, '{}', 'RUNNING', '')",
        target.socket_dir().display(),
        target.port(),
        Cluster::SUPERUSER,
    ));
    target
}

/// Registers the restore of a snapshot's backup on the target, under its own name; roles that exist there are used.
#[track_caller]
fn define(scene: &Scene, snapshot: i64, dbname: &str, at_time: &str) {
    let backup = scene.sql(&format!(
        "SELECT bck_id FROM backup_catalog WHERE snapshot_id = {snapshot}"
    ));
    let done = scene.shell(&[
        "register_restore_definition",
        at_time,
        &backup,
        "2",
        dbname,
        "",
        "",
        "all",
    ]);
    assert!(
        done.stdout
            .contains("[Done] Restore definition registered."),
        "{dbname:?}: {done:?}"
    );
}

/// Waits until every restore definition has a result, and the queue is empty.
#[track_caller]
fn wait_until_restored_once(scene: &Scene, restores: usize) {
    let what = format!("{restores} restores");
    let rows = wait::until(DEADLINE, Told(scene, what), || {
        let rows = scene.rows("SELECT * FROM restore_catalog ORDER BY restore_def");
        (rows.len() >= restores && scene.queue().is_empty()).then_some(rows)
    });
    assert_eq!(rows.len(), restores, "each once");
    for row in &rows {
        assert_eq!(row["execution_status"], "SUCCEEDED", "{row:#}");
    }
    let unlike = "SELECT count(*) FROM restore_definition AS d WHERE status <> 'DEFINED' OR error_message <> '' \
                  OR (SELECT count(*) FROM restore_catalog AS c WHERE c.restore_def = d.restore_def) <> 1";
    assert_eq!(scene.sql(unlike), "0");
}

fn restored(account: Account) {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(account);
    let _atd = scene.inside.start_atd();
    let _control = scene.control(&[("PGPASSWORD", "s3cret-of-control")]);
    let target = target(&scene);
    let names = hostile_names();
    for name in &names {
        // The owner has the database's name.
        let (identifier, literal) = (identifier(name), name.replace('\'', "''"));
        scene.node.psql_script(
            "postgres",
            &format!(
                "CREATE ROLE {identifier};\nCREATE DATABASE {identifier} OWNER {identifier};\n"
            ),
        );
        scene.node.psql(
            name,
            &format!("CREATE TABLE {identifier} AS SELECT '{literal}' AS x"),
        );
        scene.node.psql(
            name,
            &format!("ALTER TABLE {identifier} OWNER TO {identifier}"),
        );
    }
    let done = scene.shell(&[
        "register_snapshot_definition",
        "1",
        "1",
        "#all_databases#",
        "postgres,shop",
        "now",
        "FULL",
        "7 days",
        "",
        "All",
        "",
    ]);
    assert_eq!(done.success().lines().count(), names.len());
    let snapshots: Vec<i64> = names
        .iter()
        .map(|name| {
            let name = name.replace('\'', "''");
            let id = scene.sql(&format!(
                "SELECT snapshot_id FROM snapshot_definition WHERE dbname = '{name}'"
            ));
            id.parse().unwrap()
        })
        .collect();
    for (row, name) in scene
        .wait_until_taken_once(&snapshots, 0)
        .iter()
        .zip(&names)
    {
        assert_eq!(row["dbname"], **name);
        verify(row);
    }
    for (snapshot, name) in snapshots.iter().zip(&names) {
        define(&scene, *snapshot, name, "now");
    }
    wait_until_restored_once(&scene, names.len());
    for name in &names {
        assert_eq!(
            content(&target, name),
            content(&scene.node, name),
            "{name:?}"
        );
    }
    assert!(!Path::new("/x").exists(), "a part of a name was run");
    assert!(
        !scene.sandbox.log().contains("s3cret"),
        "{}",
        scene.sandbox.log()
    );
}

#[test]
fn trap_15_snapshots_and_restores_of_hostile_names_by_atd_as_root() {
    restored(Account::Root);
}

#[test]
fn trap_15_snapshots_and_restores_of_hostile_names_by_atd_of_an_unprivileged_control() {
    restored(Account::Jobs);
}

#[test]
fn trap_26_killed_between_the_queue_and_the_catalogue_a_restore_is_done_once() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let target = target(&scene);
    let atd = scene.inside.start_atd();
    let snapshot = scene.define_now("shop");
    scene.once().success();
    scene.wait_until_taken_once(&[snapshot], 0);
    drop(atd);
    define(&scene, snapshot, "shop", "now");
    scene.die_at(Step::AtJobSubmitted);
    assert_eq!(scene.queue().len(), 1);
    assert_eq!(
        scene.sql("SELECT status FROM restore_definition"),
        "WAITING"
    );
    scene.once().success();
    scene.once().success();
    assert_eq!(scene.queue().len(), 1);
    assert_eq!(
        scene.sql("SELECT status FROM restore_definition"),
        "DEFINED"
    );
    // A second job, as of a control that was killed, finds the restore claimed.
    let job = scene.queue().remove(0);
    let saved = scene.save(&job);
    scene.machine(&format!("at now < /var/spool/cron/atjobs/{}", job.file));
    let _atd = scene.inside.start_atd();
    wait_until_restored_once(&scene, 1);
    // And so does one that comes when all is over.
    scene.machine(&format!("at now < {saved}"));
    wait_until_restored_once(&scene, 1);
    assert_eq!(content(&target, "shop"), content(&scene.node, "shop"));

    define_second(&scene);
    scene.once().success();
    assert_eq!(scene.queue().len(), 1);
    scene
        .shell(&["delete_restore_definition_id", "2"])
        .success();
    scene.once().success();
    assert_eq!(scene.queue(), [], "a deleted restore leaves the queue");
}

/// Another restore of the same backup, tomorrow and under another name.
fn define_second(scene: &Scene) {
    let done = scene.shell(&[
        "register_restore_definition",
        "now + 1 day",
        "1",
        "2",
        "shop2",
        "",
        "",
        "all",
    ]);
    done.success();
}
