//! Refusals in words: what is registered already, what is used, what every constraint means (first day, 15).

use pgbackman_core::catalogue::constraints;
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::{Fleet, register};

/// The tables that commands change, or whose rows keep a command from deleting something.
const TABLES: [&str; 11] = [
    "backup_catalog",
    "backup_definition",
    "backup_server",
    "backup_server_config",
    "clone_definition",
    "job_queue",
    "pgsql_node",
    "pgsql_node_config",
    "restore_definition",
    "run_in_progress",
    "snapshot_definition",
];

#[test]
fn f15_every_constraint_that_a_command_can_meet_has_a_rule() {
    let sandbox = Sandbox::new();
    let rows = sandbox.catalogue().psql(
        "SELECT conname, conrelid::regclass, confrelid::regclass, confdeltype FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x')",
    );
    let mut found = Vec::new();
    for row in rows.lines() {
        let [name, table, referenced, on_delete] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        found.push(name.to_owned());
        if TABLES.contains(&table) {
            assert!(
                constraints::rule(name).is_some(),
                "{name} of {table} has no rule in core::catalogue::constraints"
            );
        } else {
            // What only programs write may keep no command from deleting anything.
            assert!(
                !TABLES.contains(&referenced) || ["c", "n"].contains(&on_delete),
                "{name} of {table} can refuse a deletion: add {table} here, and a rule"
            );
        }
    }
    for name in constraints::names() {
        assert!(found.iter().any(|known| known == name), "{name} is gone");
    }
}

#[test]
fn f15_what_exists_is_refused_in_words_and_takes_no_id() {
    let fleet = Fleet::with_databases(&["shop"]);
    for _ in 0..2 {
        let said = fleet.refused("register_backup_server Backup01.example.net '' ''");
        assert_eq!(
            said,
            "[ERROR]: Could not register this backup server\n[ERROR]: Backup server backup01.example.net is already \
             registered (SrvID 1).\n"
        );
        let said = fleet.refused(&format!(
            "register_pgsql_node 127.0.0.1 '' {} x RUNNING ''",
            fleet.node.port()
        ));
        assert!(said.contains("is already registered (NodeID 1)."), "{said}");
    }
    fleet.shell("register_backup_server backup02.example.net '' ''");
    fleet.shell("register_pgsql_node pg-node02.example.net '' 5432 '' STOPPED ''");
    let ids = fleet
        .query("SELECT max(server_id), (SELECT max(node_id) FROM pgsql_node) FROM backup_server");
    assert_eq!(ids, "2|2");
    let once = register("shop", &[(4, "1"), (5, "1")]);
    fleet.shell(&once);
    let said = fleet.refused(&once);
    assert!(
        said.contains("[ERROR]: Backup definition 1 already backs up shop at the same times"),
        "{said}"
    );
    fleet.shell(&register("shop", &[(4, "2"), (5, "1")]));
    assert_eq!(
        fleet.query("SELECT max(def_id) FROM backup_definition"),
        "2"
    );
    let snapshot =
        "register_snapshot_definition 1 1 shop '' '2036-11-21 22:00Z' FULL '1 day' '' tag ''";
    fleet.shell(snapshot);
    let said = fleet.refused(snapshot);
    assert!(
        said.contains("[ERROR]: Snapshot 1 of shop is already defined for this minute"),
        "{said}"
    );
    // What only the catalogue can refuse is said in words above its own.
    fleet.shell("register_pgsql_node pg-node02 example.net 5433 '' STOPPED ''");
    let said = fleet.refused("update_pgsql_node 2 5433 '' '' ''");
    let (above, below) = said.split_once("EXCEPTION:").unwrap();
    assert!(
        above.contains("[ERROR]: A PgSQL node with this name and port is already registered"),
        "{said}"
    );
    assert!(below.contains("pgsql_node_pkey"), "{said}");
}

#[test]
fn f15_what_is_used_is_named_with_what_to_type() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register("shop", &[(4, "1"), (5, "1")]));
    let used = |command: &str, words: &[&str]| {
        let said = fleet.refused(command);
        let (above, below) = said.split_once("EXCEPTION:").unwrap();
        assert!(
            below.contains("violates foreign key constraint") || below.contains("RESTRICT"),
            "{said}"
        );
        for words in words {
            assert!(above.contains(words), "{words}: {said}");
        }
    };
    used(
        "delete_backup_server 1",
        &[
            "[ERROR]: Backup server backup01.example.net has 1 backup definition. Move its definitions",
            "move_backup_definition from=backup01.example.net to=[server]",
        ],
    );
    used(
        "delete_pgsql_node 1",
        &["has 1 backup definition.", " status=STOPPED"],
    );
    fleet.query(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, global_log_file, execution_status, \
         execution_method) VALUES (1, 1, 1, 'shop', '/l', 'SUCCEEDED', 'CRON')",
    );
    used(
        "delete_backup_definition_id 1",
        &[
            "[ERROR]: Backup definition 1 has 1 backup. Delete it with its backups: delete_backup_definition_id 1 force-deletion; or stop it",
            "update_backup_definition 1 job_status=STOPPED",
        ],
    );
    used(
        "delete_backup_definition_dbname 1 shop",
        &["delete_backup_definition_dbname 127.0.0.1:"],
    );
    used(
        "delete_backup_server 1",
        &["has 1 backup definition and 1 backup."],
    );
    fleet.query(
        "INSERT INTO run_in_progress (run_uuid, def_id, backup_server_id, pgsql_node_id, procpid, started) \
         VALUES (gen_random_uuid(), 1, 1, 1, 4711, now())",
    );
    used(
        "delete_backup_definition_id 1",
        &["A backup of backup definition 1 is running."],
    );
    // What is said can be typed.
    fleet.query("DELETE FROM run_in_progress");
    fleet.shell("update_backup_definition 1 job_status=STOPPED");
    fleet.shell("delete_backup_definition_id 1 force-deletion");
}

#[test]
fn f11_an_fqdn_is_taken_apart() {
    let fleet = Fleet::new();
    let said = fleet.shell("register_backup_server bar1.example.org '' ''");
    assert!(
        said.contains("Backup server bar1.example.org registered."),
        "{said}"
    );
    let said = fleet.shell("register_pgsql_node db1.eu.example.org '' '' '' STOPPED ''");
    assert!(
        said.contains("PgSQL node db1.eu.example.org registered."),
        "{said}"
    );
    // A domain that is given is meant.
    fleet.shell("register_pgsql_node db1.eu example.org 5433 '' STOPPED ''");
    fleet.shell("register_pgsql_node db2.example.org example.org 5433 '' STOPPED ''");
    assert_eq!(
        fleet.query(
            "SELECT hostname, domain_name FROM pgsql_node WHERE node_id > 1 ORDER BY node_id"
        ),
        "db1|eu.example.org\ndb1.eu|example.org\ndb2|example.org"
    );
}
