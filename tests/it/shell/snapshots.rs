//! `register_snapshot_definition` against real nodes: names, times, releases.

use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::pty::Pty;

use super::fleet::{Fleet, quote};

/// A registration of node 1 with this database, these parameters by their place, and defaults for the rest.
fn register(dbname: &str, others: &[(usize, &str)]) -> String {
    let mut words = [""; 10];
    words[1] = "1";
    words[2] = dbname;
    for (position, value) in others {
        words[*position] = value;
    }
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    format!("register_snapshot_definition {}", quoted.join(" "))
}

#[test]
fn trap_15_names_tags_and_parameters_are_kept_as_typed() {
    let name = "Inj$(touch /tmp/x)`id`;#'\"%";
    let fleet = Fleet::with_databases(&[name, "orders", "Orders"]);
    let listed = format!("\"{}\",Orders", name.replace('"', "\"\""));
    let done = fleet.shell(&register(
        &listed,
        &[
            (7, "-T Log --exclude-table-data=\"Big Table\""),
            (8, "Keep THIS\n* * * * * root id"),
        ],
    ));
    assert_eq!(done.lines().count(), 2, "{done}");
    assert_eq!(
        fleet.query(
            "SELECT string_agg(dbname, ' and ' ORDER BY snapshot_id) FROM snapshot_definition"
        ),
        format!("{name} and Orders")
    );
    assert_eq!(
        fleet.query(
            "SELECT DISTINCT extra_backup_parameters || '|' || remarks FROM snapshot_definition"
        ),
        "-T Log --exclude-table-data=\"Big Table\"|Keep THIS\n* * * * * root id"
    );
}

#[test]
fn trap_22_a_time_is_of_the_shells_zone_and_the_hours_of_a_clock_change_are_not_guessed() {
    let fleet = Fleet::with_databases(&["shop"]);
    let in_oslo = |time: &str| {
        let mut command = fleet.sandbox.command("pgbackman");
        command
            .env("TZ", "Europe/Oslo")
            .args(["-C", &register("shop", &[(4, time)])]);
        pgbackman_tests::sandbox::run(&mut command, b"", Duration::from_secs(60))
    };
    let said = in_oslo("2033-10-30 02:30").failure();
    for offset in ["02:30:00+02:00", "02:30:00+01:00"] {
        assert!(said.contains(offset), "{said}");
    }
    let said = in_oslo("2033-03-27 02:30").failure();
    assert!(said.contains("does not exist"), "{said}");
    in_oslo("2033-10-30 02:30+01:00").success();
    in_oslo("2033-07-01 02:30:59").success();
    assert_eq!(
        fleet.query(
            "SET TimeZone = 'UTC'; SELECT at_time FROM snapshot_definition ORDER BY at_time"
        ),
        "2033-07-01 00:30:00+00\n2033-10-30 01:30:00+00"
    );
}

#[test]
fn a_release_is_the_nodes_or_a_newer_one() {
    let fleet = Fleet::new();
    let node = Cluster::private(Version::V16);
    node.psql("postgres", "CREATE DATABASE shop");
    fleet.shell(&format!(
        "register_pgsql_node 127.0.0.1 '' {} postgres RUNNING ''",
        node.port()
    ));
    let of_node = |release: &str| register("shop", &[(1, "2"), (9, release)]);
    for release in ["15", "9.6"] {
        let said = fleet.refused(&of_node(release));
        assert!(
            said.contains("runs PostgreSQL 16; write 16 or newer"),
            "{said}"
        );
    }
    // CLUSTER looks at no database.
    let said = fleet.refused(&register("", &[(1, "2"), (5, "CLUSTER"), (9, "15")]));
    assert!(said.contains("runs PostgreSQL 16"), "{said}");
    fleet.shell(&of_node("18"));
    fleet.shell(&register("shop", &[(1, "2"), (4, "now + 2 hours")]));
    assert_eq!(
        fleet.query("SELECT string_agg(coalesce(pg_dump_release, 'own'), ',' ORDER BY snapshot_id) FROM snapshot_definition"),
        "18,own"
    );
}

#[test]
fn a_parameter_that_the_chosen_release_does_not_have_is_refused() {
    let fleet = Fleet::with_databases(&["shop"]);
    let said = fleet.refused(&register("shop", &[(7, "--statistics-only"), (9, "17")]));
    assert!(said.contains("--statistics-only"), "{said}");
    assert_eq!(fleet.query("SELECT count(*) FROM snapshot_definition"), "0");
}

#[test]
fn f17_a_second_snapshot_of_a_minute_is_refused_by_the_answer_that_makes_it_one() {
    const DEADLINE: Duration = Duration::from_secs(20);
    let fleet = Fleet::with_databases(&["shop", "crm"]);
    let minute = "2036-01-01 04:30Z";
    fleet.shell(&register("shop", &[(4, minute), (5, "FULL")]));
    let mut pty = Pty::spawn(&fleet.sandbox.command("pgbackman"), 24, 200);
    let mut answer = |prompt: &str, keys: &str| {
        let said = pty.expect(prompt, DEADLINE);
        pty.send(keys);
        said
    };
    answer("[pgbackman]$ ", "register_snapshot_definition\r");
    answer("# Backup server SrvID / FQDN [", "\r");
    answer("# PgSQL node NodeID / FQDN []: ", "1\r");
    answer("# DBname []: ", "shop\r");
    answer("# DBname exceptions []: ", "\r");
    answer("# AT timestamp [", &format!("{minute}\r"));
    let said = answer("# Backup code [", "FULL\r");
    let warned = "[WARNING]: Snapshot 1 of shop is already defined for this minute: another one with the backup code FULL and the extra \
                  parameters [] is refused.";
    assert!(said.contains(warned), "{said}");
    answer("# Retention period [", "\r");
    answer("# Extra parameters [", "\r");
    let said = answer("# Extra parameters [", "--no-comments\r");
    assert!(
        said.contains("[ERROR]: Snapshot 1 of shop is already defined for this minute")
            && said.contains("Give another answer here, or end the dialogue with Ctrl-C."),
        "{said}"
    );
    answer("# Tag [", "\r");
    answer("# pg_dump/all release [", "\r");
    answer("(yes/no): ", "y\r");
    answer(
        "[Done] Snapshot for dbname: [shop] and backup code [FULL] defined.",
        "",
    );
    assert_eq!(
        fleet.query("SELECT max(snapshot_id) FROM snapshot_definition"),
        "2"
    );
    // Another database in the same minute is none of it.
    answer("[pgbackman]$ ", "register_snapshot_definition\r");
    answer("# Backup server SrvID / FQDN [", "\r");
    answer("# PgSQL node NodeID / FQDN []: ", "1\r");
    answer("# DBname []: ", "crm\r");
    answer("# DBname exceptions []: ", "\r");
    answer("# AT timestamp [", &format!("{minute}\r"));
    let said = answer("# Backup code [", "\x03");
    assert!(!said.contains("[WARNING]"), "{said}");
}
