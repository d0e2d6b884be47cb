//! Definitions after their registration: changed, moved, deleted, and what is said of them.

use serde_json::Value;

use super::fleet::{Fleet, quote, register};

/// `update_backup_definition` of definition 1 with these values by their place; the rest stays as it is.
fn update(others: &[(usize, &str)]) -> String {
    let mut words = [""; 11];
    words[0] = "1";
    for (position, value) in others {
        words[*position] = value;
    }
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    format!("update_backup_definition {}", quoted.join(" "))
}

/// A fleet with definition 1, of `shop`.
fn with_definition() -> Fleet {
    let fleet = Fleet::with_databases(&["shop"]);
    let fixed = [(4, "7"), (5, "3"), (13, "-T Log"), (15, "Taken as typed")];
    fleet.shell(&register("shop", &fixed));
    fleet
}

const DEFINITION: &str = "SELECT concat_ws(' ', minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron, \
    backup_code, retention_period, retention_redundancy, extra_backup_parameters, job_status, remarks) \
    FROM backup_definition ORDER BY def_id";

#[test]
fn trap_16_an_update_is_checked_like_a_registration() {
    let fleet = with_definition();
    let before = fleet.query(DEFINITION);
    fleet.query("DELETE FROM job_queue");
    for (position, value) in [
        (1, "99"),
        (1, "5/15"),
        (1, "1\n* * * * * root touch /tmp/x"),
        (1, "99 77 foo"),
        (2, "24"),
        (3, "0"),
        (4, "foo"),
        (5, "8"),
        (5, "mon\r"),
        (6, "7 moons"),
        (6, "-1 day"),
        (7, "-1"),
        (9, "DELETED"),
    ] {
        let said = fleet.refused(&update(&[(position, value)]));
        assert!(said.contains("allowed"), "{value:?}: {said}");
    }
    for parameters in ["--file=/etc/passwd", "--roles-only", "-j4 ; id"] {
        let said = fleet.refused(&update(&[(8, parameters)]));
        assert!(said.contains("refused"), "{parameters}: {said}");
    }
    assert_eq!(fleet.query(DEFINITION), before);
    assert_eq!(fleet.query("SELECT count(*) FROM job_queue"), "0");
}

#[test]
fn trap_16b_an_interval_without_a_unit_would_be_seconds_and_is_refused() {
    let fleet = with_definition();
    let before = fleet.query(DEFINITION);
    for value in ["7", " 7 ", "7.5", "+7", "00"] {
        for command in [
            update(&[(6, value)]),
            register("shop", &[(11, value)]),
            format!("update_pgsql_node_config 1 retention_period='{value}'"),
        ] {
            let said = fleet.refused(&command);
            assert!(said.contains("with a unit"), "{command}: {said}");
        }
    }
    assert_eq!(fleet.query(DEFINITION), before);
    for (value, means) in [
        ("7d", "7 days"),
        ("1:00", "01:00:00"),
        ("1-2", "1 year 2 mons"),
    ] {
        fleet.shell(&update(&[(6, value)]));
        assert_eq!(
            fleet.query("SELECT retention_period FROM backup_definition"),
            means
        );
    }
}

#[test]
fn trap_18_an_update_to_a_line_that_is_too_long_for_cron_is_refused() {
    let fleet = with_definition();
    let before = fleet.query(DEFINITION);
    // Each % takes two bytes in a crontab.
    let said = fleet.refused(&update(&[(
        8,
        &format!("--exclude-table={}", "%".repeat(450)),
    )]));
    assert!(said.contains("998") && said.contains("shop"), "{said}");
    assert_eq!(fleet.query(DEFINITION), before);
    fleet.shell(&update(&[(
        8,
        &format!("--exclude-table={}", "x".repeat(450)),
    )]));
}

