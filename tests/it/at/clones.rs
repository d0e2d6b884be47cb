//! A database is cloned to another node: snapshot and restore by themselves, through real `atd`.

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene};

/// `status|reason` of a clone by its target's name.
fn standing(scene: &Scene, target_dbname: &str) -> String {
    scene.sql(&format!(
        "SELECT \"Status\" || '|' || coalesce(\"Reason\", '') FROM show_clones WHERE \"Target DBname\" = '{target_dbname}'"
    ))
}

#[test]
fn a_clone_becomes_a_database_of_the_other_node_by_itself() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    scene.node.psql_script(
        "postgres",
        "CREATE ROLE shop_rw LOGIN;\nCREATE DATABASE doomed;\nALTER DATABASE shop OWNER TO shop_rw;\n\
         ALTER DATABASE shop SET work_mem TO '7MB';",
    );
    scene.node.psql_script(
        "shop",
        "CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) AS n;\nALTER TABLE orders OWNER TO shop_rw;",
    );
    let target = Cluster::private(Version::Installed);
    target.psql("postgres", "CREATE DATABASE \"Shop $copy\"");
    target.psql("Shop $copy", "CREATE TABLE what_was_before (n int)");
    scene.sql(&format!(
        "SELECT register_pgsql_node('{}', '', {}, '{}', 'RUNNING', '')",
        target.socket_dir().display(),
        target.port(),
        Cluster::SUPERUSER,
    ));
    for command in [
        "clone_database 1 shop 2 'Shop $copy' now 1 '' 'Shop before'",
        "clone_database 1 shop 2 second now 1 '--no-owner'",
        "clone_database 1 doomed 2 third now 1 ''",
    ] {
        scene.sandbox.shell(command).success();
    }
    assert_eq!(standing(&scene, "second"), "SNAPSHOT WAITING|");
    scene.node.psql("postgres", "DROP DATABASE doomed");

    let _atd = scene.inside.start_atd();
    let _control = scene.control(&[]);
    for name in ["Shop $copy", "second"] {
        wait::until(DEADLINE, format!("the clone {name}"), || {
            let standing = standing(&scene, name);
            assert!(
                !standing.starts_with("ERROR"),
                "{name}: {standing}\n{}",
                scene.sandbox.log()
            );
            standing.starts_with("SUCCEEDED|").then_some(())
        });
        let count = target.psql(name, "SELECT count(*) FROM orders");
        assert_eq!(count.trim(), "1000", "{name}");
    }
    // As it was: owner, settings, roles; and what was there before is there under its new name.
    let owner = |database: &str| {
        let sql = "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'";
        target.psql(database, sql)
    };
    assert_eq!(owner("Shop $copy").trim(), "shop_rw");
    assert_eq!(owner("second").trim(), "postgres");
    assert_eq!(target.psql("Shop $copy", "SHOW work_mem").trim(), "7MB");
    let before = target.psql("Shop before", "SELECT count(*) FROM what_was_before");
    assert_eq!(before.trim(), "0");

    wait::until(DEADLINE, "the clone that cannot be", || {
        let standing = standing(&scene, "third");
        standing
            .starts_with("ERROR|The snapshot failed: ")
            .then_some(())
    });
    assert!(
        standing(&scene, "third").contains("doomed"),
        "{}",
        standing(&scene, "third")
    );
    // Both clones of shop came from one snapshot.
    let snapshots =
        scene.sql("SELECT count(DISTINCT snapshot_id) FROM clone_definition WHERE dbname = 'shop'");
    assert_eq!(snapshots.trim(), "1");
}
