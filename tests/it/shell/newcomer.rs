//! What somebody who meets the product for the first time must be told: which settings have no effect, what became of what was
//! run once, what is being deleted.

use pgbackman_tests::sandbox::run;

use super::fleet::Fleet;
use super::scene;

#[test]
fn f25_a_default_that_changes_no_node_says_so() {
    let fleet = Fleet::new();
    let said = fleet.shell(
        "update_pgsql_node_config 1 admin_user=nobody9 pgport=9999 pgsql_node_status=STOPPED domain=example.com",
    );
    assert!(
        said.starts_with("[Done] Configuration parameters for NodeID: 1 updated.\n"),
        "{said}"
    );
    let port = format!("PgSQL node 1 keeps the port [{}]", fleet.node.port());
    for kept in [
        "keeps the admin user [postgres]",
        "keeps the status [RUNNING]",
        "keeps the domain",
        &port,
    ] {
        assert!(said.contains(kept), "{kept}: {said}");
    }
    assert_eq!(said.matches("[WARNING]: ").count(), 4, "{said}");
    assert_eq!(
        said.matches("update_pgsql_node changes the node.").count(),
        3,
        "{said}"
    );
    // It says so each time, and not of what does have an effect.
    let again = fleet.shell("update_pgsql_node_config 1 pgport=9999 retention_redundancy=2");
    assert_eq!(again.matches("[WARNING]: ").count(), 1, "{again}");
    let server = fleet.shell("update_backup_server_config 1 domain=example.com time_zone=UTC");
    assert!(
        server.contains("keeps the domain [example.net]"),
        "{server}"
    );
    assert_eq!(server.matches("[WARNING]: ").count(), 1, "{server}");
}

#[test]
fn f25_json2_says_how_what_was_run_once_ended() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE backup_catalog SET execution_status = 'ERROR', error_message = 'The disk is full' WHERE bck_id = 1001");
    fleet.query(
        "UPDATE restore_catalog SET execution_status = 'ERROR', error_message = 'The disk is full'",
    );
    for list in [
        "show_snapshot_definitions all all all",
        "show_restore_definitions all all all",
    ] {
        let output = fleet
            .sandbox
            .run("pgbackman", ["-o", "json2", "-C", list])
            .stdout;
        assert_eq!(
            output
                .matches(r#""status": "ERROR", "problem": "The disk is full""#)
                .count(),
            1,
            "{output}"
        );
        assert_eq!(
            output
                .matches(r#""status": "DEFINED", "problem": null"#)
                .count(),
            1,
            "{output}"
        );
        let json = fleet
            .sandbox
            .run("pgbackman", ["-o", "json", "-C", list])
            .stdout;
        assert!(!json.contains("The disk is full"), "{json}");
    }
    fleet.query("UPDATE backup_catalog SET execution_status = 'SUCCEEDED', error_message = NULL WHERE bck_id = 1001");
    let list = "show_snapshot_definitions all all all";
    let output = fleet
        .sandbox
        .run("pgbackman", ["-o", "json2", "-C", list])
        .stdout;
    assert_eq!(
        output
            .matches(r#""status": "SUCCEEDED", "problem": null"#)
            .count(),
        1,
        "{output}"
    );
}

#[test]
fn f25_a_snapshots_tag_is_in_its_table() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE snapshot_definition SET remarks = 'Before the upgrade'");
    let list = "show_snapshot_definitions all all all";
    let table = fleet.shell(list);
    assert_eq!(table.matches("Before the upgrade").count(), 2, "{table}");
    let json = fleet
        .sandbox
        .run("pgbackman", ["-o", "json", "-C", list])
        .stdout;
    assert!(!json.contains("Before the upgrade"), "{json}");
}

#[test]
fn f25_a_backup_that_is_being_deleted_is_refused_by_its_answer_and_marked() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE backup_catalog SET execution_status = 'SUCCEEDED' WHERE bck_id = 1");
    fleet.query("UPDATE backup_catalog SET deleting_since = now() WHERE bck_id = 1");
    let refused = fleet.refused("register_restore_definition now 1 1 shop2 ''");
    assert!(
        refused.contains("Backup 1 cannot be restored: it is being deleted since"),
        "{refused}"
    );
    assert!(!refused.contains("[OK]"), "{refused}");
    let list = "show_backup_catalog all all all all all";
    let table = fleet.shell(list);
    assert_eq!(
        table.matches("SUCCEEDED, being deleted").count(),
        1,
        "{table}"
    );
    let json = fleet
        .sandbox
        .run("pgbackman", ["-o", "json", "-C", list])
        .stdout;
    assert!(!json.contains("being deleted"), "{json}");
}

#[test]
fn f25_delete_backup_names_what_it_deletes_before_it_asks() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE backup_catalog SET execution_status = 'SUCCEEDED' WHERE bck_id = 1");
    fleet.query("UPDATE backup_catalog SET execution_status = 'ERROR' WHERE bck_id = 1001");
    let answer = |text: &str| {
        run(
            &mut fleet.sandbox.command("pgbackman"),
            text.as_bytes(),
            std::time::Duration::from_secs(60),
        )
        .stdout
    };
    let said = answer("delete_backup\n1\nno\n");
    let question = said.find("Are you sure").unwrap();
    for line in [
        "DBname: shop",
        "PgSQL node: [2] pg-node02.example.net",
        "Finished: ",
        "Size: ",
        "Status: SUCCEEDED",
        "[WARNING]: This is the only usable backup",
    ] {
        assert!(
            said.find(line).is_some_and(|at| at < question),
            "{line}: {said}"
        );
    }
    fleet.query("UPDATE backup_catalog SET execution_status = 'SUCCEEDED' WHERE bck_id = 1001");
    let said = answer("delete_backup\n1\nno\n");
    assert!(!said.contains("[WARNING]"), "{said}");
    let said = answer("delete_backup\n99\nyes\n");
    assert!(!said.contains("Are you sure"), "{said}");
    let refused = fleet.refused("delete_backup 99");
    assert_eq!(refused.lines().count(), 1, "{refused}");
    assert!(refused.contains("Backup [99] does not exist"), "{refused}");
}