#[test]
fn an_update_changes_what_is_given_and_the_crontab_follows() {
    let fleet = with_definition();
    fleet.query("DELETE FROM job_queue");
    assert_eq!(
        fleet.shell(&update(&[
            (2, "4-6"),
            (8, "#empty#"),
            (10, "Two\nlines, 100%")
        ])),
        "[Done] Backup definition DefID: 1 updated.\n"
    );
    assert_eq!(
        fleet.query(DEFINITION),
        "7 4-6 * * * FULL 7 days 1  ACTIVE Two\nlines, 100%"
    );
    assert_eq!(fleet.query("SELECT count(*) FROM job_queue"), "1");
}

#[test]
fn trap_16a_moving_says_how_many_and_none_is_an_error() {
    let fleet = Fleet::with_databases(&["a", "b", "c"]);
    fleet.shell("register_backup_server backup02 example.net ''");
    fleet.shell(&register("a,b,c", &[]));
    fleet.query("DELETE FROM job_queue");
    let on_servers = || {
        fleet.query(
            "SELECT string_agg(backup_server_id::text, ',' ORDER BY dbname) FROM backup_definition",
        )
    };
    for nothing in [
        "move_backup_definition 1 2 all A ''",
        "move_backup_definition 1 2 all all 99",
        "move_backup_definition 2 1 all all ''",
        "move_backup_definition 1 2 1 a 2",
        "move_backup_definition 1 1 all all ''",
        "move_backup_definition 1 2 nowhere all ''",
    ] {
        let output = fleet.sandbox.shell(nothing);
        assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{nothing}");
        assert!(output.stderr.contains("[ERROR]"), "{}", output.stderr);
    }
    assert_eq!(on_servers(), "1,1,1");
    assert_eq!(fleet.query("SELECT count(*) FROM job_queue"), "0");

    let said = fleet.shell("move_backup_definition 1 2 all a,c ''");
    assert_eq!(
        said,
        "[Done] Moving backup definitions from backup server [backup01.example.net] to backup server \
         [backup02.example.net]\n[Done] 2 backup definitions moved.\n[WARNING]: pgbackman_control on backup server \
         backup02.example.net has never run: no backup runs there until the daemon runs (show_daemons).\n"
    );
    assert_eq!(on_servers(), "2,1,2");
    assert_eq!(
        fleet.query("SELECT string_agg(backup_server_id::text, ',' ORDER BY 1) FROM job_queue"),
        "1,2",
        "both servers' crontabs follow"
    );
    let said = fleet.shell("move_backup_definition 1 2 1 all ''");
    assert!(
        said.contains("[Done] 1 backup definition moved.\n"),
        "{said}"
    );
    assert_eq!(on_servers(), "2,2,2");
}

#[test]
fn trap_16a_definitions_that_move_where_one_is_already_stay_all_together() {
    let fleet = Fleet::with_databases(&["a", "b"]);
    fleet.shell("register_backup_server backup02 example.net ''");
    let fixed = [(4, "1"), (5, "2")];
    fleet.shell(&register("a,b", &fixed));
    fleet.shell(&register("b", &[(0, "2"), (4, "1"), (5, "2")]));
    let said = fleet.refused("move_backup_definition 1 2 all all ''");
    assert!(said.contains("already exists"), "{said}");
    assert_eq!(
        fleet.query(
            "SELECT string_agg(backup_server_id::text, ',' ORDER BY def_id) FROM backup_definition"
        ),
        "1,1,2"
    );
}

