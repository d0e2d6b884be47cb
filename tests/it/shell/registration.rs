//! `register_backup_definition` against a real node: names, times, limits, and what bad input gets.

use std::collections::BTreeSet;
use std::time::Duration;

use pgbackman_tests::wait;

use super::fleet::{Fleet, quote, register};

const DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn trap_14_a_hostile_name_is_a_name_from_the_line_to_the_row() {
    let name = "inj$(touch /tmp/x)`id`;#'\"%";
    let fleet = Fleet::with_databases(&[name]);
    let in_list = format!("\"{}\"", name.replace('"', "\"\""));
    fleet.shell(&register(&in_list, &[]));
    assert_eq!(fleet.query("SELECT dbname FROM backup_definition"), name);
}

/// Somebody made it in a session of a LATIN1 database: nobody can connect to it under a name in UTF-8.
#[test]
fn b2_a_database_whose_name_is_no_text_hides_no_other_and_is_named() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.node.psql(
        "postgres",
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    fleet.node.psql_script(
        "latin",
        "SET client_encoding TO 'UTF8'; CREATE DATABASE \"b\u{fc}cher\";",
    );
    let done = fleet.shell(&register("#all_databases#", &[]));
    assert!(
        done.contains("[WARNING]: These databases are skipped because their names are not UTF-8")
            && done.contains("[b\\xfccher]"),
        "{done}"
    );
    assert_eq!(
        fleet.query("SELECT string_agg(dbname, ',' ORDER BY dbname) FROM backup_definition WHERE dbname <> 'postgres'"),
        "latin,shop"
    );
}

#[test]
fn trap_15_a_line_is_not_lower_cased() {
    let fleet = Fleet::with_databases(&["Orders", "orders"]);
    let done = fleet.shell(&register("Orders", &[(15, "Keep THIS")]));
    assert_eq!(
        done,
        "[Done] Backup definition for dbname: Orders created.\n"
    );
    assert_eq!(
        fleet.query("SELECT dbname || '|' || remarks FROM backup_definition"),
        "Orders|Keep THIS"
    );
}

#[test]
fn trap_15a_extra_parameters_keep_their_case() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register(
        "shop",
        &[(13, "-T Log --exclude-table-data=\"Big Table\"")],
    ));
    assert_eq!(
        fleet.query("SELECT extra_backup_parameters FROM backup_definition"),
        "-T Log --exclude-table-data=\"Big Table\""
    );
}

#[test]
fn trap_15b_a_name_that_two_nodes_share_needs_the_port() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell("register_pgsql_node 127.0.0.1 '' 1 postgres RUNNING ''");
    let ambiguous = register("shop", &[(1, "127.0.0.1")]);
    let said = fleet.refused(&ambiguous);
    let port = fleet.node.port();
    assert!(
        said.contains("ambiguous") && said.contains(&format!("127.0.0.1:{port} (NodeID 1)")),
        "{said}"
    );
    assert!(said.contains("127.0.0.1:1 (NodeID 2)"), "{said}");
    fleet.shell(&register("shop", &[(1, &format!("127.0.0.1:{port}"))]));
    assert_eq!(
        fleet.query("SELECT pgsql_node_id FROM backup_definition"),
        "1"
    );
}

#[test]
fn trap_16_nothing_that_cron_would_refuse_is_registered() {
    let fleet = Fleet::with_databases(&["shop"]);
    let injected = "1\n* * * * * root touch /tmp/x";
    for (position, value) in [
        (4, "99"),
        (4, "5/15"),
        (4, injected),
        (5, "24"),
        (5, "1 2"),
        (6, "0"),
        (7, "foo"),
        (8, "8"),
        (8, "mon\r"),
        (4, "99 77 foo"),
    ] {
        let said = fleet.refused(&register("shop", &[(position, value)]));
        assert!(said.contains("allowed"), "{said}");
    }
    assert_eq!(fleet.query("SELECT count(*) FROM backup_definition"), "0");
    assert_eq!(fleet.query("SELECT count(*) FROM job_queue"), "0");
}

#[test]
fn trap_18_a_line_that_is_too_long_for_cron_is_refused_before_anything_is_written() {
    let fleet = Fleet::with_databases(&["shop"]);
    // Each % takes two bytes in a crontab.
    let fits_unquoted = format!("--exclude-table={}", "%".repeat(450));
    let said = fleet.refused(&register("shop", &[(13, &fits_unquoted)]));
    assert!(said.contains("998") && said.contains("shop"), "{said}");
    assert_eq!(fleet.query("SELECT count(*) FROM backup_definition"), "0");
    fleet.shell(&register(
        "shop",
        &[(13, &format!("--exclude-table={}", "x".repeat(450)))],
    ));
}

