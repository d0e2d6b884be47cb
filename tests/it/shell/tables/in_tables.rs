//! What tables show besides what CSV and JSON have (first day, 19 and 22), and schedules that never run.

use crate::shell::fleet::{Fleet, register};
use crate::shell::scene;

/// The lines of a list's rows.
fn rows(table: &str) -> Vec<&str> {
    let lines = table.lines().filter(|line| line.starts_with('|'));
    lines.skip(1).collect()
}

#[test]
fn f19_two_nodes_of_one_name_are_shown_with_their_ports() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    let list = "show_backup_definitions all all all";
    let before = fleet.shell(list);
    assert!(before.contains("| pg-node02.example.net |"), "{before}");
    fleet.shell("register_pgsql_node pg-node02 example.net 5433 '' STOPPED ''");
    let lists = [
        list,
        "show_backup_catalog all all all all all",
        "show_restore_catalog all all all",
        "show_restore_definitions all all all",
        "show_snapshot_definitions all all all",
        "show_empty_backup_catalogs",
        "show_clones all all all",
        "show_backup_details 1",
        "show_alerts all all all",
        "show_disk_space all",
    ];
    for list in lists {
        let table = fleet.shell(list);
        assert!(
            table.contains("pg-node02.example.net:5432"),
            "{list}: {table}"
        );
        for format in ["csv", "json"] {
            let output = fleet.sandbox.run("pgbackman", ["-o", format, "-C", list]);
            assert!(
                output.stdout.contains("pg-node02.example.net")
                    && !output.stdout.contains("pg-node02.example.net:5432"),
                "{list}: {}",
                output.stdout
            );
        }
    }
}

#[test]
fn f19_tables_show_remarks_times_as_all_others_and_how_what_is_done_ended() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE backup_definition SET remarks = 'Before the move'");
    for list in [
        "show_backup_definitions all all all",
        "show_backup_details 1",
    ] {
        let table = fleet.shell(list);
        assert!(table.contains("Before the move"), "{table}");
        let output = fleet.sandbox.run("pgbackman", ["-o", "json", "-C", list]);
        assert!(
            !output.stdout.contains("Before the move"),
            "{}",
            output.stdout
        );
    }
    for (list, done) in [
        ("show_snapshot_definitions all all all", "SUCCEEDED"),
        ("show_restore_definitions all all all", " ERROR "),
    ] {
        let table = fleet.shell(list);
        let rows = rows(&table);
        assert_eq!(rows.len(), 2, "{table}");
        assert!(rows.iter().any(|row| row.contains(done)), "{table}");
        assert!(rows.iter().any(|row| row.contains("DEFINED")), "{table}");
        // Registered, and when at runs it.
        assert!(
            rows.iter().all(|row| row.matches("+00:00 ").count() == 2),
            "{table}"
        );
        let output = fleet.sandbox.run("pgbackman", ["-o", "csv", "-C", list]);
        assert_eq!(
            output.stdout.matches("DEFINED").count(),
            2,
            "{}",
            output.stdout
        );
        assert!(!output.stdout.contains("SUCCEEDED"), "{}", output.stdout);
    }
}

#[test]
fn f19_a_pinned_backup_that_is_also_the_newest_shows_until_when_it_is_kept() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    fleet.query("UPDATE backup_catalog SET execution_status = 'SUCCEEDED' WHERE bck_id = 1");
    fleet.shell("keep_backup 1 '2036-02-28 00:00Z' 'the audit'");
    let table = fleet.shell("show_retention 1");
    assert!(
        table.contains("when newer ones have come, not before 2036-02-28 00:00:00+00:00"),
        "{table}"
    );
}

#[test]
fn f19_a_schedule_that_never_comes_is_a_warning() {
    let fleet = Fleet::with_databases(&["shop"]);
    let never = "[WARNING]: The schedule 0 0 31 2 * never runs: no date matches it.";
    let days = [(4, "0"), (5, "0"), (6, "31"), (7, "2"), (8, "*")];
    let said = fleet.shell(&register("shop", &days));
    assert!(said.contains(never), "{said}");
    let said = fleet.shell("update_backup_definition 1 month=2,3");
    assert!(!said.contains("[WARNING]"), "{said}");
    let said = fleet.shell("update_backup_definition 1 month=2");
    assert!(said.contains(never), "{said}");
    let said = fleet.shell("update_backup_definition 1 day_month=29");
    assert!(!said.contains("[WARNING]"), "{said}");
}
