//! What Tab offers, typed at a terminal.

use std::time::{Duration, Instant};

use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::{Fleet, register};

const DEADLINE: Duration = Duration::from_secs(20);
const PROMPT: &str = "[pgbackman]$ ";

/// A shell on a wide terminal, at its first prompt.
fn shell(sandbox: &Sandbox<'_>) -> Pty {
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 200);
    pty.expect(PROMPT, DEADLINE);
    pty
}

/// Types the beginning of a line and Tab, and waits for what becomes of it; the line is left then.
fn completes(pty: &mut Pty, typed: &str, line: &str) {
    pty.send(&format!("{typed}\t"));
    pty.expect(line, DEADLINE);
    leave_line(pty);
}

/// Leaves the line. A prompt is also shown anew while a line is edited; the next one begins a line of the screen.
fn leave_line(pty: &mut Pty) {
    pty.send("\x15help shortcuts\r");
    pty.expect("Ctrl-D leaves the shell.", DEADLINE);
    pty.expect(&format!("\n{PROMPT}"), DEADLINE);
}

/// Types an answer at a prompt, as soon as it is there.
fn answer(pty: &mut Pty, prompt: &str, keys: &str) {
    pty.expect(prompt, DEADLINE);
    pty.send(keys);
}

/// A backup of definition 1.
const BACKUP: &str = "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
    pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method) VALUES (1, 1, 1, 'shop', now(), \
    '2026-11-21 04:48:12+00', interval '6 s', '/srv/x', 1, '/log', 'WARNING', 'CRON')";

#[test]
fn commands_and_words_with_few_values_are_completed_in_any_case() {
    let fleet = Fleet::new();
    let mut pty = shell(&fleet.sandbox);
    for (typed, line) in [
        ("show_backup_det", "show_backup_details"),
        ("SHOW_PGSQL_NODES", "show_pgsql_nodes"),
        ("set output_sty", "set output_style="),
        ("set output_style=v", "set output_style=vertical"),
        (r"\h show_h", r"\h show_history"),
        ("help supp", "help support"),
        (
            "show_backup_catalog all all all all err",
            "all all all all ERROR",
        ),
        (
            "show_backup_catalog all all all all ERROR,war",
            "all ERROR,WARNING",
        ),
        ("update_pgsql_node 1 5432 postgres run", "postgres RUNNING"),
        (
            "show_pgsql_node_config 127",
            "show_pgsql_node_config 127.0.0.1",
        ),
        ("show_backup_server_config BACK", "backup01.example.net"),
        ("update_pgsql_node_config 1 logs_e", "logs_email="),
        (
            "update_pgsql_node_config 1 backup_code=sch",
            "backup_code=SCHEMA",
        ),
        (
            "update_pgsql_node_config 1 retention_period=",
            "'retention_period=7 days'",
        ),
    ] {
        completes(&mut pty, typed, line);
    }
}

#[test]
fn first_day_names_of_parameters_and_their_values_are_completed() {
    let fleet = Fleet::with_databases(&["Orders", "two words"]);
    let mut pty = shell(&fleet.sandbox);
    for (typed, line) in [
        ("register_backup_definition 1 1 excep", "1 1 exceptions="),
        (
            "register_backup_definition node=1 job",
            "node=1 job_status=",
        ),
        (
            "register_backup_definition node=1 job_status=st",
            "node=1 job_status=STOPPED",
        ),
        (
            "register_backup_definition node=1 dbname=tw",
            "node=1 dbname='two words'",
        ),
        ("show_alerts dbname=x no", "dbname=x node="),
        ("show_alerts dbname=x node=127", "dbname=x node=127.0.0.1"),
    ] {
        completes(&mut pty, typed, line);
    }
}