#[test]
fn trap_16a_statistics_of_a_node_are_the_nodes_and_every_empty_catalogue_is_listed() {
    let fleet = Fleet::with_databases(&["a", "b", "c"]);
    fleet.shell("register_backup_server backup02 example.net ''");
    fleet.shell("register_pgsql_node pg-node02 example.net 5432 postgres RUNNING ''");
    fleet.shell(&register("a,b,c", &[]));
    fleet.shell("move_backup_definition 1 2 all a ''");
    let one = |command: &str| -> Value {
        let json = fleet
            .sandbox
            .run("pgbackman", ["-o", "json", "-C", command]);
        let value: Value = serde_json::from_str(&json.success()).unwrap();
        value.as_object().unwrap().values().next().unwrap()[0].clone()
    };
    // Server 2 and node 2 have the number in common only, and so have server 1 and node 1.
    for (id, name, servers, databases) in [
        (1, "[1] 127.0.0.1", "2", "3"),
        (2, "[2] pg-node02.example.net", "0", "0"),
    ] {
        let node = one(&format!("show_pgsql_node_stats {id}"));
        assert_eq!(node["pgsql_node"], name);
        assert_eq!(
            node["backup_servers_running_backups_for_this_node"],
            servers
        );
        assert_eq!(node["different_databases"], databases);
    }
    for (id, name, databases) in [
        (1, "[1] backup01.example.net", "2"),
        (2, "[2] backup02.example.net", "1"),
    ] {
        let server = one(&format!("show_backup_server_stats {id}"));
        assert_eq!(server["backup_server"], name);
        assert_eq!(server["different_databases"], databases);
    }
    let empty = fleet.shell("show_empty_backup_catalogs");
    assert_eq!(
        empty.lines().filter(|line| line.starts_with("| 0")).count(),
        3
    );
}

#[test]
fn trap_16a_a_stopped_node_is_saved_again() {
    let fleet = Fleet::new();
    for _ in 0..2 {
        fleet.shell("update_pgsql_node 1 '' '' STOPPED 'maintenance'");
    }
    assert_eq!(fleet.query("SELECT count(*) FROM pgsql_node_stopped"), "1");
}

/// Two backups of definition 1, one of another definition of the database, and a snapshot with its backup.
fn with_backups() -> Fleet {
    let fleet = with_definition();
    fleet.shell(&register("shop", &[(4, "1"), (5, "1"), (9, "SCHEMA")]));
    fleet.query(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, status)
             VALUES (1, 1, 'shop', now(), 'FULL', 'DEFINED');
         INSERT INTO backup_catalog (
             def_id, snapshot_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration,
             pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file, pg_dump_dbconfig_file,
             pg_dump_dbconfig_log_file, manifest_file, global_log_file, execution_status, execution_method
         )
         SELECT def_id, snapshot_id, 1, 1, 1, 'shop', now(), now(), interval '1 s', '/srv/d' || n, '/srv/dl' || n,
             '/srv/r' || n, '/srv/rl' || n, '/srv/c' || n, '/srv/cl' || n, '/srv/m' || n, '/log', 'SUCCEEDED', method
         FROM (VALUES (1, NULL, 1, 'CRON'), (1, NULL, 2, 'CRON'), (2, NULL, 3, 'CRON'), (NULL, 1, 4, 'AT'))
             AS rows (def_id, snapshot_id, n, method)",
    );
    fleet
}

/// What the catalogue has of the database: definitions, backups by their files, snapshots, and files that wait.
fn counted(fleet: &Fleet) -> String {
    fleet.query(
        "SELECT concat_ws(' ',
             (SELECT string_agg(def_id::text, ',' ORDER BY def_id) FROM backup_definition),
             (SELECT string_agg(pg_dump_file, ',' ORDER BY bck_id) FROM backup_catalog),
             (SELECT string_agg(snapshot_id::text, ',') FROM snapshot_definition),
             (SELECT string_agg(concat_ws('+', pg_dump_file, pg_dump_log_file, pg_dump_roles_file,
                  pg_dump_roles_log_file, pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, manifest_file), ','
                  ORDER BY del_id) FROM catalog_entries_to_delete))",
    )
}

