//! Everything that PgBackMan does to a database whose owner has put operators and functions of his own before PostgreSQL's, on a
//! server with a login event trigger (case S2): none of them runs in a session of PgBackMan or of the programs that it starts.

use std::fmt::Write as _;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::run;

use crate::dump::support::{DEADLINE, Lab};
use crate::restore::support::RestoreLab;

/// What a line of the server's log says of a planted function that runs.
const MARK: &str = "PLANTED";

/// Types whose operators are planted.
const TYPES: [&str; 14] = [
    "name",
    "oid",
    "text",
    "varchar",
    "\"char\"",
    "bool",
    "int2",
    "int4",
    "int8",
    "regclass",
    "regnamespace",
    "timestamptz",
    "text[]",
    "name[]",
];

/// Operators with two operands of one type that give a boolean.
const COMPARISONS: [&str; 8] = ["=", "<>", "<", ">", "<=", ">=", "~", "!~~"];

/// Functions of one argument with the names of PostgreSQL's, argument and result types.
const FUNCTIONS: [(&str, &str, &str); 22] = [
    ("lower", "text", "text"),
    ("lower", "name", "text"),
    ("length", "text", "int"),
    ("quote_ident", "text", "text"),
    ("quote_ident", "name", "text"),
    ("quote_literal", "text", "text"),
    ("pg_get_userbyid", "oid", "name"),
    ("pg_encoding_to_char", "int", "name"),
    ("pg_database_size", "oid", "int8"),
    ("pg_database_size", "name", "int8"),
    ("pg_relation_filenode", "regclass", "oid"),
    ("pg_total_relation_size", "regclass", "int8"),
    ("pg_get_viewdef", "oid", "text"),
    ("pg_get_indexdef", "oid", "text"),
    ("pg_get_constraintdef", "oid", "text"),
    ("pg_get_triggerdef", "oid", "text"),
    ("current_setting", "text", "text"),
    ("array_length", "text[]", "int"),
    ("unnest", "text[]", "text"),
    ("pg_is_in_recovery", "", "bool"),
    ("pg_backend_pid", "", "int"),
    ("current_database", "", "name"),
];

/// The SQL that plants it all into a database.
fn planted(dbname: &str) -> String {
    let mut sql = "CREATE SCHEMA evil;\
        CREATE FUNCTION evil.note(what text) RETURNS void LANGUAGE plpgsql AS $$\
        begin raise log 'PLANTED % %', what, pg_catalog.current_setting('application_name'); end $$;"
        .to_owned();
    let mut plant = |name: String, arguments: &str, result: &str| {
        write!(
            sql,
            "CREATE FUNCTION evil.{name}({arguments}) RETURNS {result} LANGUAGE plpgsql AS \
             $$ begin perform evil.note('{name}'); return null; end $$;"
        )
        .unwrap();
    };
    let mut operators = String::new();
    for (number, kind) in TYPES.into_iter().enumerate() {
        for (at, operator) in COMPARISONS.into_iter().enumerate() {
            let name = format!("op_{number}_{at}");
            plant(name.clone(), &format!("{kind}, {kind}"), "bool");
            write!(
                operators,
                "CREATE OPERATOR evil.{operator} (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = evil.{name});"
            )
            .unwrap();
        }
        let name = format!("concat_{number}");
        plant(name.clone(), &format!("{kind}, {kind}"), "text");
        write!(
            operators,
            "CREATE OPERATOR evil.|| (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = evil.{name});"
        )
        .unwrap();
    }
    for (name, argument, result) in FUNCTIONS {
        plant(name.to_owned(), argument, result);
    }
    sql.push_str(&operators);
    write!(
        sql,
        "CREATE FUNCTION evil.at_login() RETURNS event_trigger LANGUAGE plpgsql AS $$ begin perform evil.note('login'); end $$;\
         ALTER DATABASE {dbname} SET search_path = evil, pg_catalog, public;"
    )
    .unwrap();
    sql
}

/// What ran of it in sessions of PgBackMan.
fn ran(cluster: &Cluster) -> Vec<String> {
    let log = cluster.log();
    let lines = log.lines().filter_map(|line| line.split_once(MARK));
    lines
        .map(|(_, said)| said.trim().to_owned())
        .filter(|said| !said.ends_with(" pgbackman-tests"))
        .collect()
}

