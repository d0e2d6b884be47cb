//! Software and catalogue of different versions, and what the command line of the program does.

use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

use crate::catalogue::legacy::{self, Legacy};

const DEADLINE: Duration = Duration::from_secs(20);

/// A catalogue that says it is newer than the software.
fn newer() -> Sandbox<'static> {
    let sandbox = Sandbox::new();
    sandbox.catalogue().psql(
        "DELETE FROM pgbackman_version; INSERT INTO pgbackman_version (version, tag) VALUES (99, 'v_9_9_9')",
    );
    sandbox
}

/// A sandbox whose configuration names a catalogue of 1.2.
fn older() -> (Sandbox<'static>, TestDatabase<'static>) {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V3);
    let mut sandbox = Sandbox::on(cluster);
    sandbox.configure(
        "pgbackman_database",
        "dbname",
        &format!("\"{}\"", database.name()),
    );
    (sandbox, database)
}

#[test]
fn a_newer_catalogue_is_left_with_a_message() {
    let sandbox = newer();
    let output = sandbox.shell("show_backup_servers");
    assert_eq!(output.code, 5, "{}", output.stderr);
    assert!(
        output.stderr.contains("[99:v_9_9_9]") && output.stderr.contains("newer"),
        "{}",
        output.stderr
    );
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect("[99:v_9_9_9]", DEADLINE);
    assert_eq!(pty.wait(DEADLINE), Some(5));
}

#[test]
fn an_older_catalogue_is_upgraded_only_when_somebody_says_so() {
    let (sandbox, database) = older();
    let output = sandbox.shell("show_backup_servers");
    assert_eq!(output.code, 5, "{}", output.stderr);
    assert!(
        output.stderr.contains("pgbackman_setup database"),
        "{}",
        output.stderr
    );
    let script = sandbox.run_with_input("pgbackman", [""; 0], b"show_backup_servers\nyes\n");
    assert_eq!(script.code, 5, "a script is never asked: {}", script.stdout);

    let mut pty = offered(&sandbox);
    pty.send("no\r");
    assert_eq!(pty.wait(DEADLINE), Some(5));
    assert_eq!(
        database
            .psql("SELECT max(version) FROM pgbackman_version")
            .trim(),
        "3"
    );
}

#[test]
fn an_upgrade_keeps_what_is_there_and_goes_on_with_the_prompt() {
    let (sandbox, database) = older();
    let nodes = database.psql("SELECT count(*) FROM pgsql_node");
    let mut pty = offered(&sandbox);
    pty.send("yes\r");
    pty.expect(
        "[Done] PgBackMan database upgraded from version [3:v_1_2_0] to version [13:v_2_0_3]",
        DEADLINE,
    );
    pty.expect("[pgbackman]$ ", DEADLINE);
    pty.send("quit\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
    let listed = sandbox
        .run("pgbackman", ["-o", "csv", "-C", "show_pgsql_nodes"])
        .success();
    assert_eq!((listed.lines().count() - 1).to_string(), nodes.trim());
}

/// A shell at a terminal that has asked whether to upgrade.
fn offered(sandbox: &Sandbox<'_>) -> Pty {
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect("A T T E N T I O N", DEADLINE);
    pty.expect("[3:v_1_2_0]", DEADLINE);
    pty.expect(
        "Do you want to upgrade the PgBackMan database to version: [13:v_2_0_3] (yes/no): ",
        DEADLINE,
    );
    pty
}

#[test]
fn errors_of_a_single_command_go_to_standard_error_and_the_exit_status_tells() {
    let sandbox = Sandbox::new();
    for (command, code) in [
        ("show_backup_serverss", 2),
        ("show_backup_servers 1", 2),
        ("register_backup_server x", 2),
        ("show_backup_details 99", 1),
        ("register_backup_server 'a b' '' ''", 1),
        ("register_backup_server", 2),
        ("show_backup_details", 2),
        ("show_alerts server=all nodes=all", 2),
    ] {
        let output = sandbox.shell(command);
        assert_eq!(output.code, code, "{command}: {}", output.stderr);
        assert!(
            output.stderr.contains("[ERROR]") || output.stderr.contains("[ABORTED]"),
            "{command}: {}",
            output.stderr
        );
        assert!(
            !output.stdout.contains("[ERROR]"),
            "{command}: {}",
            output.stdout
        );
    }
}

#[test]
fn first_day_10_a_single_command_asks_nothing_and_a_list_has_its_defaults() {
    let sandbox = Sandbox::new();
    let registered = sandbox.shell("register_backup_server backup01 example.net remarks='by name'");
    assert_eq!(registered.code, 0, "{}", registered.stderr);
    let list = sandbox.shell("show_backup_catalog");
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.stdout.contains("# DBname: all\n"), "{}", list.stdout);
    let update = sandbox.shell("update_backup_server");
    assert_eq!(update.code, 2);
    assert_eq!(
        update.stderr,
        "[ERROR] - Wrong number of parameters used.\n          Type help or \\? to list commands\n          Usage: \
         update_backup_server [server] [remarks]\n"
    );
}

#[test]
fn a_script_stops_at_the_first_error_unless_told_to_go_on() {
    let sandbox = Sandbox::new();
    let script = b"register_backup_server a '' ''\nfrobnicate\nregister_backup_server b '' ''\n";
    let stopped = sandbox.run_with_input("pgbackman", [""; 0], script);
    assert_eq!(stopped.code, 2);
    assert_eq!(
        stopped.stdout,
        "[Done] Backup server a.example.org registered.\n"
    );
    let script = b"frobnicate\nregister_backup_server b '' ''\n";
    let went_on = sandbox.run_with_input("pgbackman", ["--keep-going"], script);
    assert_eq!(went_on.code, 2);
    assert_eq!(
        went_on.stdout,
        "[Done] Backup server b.example.org registered.\n"
    );
}

#[test]
fn an_old_configuration_is_converted_and_an_unreadable_one_is_named() {
    let sandbox = Sandbox::without_catalogue();
    let old = sandbox.path().join("old.conf");
    std::fs::write(
        &old,
        "[pgbackman_database]\nhost=db.example.net\nport=5432\n\n[logging]\nlog_level=INFO\n",
    )
    .unwrap();
    let toml = sandbox
        .run("pgbackman", ["--convert-config", old.to_str().unwrap()])
        .success();
    assert!(
        toml.contains("host = \"db.example.net\"") && toml.contains("port = 5432"),
        "{toml}"
    );
    let output = sandbox.run("pgbackman", ["--convert-config", "/nonexistent/x.conf"]);
    assert_eq!(output.code, 3);
    assert!(
        output.stderr.contains("/nonexistent/x.conf"),
        "{}",
        output.stderr
    );
}