#[test]
fn a_list_is_registered_whole_or_not_at_all() {
    let fleet = Fleet::with_databases(&["a", "b", "c"]);
    let fixed: [(usize, &str); 2] = [(4, "1"), (5, "2")];
    fleet.shell(&register("b", &fixed));
    let said = fleet.refused(&register("a,b,c", &fixed));
    assert!(
        said.contains("None of the 3 backup definitions was created."),
        "{said}"
    );
    assert!(said.contains("already backs up b"), "{said}");
    assert_eq!(
        fleet.query("SELECT string_agg(dbname, ',') FROM backup_definition"),
        "b"
    );
    let said = fleet.refused(&register("a,nowhere", &fixed));
    assert!(
        said.contains("Database [nowhere] does not exist in The PgSQL node [127.0.0.1]"),
        "{said}"
    );
    assert_eq!(fleet.query("SELECT count(*) FROM backup_definition"), "1");
}

#[test]
fn each_of_several_databases_gets_its_own_time_inside_the_nodes_intervals() {
    let fleet = Fleet::new();
    for number in 0..40 {
        fleet.create_database(&format!("db{number}"));
    }
    fleet.shell(
        "update_pgsql_node_config 1 backup_minutes_interval=10-39 backup_hours_interval=22-23",
    );
    fleet.shell(&register("#all_databases#", &[]));
    let times = fleet.query("SELECT minutes_cron || ' ' || hours_cron FROM backup_definition");
    let times: Vec<(u32, u32)> = times
        .lines()
        .map(|line| {
            let (minute, hour) = line.split_once(' ').unwrap();
            (minute.parse().unwrap(), hour.parse().unwrap())
        })
        .collect();
    assert_eq!(times.len(), 41);
    assert!(
        times
            .iter()
            .all(|(minute, hour)| (10..40).contains(minute) && (22..24).contains(hour)),
        "{times:?}"
    );
    assert!(
        times.iter().collect::<BTreeSet<_>>().len() > 10,
        "they are not spread: {times:?}"
    );
    fleet.shell(&register("db1,db2", &[(4, "5"), (5, "6"), (9, "SCHEMA")]));
    assert_eq!(
        fleet.query("SELECT DISTINCT minutes_cron || ' ' || hours_cron FROM backup_definition WHERE backup_code = 'SCHEMA'"),
        "5 6"
    );
}

#[test]
fn special_names_and_exceptions_select_the_nodes_databases() {
    let fleet = Fleet::with_databases(&["shop", "Orders", "scratch"]);
    let dbnames = || {
        fleet.query("SELECT string_agg(dbname, ',' ORDER BY dbname COLLATE \"C\") FROM (SELECT DISTINCT dbname FROM backup_definition) AS d")
    };
    fleet.shell(&register("#all_databases#", &[(3, "scratch,postgres")]));
    assert_eq!(dbnames(), "Orders,shop");
    fleet.shell(&register(
        "#databases_without_backup_definitions#",
        &[(3, "postgres")],
    ));
    assert_eq!(dbnames(), "Orders,scratch,shop");
    fleet.shell(&register("#databases_without_backups#", &[]));
    assert_eq!(dbnames(), "Orders,postgres,scratch,shop");
    let nothing = fleet.shell(&register("#databases_without_backups#", &[]));
    assert!(
        nothing.contains("No backup definition created"),
        "{nothing}"
    );
}

#[test]
fn many_databases_are_one_connection_to_the_node_one_statement_and_one_entry_in_the_queue() {
    let fleet = Fleet::new();
    for number in 0..30 {
        fleet.create_database(&format!("db{number}"));
    }
    fleet
        .node
        .psql("postgres", "ALTER SYSTEM SET log_connections = on");
    fleet.node.psql("postgres", "SELECT pg_reload_conf()");
    // A connection is logged from the moment on in which the server has read its configuration again.
    wait::until(DEADLINE, "the node's log of connections", || {
        fleet.node.psql("postgres", "SELECT 1");
        (connections(&fleet) > 0).then_some(())
    });
    let before = connections(&fleet);
    let done = fleet.shell(&register("#all_databases#", &[(3, "postgres")]));
    assert_eq!(done.lines().count(), 30);
    // One more before PostgreSQL 17: it refuses a session that wants event triggers to be off.
    let opened = connections(&fleet) - before;
    assert!((1..=2).contains(&opened), "{opened}: {}", fleet.node.log());
    assert_eq!(
        fleet.query("SELECT count(DISTINCT registered) || ' ' || count(*) FROM backup_definition"),
        "1 30"
    );
    assert_eq!(fleet.query("SELECT count(*) FROM job_queue"), "1");
}

