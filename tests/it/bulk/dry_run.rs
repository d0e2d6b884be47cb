//! `--dry-run`: everything is looked at, and nothing changes.

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::run;

/// All of the catalogue that a command could change, and the sequences.
fn everything(sandbox: &Sandbox<'_>) -> String {
    let tables = sandbox
        .catalogue()
        .psql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    let rows: Vec<String> = tables
        .lines()
        .map(|table| format!("SELECT '{table}', to_jsonb(t)::text FROM {table} AS t"))
        .collect();
    sandbox.catalogue().psql(&format!(
        "{} UNION ALL SELECT sequencename::text, last_value::text FROM pg_sequences ORDER BY 1, 2",
        rows.join(" UNION ALL ")
    ))
}

/// A catalogue with one backup server and one node, both of the ID 1.
fn with_a_server_and_a_node() -> Sandbox<'static> {
    let sandbox = Sandbox::new();
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    sandbox
        .shell("register_pgsql_node pg-node01 example.net 5432 postgres STOPPED ''")
        .success();
    sandbox
}

#[test]
fn every_line_is_parsed_and_nothing_changes() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    let before = everything(&sandbox);
    let output = run(
        &sandbox,
        &["--dry-run"],
        "register_backup_server backup02 example.net ''\n\
         update_backup_server backup01.example.net 'new'\n\
         update_backup_server 1 'newer'\n\
         register_backup_server backup03\n\
         frobnicate\n\
         show_backup_servers\n\
         register_pgsql_node pg-node01 example.net five postgres RUNNING ''\n\
         update_backup_server backup09.example.net 'no such server'\n\
         update_backup_server_config 1 no_such=1\n\
         update_backup_server_config 1 root_backup_partition=/etc\n",
    );
    assert_eq!(before, everything(&sandbox));
    assert!(
        output.stdout.ends_with(
            "\nCommands: 10, done: 3, failed: 6, not supported: 1, not run: 0\nNo command was run.\n"
        ),
        "{}{}",
        output.stdout,
        output.stderr
    );
    let mut errors = output.stderr.as_str();
    for error in [
        "line 4: [ERROR] - Wrong number of parameters used.",
        "line 5: [ERROR] - Unknown command: [frobnicate].",
        "line 6: [ERROR]: This command is not supported here",
        "line 7: [ERROR]: Port: \"five\" is not a port",
        "line 8: [ERROR]: Backup server [backup09.example.net] does not exist",
        "line 9: [ERROR]: \"no_such\" is not a parameter",
        "line 10: [ERROR]: ",
    ] {
        let (_, rest) = errors
            .split_once(error)
            .unwrap_or_else(|| panic!("{error:?} is not next in:\n{}", output.stderr));
        errors = rest;
    }
    assert_eq!(output.code, 2);
}

#[test]
fn first_day_a_dry_run_reads_parameters_by_name() {
    let sandbox = Sandbox::new();
    let output = run(
        &sandbox,
        &["--dry-run"],
        "register_backup_server backup01 example.net\n\
         register_backup_server hostname=backup01 domain=example.net\n\
         register_pgsql_node pg-node01 example.net pgport=five\n\
         register_pgsql_node hostname=pg-node01 domain=example.net pgport=5433\n\
         register_backup_definition server=backup01.example.net node=pg-node01.example.net:5433 dbname=shop\n\
         delete_pgsql_node node=pg-node01.example.net:5433\n",
    );
    assert!(
        output.stdout.contains("Commands: 6, done: 4, failed: 2,"),
        "{}{}",
        output.stdout,
        output.stderr
    );
    for error in [
        "line 1: [ERROR] - Wrong number of parameters used.\n          Type help or \\? to list commands\n          \
         Usage: register_backup_server [hostname] [domain] [remarks]\n",
        "line 3: [ERROR]: Port: \"five\" is not a port",
    ] {
        assert!(output.stderr.contains(error), "{error}\n{}", output.stderr);
    }
}

#[test]
fn what_an_earlier_line_registers_may_be_named_and_only_that() {
    let sandbox = Sandbox::new();
    let output = run(
        &sandbox,
        &["--dry-run"],
        "register_backup_server backup01 example.net ''\n\
         register_pgsql_node pg-node01 example.net 5432 postgres RUNNING ''\n\
         update_pgsql_node PG-node01.example.net:5432 '' '' STOPPED ''\n\
         update_backup_server 1 'it will be number 1'\n\
         update_pgsql_node pg-node02.example.net '' '' STOPPED ''\n\
         update_pgsql_node pg-node01.example.net 99999 '' STOPPED ''\n",
    );
    assert!(
        output
            .stdout
            .contains("\nCommands: 6, done: 4, failed: 2, not supported: 0, not run: 0\n"),
        "{}{}",
        output.stdout,
        output.stderr
    );
    assert!(
        output
            .stderr
            .starts_with("line 5: [ERROR]: PgSQL node [pg-node02.example.net] does not exist"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("line 6: [ERROR]: Port: "),
        "{}",
        output.stderr
    );
}

#[test]
fn what_an_earlier_line_deletes_is_gone_and_what_is_registered_is_not_registered_again() {
    let sandbox = with_a_server_and_a_node();
    let ids = sandbox.catalogue().psql(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status) \
         SELECT 1, 1, dbname, '30', '4', 'FULL', 'ACTIVE' FROM unnest(ARRAY['shop', 'crm']) AS dbname RETURNING def_id",
    );
    assert!(ids.starts_with("1\n2"), "{ids}");
    let before = everything(&sandbox);
    let output = run(
        &sandbox,
        &["--dry-run"],
        "delete_backup_definition_id 1\n\
         delete_backup_definition_id 1\n\
         delete_backup_definition_dbname 1 crm\n\
         delete_backup_definition_id 2\n\
         delete_pgsql_node pg-node01.example.net\n\
         update_pgsql_node 1 '' '' STOPPED ''\n\
         register_pgsql_node PG-node01 example.net 5432 postgres STOPPED ''\n\
         update_pgsql_node pg-node01.example.net '' '' STOPPED ''\n\
         register_pgsql_node pg-node01 example.net 5432 postgres STOPPED ''\n\
         register_pgsql_node pg-node01 example.net 5433 postgres STOPPED ''\n\
         register_backup_server backup01 example.net ''\n\
         register_backup_server backup02 example.net ''\n\
         delete_backup_server backup02.example.net\n\
         update_backup_server backup02.example.net 'x'\n",
    );
    assert_eq!(before, everything(&sandbox));
    let said: Vec<&str> = output.stderr.lines().collect();
    let expected = [
        "line 2: [ERROR]: Backup definition with DefID: 1 no longer exists at this point: line 1 deletes it",
        "line 4: [ERROR]: Backup definition with DefID: 2 no longer exists at this point: line 3 deletes it",
        "line 6: [ERROR]: PgSQL node [1] no longer exists at this point: line 5 deletes it",
        "line 9: [ERROR]: PgSQL node [pg-node01.example.net:5432] is already registered by line 7",
        "line 11: [ERROR]: Backup server [backup01.example.net] is already registered",
        "line 14: [ERROR]: Backup server [backup02.example.net] does not exist",
    ];
    assert_eq!(said.len(), expected.len(), "{}", output.stderr);
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{}", output.stderr);
    }
}