#[test]
fn databases_are_asked_of_the_node_and_written_so_that_they_are_read_back() {
    let fleet = Fleet::with_databases(&["Orders", "two words", "a,b", "it's"]);
    let mut pty = shell(&fleet.sandbox);
    for (typed, line) in [
        ("register_backup_definition 1 1 Or", "1 1 Orders"),
        ("register_backup_definition 1 1 tw", "1 1 'two words'"),
        ("register_backup_definition 1 1 'tw", "1 1 'two words'"),
        ("register_backup_definition 1 1 it", r"1 1 'it'\''s'"),
        (
            "register_backup_definition 1 1 Orders,tw",
            "1 1 'Orders,two words'",
        ),
        ("register_backup_definition 1 1 a", "1 1 '\"a,b\"'"),
        (
            "register_backup_definition 1 1 '\"a,b\",O",
            "1 1 '\"a,b\",Orders'",
        ),
        ("register_backup_definition 1 1 #ALL", "1 1 #all_databases#"),
    ] {
        completes(&mut pty, typed, line);
    }
    pty.send("register_backup_definition\r");
    answer(
        &mut pty,
        "# Backup server SrvID / FQDN [backup01.example.net]: ",
        "\t\r",
    );
    answer(&mut pty, "# PgSQL node NodeID / FQDN []: ", "127\t\r");
    answer(&mut pty, "# DBname []: ", "a\t,Or\t,two\t");
    pty.expect("\"a,b\",Orders,two words", DEADLINE);
    pty.send("\r");
    answer(&mut pty, "# DBname exceptions []: ", "\x03");
    pty.expect(PROMPT, DEADLINE);
}

#[test]
fn the_catalogues_databases_take_the_place_of_a_node_that_does_not_answer() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register("shop", &[]));
    fleet.node.stop(StopMode::Fast);
    let mut pty = shell(&fleet.sandbox);
    completes(&mut pty, "register_backup_definition 1 1 sh", "1 1 shop");
    completes(
        &mut pty,
        "show_backup_definitions all all sh",
        "all all shop",
    );
    fleet.node.start();
}

#[test]
fn an_update_offers_the_value_there_is() {
    let fleet = Fleet::new();
    fleet.shell("update_backup_server 1 \"it's old\"");
    let mut pty = shell(&fleet.sandbox);
    completes(
        &mut pty,
        "update_backup_server 1 ",
        r"update_backup_server 1 'it'\''s old'",
    );
    completes(
        &mut pty,
        "delete_backup_definition_id 7 f",
        "delete_backup_definition_id 7 force-deletion",
    );
    completes(
        &mut pty,
        "update_pgsql_node 1 ",
        &format!("update_pgsql_node 1 {}", fleet.node.port()),
    );
    pty.send("update_backup_server\r");
    answer(&mut pty, "# SrvID / FQDN [backup01.example.net]: ", "\t");
    pty.expect("backup01.example.net", DEADLINE);
    pty.send("\r");
    answer(&mut pty, "# Remarks [it's old]: ", "\t");
    pty.expect("it's old", DEADLINE);
    pty.send(" and new\r");
    answer(&mut pty, "(yes/no): ", "y\t\r");
    pty.expect("[Done] Backup server with SrvID: 1 updated.", DEADLINE);
    assert_eq!(
        fleet.query("SELECT remarks FROM backup_server"),
        "it's old and new"
    );
}

#[test]
fn an_id_is_listed_with_what_has_it() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register("shop", &[(4, "5"), (5, "3")]));
    fleet.query(BACKUP);
    let mut pty = shell(&fleet.sandbox);
    completes(&mut pty, "show_backup_details ", "show_backup_details 1");
    completes(
        &mut pty,
        "update_backup_definition 1 ",
        "update_backup_definition 1 5",
    );
    fleet.query(BACKUP);
    pty.send("show_backup_details \t\t");
    pty.expect("2  shop 127.0.0.1 2026-11-21 04:48 WARNING", DEADLINE);
    pty.expect("1  shop 127.0.0.1 2026-11-21 04:48 WARNING", DEADLINE);
    leave_line(&mut pty);
    pty.send("show_backup_catalog all all all \t\t");
    pty.expect("1  shop 127.0.0.1 5 3 * * * FULL ACTIVE", DEADLINE);
}

#[test]
fn a_catalogue_that_hangs_keeps_nobody_from_typing() {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    let mut pty = shell(&sandbox);
    proxy.set(Mode::Hang);
    let begun = Instant::now();
    pty.send("show_backup_server_config \t\x15help shortcuts\r");
    pty.expect("Shortcuts of commands:", DEADLINE);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert!(!pty.plain().contains("[WARNING]"), "{}", pty.plain());
    proxy.set(Mode::Pass);
}
