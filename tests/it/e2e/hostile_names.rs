//! Trap 15: hostile names are not bad input.

use std::path::Path;

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};

use super::scene::{Scene, content, identifier, restore, verify};
use crate::cron::HOSTILE_NAMES;

/// 63 bytes, the longest name there is, of characters that take two each but the first.
fn longest_name() -> String {
    format!("x{}", "ž".repeat(31))
}

#[test]
fn trap_15_hostile_names_work_from_registration_through_cron_to_a_restored_database() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new();
    let node = Cluster::private(Version::Installed);
    let longest = longest_name();
    let names: Vec<&str> = HOSTILE_NAMES
        .into_iter()
        .chain([longest.as_str()])
        .collect();
    let registered = scene.register_node(&node);
    for (number, name) in names.iter().enumerate() {
        // The owner has the database's name; a prefix of it is another role, which the database does not need.
        let (name, literal) = (identifier(name), name.replace('\'', "''"));
        node.psql_script(
            "postgres",
            &format!("CREATE ROLE {name};\nCREATE DATABASE {name} OWNER {name};\nCREATE ROLE prefix_{number};\n"),
        );
        let dbname = names[number];
        node.psql(
            dbname,
            &format!("CREATE TABLE {name} AS SELECT '{literal}' AS \"the name\""),
        );
        node.psql(dbname, &format!("ALTER TABLE {name} OWNER TO {name}"));
        scene
            .define(&registered, &selected(dbname), "FULL")
            .success();
    }

    let backups = scene.wait_for_backups(names.len());

    let target = Cluster::private(Version::Installed);
    for (backup, name) in backups.iter().zip(&names) {
        assert_eq!(backup["dbname"], *name);
        verify(backup);
        restore(backup, &target);
        assert_eq!(content(&target, name), content(&node, name), "{name:?}");
    }
    let unneeded = target.psql(
        "postgres",
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'prefix%'",
    );
    assert_eq!(unneeded, "0");
    assert!(!Path::new("/x").exists(), "a part of a name was run");
}

/// The name as one member of a list of databases: in double quotes, which are doubled inside.
fn selected(name: &str) -> String {
    identifier(name)
}