#[test]
fn databases_that_have_a_definition_already_are_said_when_all_are_registered_again() {
    let fleet = Fleet::new();
    fleet.create_database("other");
    fleet.shell(&register("other", &[(4, "00")]));
    let said = fleet.shell(&register("#all_databases#", &[(3, "postgres")]));
    assert!(
        said.contains("[WARNING]: 1 of these databases already had a backup definition"),
        "{said}"
    );
    let said = fleet.shell(&register("other", &[(4, "0")]));
    assert!(!said.contains("[WARNING]"), "{said}");
}

/// Connections the node has accepted so far, as its log counts them.
fn connections(fleet: &Fleet) -> usize {
    fleet.node.log().matches("connection authorized").count()
}

#[test]
fn a_node_that_does_not_answer_is_named_with_the_reason() {
    let fleet = Fleet::new();
    fleet.shell("register_pgsql_node 127.0.0.1 '' 1 postgres RUNNING ''");
    let said = fleet.refused(&register("shop", &[(1, "2")]));
    assert!(
        said.contains("Could not list the databases of the PgSQL node [127.0.0.1]"),
        "{said}"
    );
    assert!(said.contains("port 1"), "{said}");
    assert_eq!(fleet.query("SELECT count(*) FROM backup_definition"), "0");
}

#[test]
fn a_newline_in_remarks_stays_in_the_row_and_one_in_an_address_is_refused() {
    let fleet = Fleet::with_databases(&["shop"]);
    let remarks = "first\n* * * * * root id";
    fleet.shell(&register("shop", &[(15, remarks)]));
    assert_eq!(
        fleet.query("SELECT remarks FROM backup_definition"),
        remarks
    );
    let said = fleet.refused(&format!(
        "update_pgsql_node_config 1 logs_email={}",
        quote("a@b\n* * * * * root id")
    ));
    assert!(said.contains("e-mail"), "{said}");
}

#[test]
fn b17_an_extension_whose_schema_is_left_out_is_said_when_the_definition_is_registered() {
    let fleet = Fleet::with_databases(&["Orders", "plain"]);
    fleet.node.psql_script(
        "Orders",
        "CREATE SCHEMA \"Sales\"; CREATE EXTENSION hstore SCHEMA \"Sales\";",
    );
    let warned = |extra: &str, code: &str| {
        let said = fleet.shell(&register("#all_databases#", &[(9, code), (13, extra)]));
        assert!(
            said.contains("Backup definition for dbname: Orders created."),
            "{said}"
        );
        let warning = "[WARNING]: Database [Orders]: the archive will contain an extension without its schema";
        assert!(!said.contains("Database [plain]"), "{said}");
        said.contains(warning) && said.contains("hstore in the schema Sales;")
    };
    for (extra, expected) in [
        ("-N '\"Sales\"'", true),
        ("--exclude-schema='\"S\"*'", true),
        ("-n public -e hstore", true),
        ("-e hst*", false),
        ("-N Sales", false),
        ("-n public", false),
        ("-n '\"Sales\"' -e hstore", false),
        ("", false),
    ] {
        assert_eq!(warned(extra, "FULL"), expected, "{extra}");
    }
    assert!(!warned("-N '\"Sales\"'", "DATA"));
    let of_orders = fleet.query("SELECT min(def_id) FROM backup_definition WHERE dbname = 'Orders' AND extra_backup_parameters = ''");
    for (extra, expected) in [
        ("-N '\"Sales\"'", true),
        ("-N '\"Sales\"'", false),
        ("-N Sales", false),
    ] {
        let said = fleet.shell(&format!(
            "update_backup_definition {of_orders} '' '' '' '' '' '' '' {} '' ''",
            quote(extra)
        ));
        assert!(said.contains("updated."), "{said}");
        let warning = "[WARNING]: Database [Orders]: the archive will contain an extension without its schema";
        // What does not change has been said.
        assert_eq!(said.contains(warning), expected, "{extra}: {said}");
    }
    let said = fleet.shell(&format!(
        "register_snapshot_definition 1 1 Orders '' now FULL '1 day' {} tag ''",
        quote("-N '\"Sales\"'")
    ));
    assert!(
        said.contains("[WARNING]: Database [Orders]: the archive will contain"),
        "{said}"
    );
}
