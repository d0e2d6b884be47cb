//! What the software is for.

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::scene::{Scene, content, one_of_each, restore, verify};

/// A database with an owner, a grantee, a setting, rows and a large object.
const SHOP: &str = "
    CREATE ROLE shop_owner LOGIN;
    CREATE ROLE shop_reader;
    CREATE DATABASE shop OWNER shop_owner;
    ALTER DATABASE shop SET work_mem = '8MB';
    \\c shop
    SET ROLE shop_owner;
    CREATE SCHEMA stock;
    CREATE TABLE stock.item (id int PRIMARY KEY, name text NOT NULL);
    INSERT INTO stock.item SELECT n, 'item ' || n FROM generate_series(1, 1000) AS n;
    GRANT SELECT ON stock.item TO shop_reader;
    SELECT lo_from_bytea(0, 'a large object');
";

#[test]
fn a_registered_definition_becomes_a_verified_backup_that_the_shell_shows() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new();
    let nodes = one_of_each();
    for node in &nodes {
        node.psql_script("postgres", SHOP);
        let name = scene.register_node(node);
        let said = scene.define(&name, "shop", "FULL").success();
        assert!(
            said.contains("[Done] Backup definition for dbname: shop created."),
            "{said}"
        );
    }
    scene.wait_for_jobs(nodes.len());

    let backups = scene.wait_for_backups(nodes.len());

    assert_eq!(
        scene.show(&["show_jobs_queue"]).as_array().map(Vec::len),
        Some(0)
    );
    for (backup, node) in backups.iter().zip(&nodes) {
        verify(backup);
        assert_eq!(
            backup["pgsql_node_release"]
                .as_str()
                .map(|text| text.starts_with(&node.version().to_string())),
            Some(true),
            "{backup:#}"
        );
        let target = Cluster::private(node.version());
        restore(backup, &target);
        assert_eq!(
            content(&target, "shop"),
            content(node, "shop"),
            "of version {}",
            node.version()
        );
        shown(&scene, backup);
    }
}

/// Catalogue and details of the backup, as the shell shows them.
fn shown(scene: &Scene, backup: &serde_json::Value) {
    let definition = backup["def_id"].to_string();
    let catalogue = scene.show(&[
        "show_backup_catalog",
        "all",
        "all",
        "shop",
        &definition,
        "SUCCEEDED",
    ]);
    let oldest = catalogue
        .as_array()
        .and_then(|rows| rows.last())
        .expect("at least one backup");
    assert_eq!(
        oldest["bck_id"]
            .as_str()
            .map(|id| id.trim_start_matches('0').to_owned()),
        Some(backup["bck_id"].to_string())
    );
    assert_eq!(oldest["backup_server"], Sandbox::BACKUP_SERVER);
    assert_eq!(oldest["execution"], "CRON");
    let details = scene.show(&["show_backup_details", &backup["bck_id"].to_string()]);
    let text = details.to_string();
    for column in [
        "pg_dump_file",
        "pg_dump_roles_file",
        "pg_dump_dbconfig_file",
    ] {
        let file = backup[column].as_str().unwrap();
        assert!(text.contains(file), "{file} is not in {text}");
    }
}

#[test]
fn every_code_is_taken_by_cron() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new();
    let node = Cluster::private(Version::Installed);
    node.psql_script("postgres", SHOP);
    let name = scene.register_node(&node);
    for code in ["FULL", "SCHEMA", "DATA", "RDS"] {
        scene.define(&name, "shop", code).success();
    }
    scene.define(&name, "", "CLUSTER").success();

    let backups = scene.wait_for_backups(5);

    for backup in &backups {
        verify(backup);
    }
    for backup in &backups {
        let columns = [
            "pg_dump_file",
            "pg_dump_roles_file",
            "pg_dump_dbconfig_file",
        ];
        let parts =
            columns.map(|column| backup[column].as_str().is_some_and(|path| !path.is_empty()));
        let file = backup["pg_dump_file"].as_str().unwrap();
        let roles_and_settings = !file.contains("-cRDS-") && !file.contains("-cCLUSTER-");
        assert_eq!(
            parts,
            [true, roles_and_settings, roles_and_settings],
            "{backup:#}"
        );
    }
    // The whole cluster, restored on an empty one, has the database.
    let target = Cluster::private(Version::Installed);
    let archive = std::fs::read(backups[4]["pg_dump_file"].as_str().unwrap()).unwrap();
    let mut gzip = std::process::Command::new("gzip");
    let sql = run_through(gzip.arg("-dc"), &archive);
    let without_superuser = sql.replace("CREATE ROLE postgres;\n", "");
    assert_ne!(sql, without_superuser);
    target.psql_script("postgres", &without_superuser);
    assert_eq!(content(&target, "shop"), content(&node, "shop"));
}

fn run_through(command: &mut std::process::Command, input: &[u8]) -> String {
    pgbackman_tests::sandbox::run(command, input, super::scene::DEADLINE).success()
}
