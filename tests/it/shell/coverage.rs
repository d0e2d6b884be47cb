//! What is known of nodes and of this installation when a part of it does not answer.

use serde_json::Value;

use super::fleet::Fleet;
use pgbackman_tests::sandbox::Sandbox;

const COMMAND: &str = "show_databases_without_backup_definitions";

#[test]
fn a_node_that_does_not_answer_is_named_and_the_rest_is_shown() {
    let fleet = Fleet::with_databases(&["shop", "Orders"]);
    fleet.shell("register_pgsql_node 127.0.0.1 '' 1 postgres RUNNING ''");
    fleet.shell("register_pgsql_node pg-node03 example.net 5432 postgres STOPPED ''");
    fleet.query("INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) VALUES (1, 1, 'Orders', 'FULL', 'STOPPED'), (1, 1, 'postgres', 'FULL', 'DELETED'), (1, 1, '', 'CLUSTER', 'ACTIVE'), (1, 2, 'shop', 'FULL', 'ACTIVE')");
    let args = ["-o", "json", "-C", &format!("{COMMAND} all")];
    let output = fleet.sandbox.run("pgbackman", args);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let names: Vec<&str> = json["databases_without_backup_definitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["dbname"].as_str().unwrap())
        .collect();
    // STOPPED is a definition, DELETED is none, CLUSTER is for no database, and another node's is not this one's.
    assert_eq!(names, ["postgres", "shop"]);
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains("1 of 2 PgSQL nodes"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("[127.0.0.1:1] "),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("not RUNNING: pg-node03.example.net"));

    let output = fleet.sandbox.shell(&format!("{COMMAND} 1"));
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(output.stdout.matches("| 127.0.0.1").count(), 2);
}

#[test]
fn the_configuration_is_shown_without_secrets_and_without_a_catalogue() {
    let mut sandbox = Sandbox::without_catalogue();
    sandbox.configure("pgbackman_database", "password", "\"hunter2\"");
    sandbox.configure("pgbackman_alerts", "smtp_password", "\"hunter3\"");
    sandbox.configure("pgbackman_alerts", "smtp_user", "\"mailer\"");
    for format in ["table", "csv", "json", "json2"] {
        let args = ["-o", format, "-C", "show_pgbackman_config"];
        let output = sandbox.run("pgbackman", args);
        assert_ne!(output.code, 0);
        assert!(
            output.stderr.contains("is unavailable"),
            "{}",
            output.stderr
        );
        for shown in ["mailer", "pgbackman_role_rw", "[13]:", "command"] {
            assert!(output.stdout.contains(shown), "{}", output.stdout);
        }
        assert!(!format!("{}{}", output.stdout, output.stderr).contains("hunter"));
    }
}