#[test]
fn backups_go_with_the_definition_that_an_earlier_line_deletes_by_force() {
    let sandbox = with_a_server_and_a_node();
    sandbox.catalogue().psql(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status) \
         SELECT 1, 1, dbname, '30', '4', 'FULL', 'ACTIVE' FROM unnest(ARRAY['shop', 'crm', 'pay']) AS dbname; \
         INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, status) \
         VALUES (1, 1, 'web', now(), 'FULL', 'DEFINED'); \
         INSERT INTO backup_catalog (def_id, snapshot_id, backup_server_id, pgsql_node_id, dbname, finished, global_log_file, \
             execution_status) \
         SELECT def_id, snapshot_id, 1, 1, 'x', now(), '', 'SUCCEEDED' \
         FROM (VALUES (1, NULL), (2, NULL), (3, NULL), (NULL, 1)) AS v (def_id, snapshot_id)",
    );
    let before = everything(&sandbox);
    let output = run(
        &sandbox,
        &["--dry-run"],
        "delete_backup_definition_id 1 force-deletion\n\
         register_restore_definition now 1 pg-node01.example.net copy '' '' all\n\
         delete_backup_definition_dbname 1 crm force-deletion\n\
         register_restore_definition now 2 pg-node01.example.net copy '' '' all\n\
         delete_snapshot_definition_id 1 force-deletion\n\
         register_restore_definition now 4 pg-node01.example.net copy '' '' all\n\
         register_restore_definition now 3 pg-node01.example.net copy '' '' all\n",
    );
    assert_eq!(before, everything(&sandbox));
    // Of the last one there is something else to say: its node is STOPPED.
    let said: Vec<&str> = output
        .stderr
        .lines()
        .filter(|line| line.contains("no longer exists at this point"))
        .collect();
    let expected = [(2, 1, 1), (4, 2, 3), (6, 4, 5)].map(|(line, backup, deleting)| {
        format!(
            "line {line}: [ERROR]: Backup with BckID: {backup} no longer exists at this point: line {deleting} \
             deletes it"
        )
    });
    assert_eq!(said, expected, "{}", output.stderr);
}

#[test]
fn a_definition_is_checked_as_far_as_its_registration_would() {
    let sandbox = Sandbox::new();
    let node = Cluster::private(Version::Installed);
    crate::shell::write_pgpass(&sandbox);
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    sandbox
        .shell(&format!(
            "register_pgsql_node 127.0.0.1 '' {} postgres RUNNING ''",
            node.port()
        ))
        .success();
    let before = everything(&sandbox);
    let line = |dbname: &str, code: &str, period: &str| {
        format!(
            "register_backup_definition 1 1 '{dbname}' '' 1 2 '*' '*' '*' {code} false '{period}' 1 '' ACTIVE ''\n"
        )
    };
    let commands = [
        line("postgres", "FULL", "7 days"),
        line("nowhere", "FULL", "7 days"),
        line("postgres", "CLUSTER", "7 days"),
        line("postgres", "FULL", "7 dys"),
    ];
    let output = run(&sandbox, &["--dry-run"], &commands.concat());
    assert!(
        output
            .stdout
            .contains("\nCommands: 4, done: 1, failed: 3, not supported: 0, not run: 0\n"),
        "{}{}",
        output.stdout,
        output.stderr
    );
    assert!(
        output.stderr.starts_with(
            "line 2: [ERROR]: Database [nowhere] does not exist in The PgSQL node [127.0.0.1]"
        ),
        "{}",
        output.stderr
    );
    assert_eq!(before, everything(&sandbox));
}

#[test]
fn a_catalogue_that_is_away_is_no_good_result() {
    let sandbox = Sandbox::without_catalogue();
    let output = run(
        &sandbox,
        &["--dry-run"],
        "register_backup_server backup01\nregister_backup_server backup01 example.net ''\nupdate_backup_server 1 x\n",
    );
    assert!(output.stderr.contains("line 1: [ERROR] - Wrong number"));
    assert!(
        output
            .stderr
            .contains("[ERROR]: The catalogue database is unavailable"),
        "{}",
        output.stderr
    );
    assert_ne!(output.code, 0);
}