#[test]
fn a_refused_deletion_shows_the_databases_message_and_changes_nothing() {
    let fleet = with_backups();
    let before = counted(&fleet);
    for command in [
        "delete_backup_definition_id 1",
        "delete_backup_definition_id 1 n",
        "delete_backup_definition_dbname 1 shop",
    ] {
        let output = fleet.sandbox.shell(command);
        assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{command}");
        let said = &output.stderr;
        assert!(
            said.starts_with("[ERROR]: Could not delete this backup job definition\n"),
            "{said}"
        );
        assert!(
            said.contains(
                "MESSAGE: update or delete on table \"backup_definition\" violates foreign key constraint \
                 \"backup_catalog_def_id_fkey\" on table \"backup_catalog\"\n\
                 DETAIL : Key (def_id)=(1) is still referenced from table \"backup_catalog\".\n"
            ),
            "{said}"
        );
    }
    for wrong in [
        "delete_backup_definition_id 1 forced",
        "delete_backup_definition_id 99 force-deletion",
        "delete_backup_definition_id '' force-deletion",
        "delete_backup_definition_dbname 1 Shop force-deletion",
        "delete_backup_definition_dbname 1 all force-deletion",
        "delete_backup_definition_dbname 1 '*' force-deletion",
        "delete_backup_definition_dbname 1 '' force-deletion",
        "delete_backup_definition_dbname 9 shop force-deletion",
    ] {
        assert!(fleet.refused(wrong).contains("[ERROR]"), "{wrong}");
    }
    assert_eq!(counted(&fleet), before);
}

#[test]
fn a_forced_deletion_queues_the_files_and_leaves_snapshots_and_other_definitions() {
    let fleet = with_backups();
    let files = |number| {
        ["d", "dl", "r", "rl", "c", "cl", "m"]
            .map(|part| format!("/srv/{part}{number}"))
            .join("+")
    };
    assert_eq!(counted(&fleet), "1,2 /srv/d1,/srv/d2,/srv/d3,/srv/d4 1");
    assert_eq!(
        fleet.shell("delete_backup_definition_id 1 force-deletion"),
        "[Done] Backup definition for DefID: 1 deleted with force.\n"
    );
    assert_eq!(
        counted(&fleet),
        format!("2 /srv/d3,/srv/d4 1 {},{}", files(1), files(2))
    );
}

#[test]
fn a_forced_deletion_by_database_takes_all_its_definitions_on_every_server() {
    let fleet = with_backups();
    fleet.shell("register_backup_server backup02 example.net ''");
    fleet.shell("move_backup_definition 1 2 all all 2");
    fleet.query("INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) VALUES (1, 1, 'Shop', 'FULL', 'ACTIVE')");
    assert_eq!(
        fleet.shell("delete_backup_definition_dbname 127.0.0.1 shop force-deletion"),
        "[Done] Backup definition for DBname: shop deleted with force.\n[Done] 2 backup definitions deleted.\n"
    );
    let left = counted(&fleet);
    assert!(left.starts_with("3 /srv/d4 1 /srv/d1+"), "{left}");
    assert_eq!(
        fleet.query("SELECT count(*) FROM catalog_entries_to_delete"),
        "3"
    );
}

#[test]
fn a_definition_whose_backup_a_restore_needs_is_not_deleted_by_force() {
    let fleet = with_backups();
    fleet.query(
        "INSERT INTO restore_definition (bck_id, backup_server_id, target_pgsql_node_id, target_dbname, at_time, status)
         VALUES (2, 1, 1, 'copy', now() + interval '1 day', 'WAITING')",
    );
    let before = counted(&fleet);
    for command in [
        "delete_backup_definition_id 1 force-deletion",
        "delete_backup_definition_dbname 1 shop force-deletion",
    ] {
        let said = fleet.refused(command);
        assert!(
            said.contains("needed by a restore") && said.contains("RestoreDef: 1."),
            "{said}"
        );
    }
    assert_eq!(counted(&fleet), before);
    // The other definition's backup is not needed.
    fleet.shell("delete_backup_definition_id 2 force-deletion");
    fleet.query("UPDATE restore_definition SET status = 'ERROR'");
    fleet.shell("delete_backup_definition_id 1 force-deletion");
}