fn hostile(version: Version) -> Cluster {
    let cluster = Cluster::private(version);
    for name in ["hres", "other"] {
        cluster.psql("postgres", &format!("CREATE DATABASE {name}"));
        cluster.psql_script(
            name,
            "CREATE TABLE t AS SELECT n FROM generate_series(1, 10) AS n; CREATE VIEW v AS SELECT n FROM t; \
             CREATE MATERIALIZED VIEW mv AS SELECT n FROM t; CREATE SEQUENCE s",
        );
    }
    cluster
}

#[test]
fn s2_nothing_that_is_planted_runs_whatever_is_done() {
    for version in [Version::Installed, Version::V18] {
        let cluster = hostile(version);
        let lab = RestoreLab::of(Lab::new(&cluster), &cluster);
        let before = lab.backup("hres", "FULL");
        cluster.psql_script("hres", &planted("hres"));
        if version != Version::Installed {
            cluster.psql_script(
                "hres",
                "CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION evil.at_login()",
            );
        }
        // What is planted works: this session is none of PgBackMan's.
        cluster.psql("hres", "SELECT length('x'::text), 1::oid = 2::oid");
        assert!(cluster.log().contains("PLANTED length"), "{version}");

        let mut backups = Vec::new();
        for code in ["FULL", "SCHEMA", "DATA", "RDS"] {
            let job = lab.lab.define("hres", code);
            let output = job.run();
            assert!([0, 8].contains(&output.code), "{code}: {}", output.stderr);
            let condition = format!("def_id = {}", job.id);
            backups.push(lab.catalogued(&condition, "hres", code));
        }
        assert_eq!(ran(&cluster), [""; 0], "{version}: backups");
        let output = lab.lab.define("", "CLUSTER").run();
        assert!([0, 8].contains(&output.code), "{}", output.stderr);
        assert_eq!(ran(&cluster), [""; 0], "{version}: a whole node");

        let (node, server) = (lab.lab.node_id, lab.lab.server_id);
        let data = &backups[2];
        for command in [
            format!("show_databases_without_backup_definitions {node}"),
            format!("show_pgsql_node_stats {node}"),
            format!(
                "register_backup_definition {server} {node} hres \"\" 1 1 \"*\" \"*\" \"*\" FULL false \"7 days\" 1 \"\" ACTIVE \"\""
            ),
            format!(
                "register_backup_definition {server} {node} '#all_databases#' \"\" 2 2 \"*\" \"*\" \"*\" DATA false \"7 days\" 1 \"\" ACTIVE \"\""
            ),
            format!(
                "register_snapshot_definition {server} {node} hres \"\" now FULL \"1 month\" \"\" \"x\" \"\""
            ),
            format!(
                "register_restore_definition \"now + 5 minutes\" {} {node} hres '' '' all",
                data.id
            ),
            format!(
                "register_restore_definition \"now + 15 minutes\" {} {node} hres '' hres_before all",
                before.id
            ),
            format!("clone_database {node} hres {node} hres_copy now {server} ''"),
        ] {
            let output = lab.sandbox().shell(&command);
            assert!(
                output.code == 0,
                "{version}: {command}: {}{}",
                output.stdout,
                output.stderr
            );
            assert_eq!(ran(&cluster), [""; 0], "{version}: {command}");
        }

        // Rows into the database itself, a dry run, and the database anew beside it.
        let restore = lab.restore(data, "hres");
        let id = restore.register();
        let mut dry = restore.command(id);
        let output = run(dry.arg("--dry-run"), b"", DEADLINE);
        assert_eq!(output.code, 0, "{}", output.stderr);
        cluster.psql("hres", "TRUNCATE t");
        let output = restore.run();
        assert!([0, 8].contains(&output.code), "{}", output.stderr);
        for (backup, name) in [(&before, "hres_before"), (&backups[0], "hres_again")] {
            let output = lab.restore(backup, name).run();
            assert!([0, 8].contains(&output.code), "{name}: {}", output.stderr);
        }
        assert_eq!(ran(&cluster), [""; 0], "{version}: restores");

        for (program, argument) in [
            ("pgbackman_control", "--once"),
            ("pgbackman_maintenance", "--cron"),
        ] {
            lab.sandbox().run(program, [argument]);
            assert_eq!(ran(&cluster), [""; 0], "{version}: {program}");
        }
        let output = lab.sandbox().run("pgbackman_setup", ["server", "--check"]);
        assert!(!output.stdout.is_empty(), "{}", output.stderr);
        assert_eq!(ran(&cluster), [""; 0], "{version}: the check");
    }
}
