//! `pgbackman_zabbix_autodiscovery`.

use pgbackman_tests::sandbox::Sandbox;
use serde_json::{Value, json};

use super::scene::{self, define, register, sql};

fn discovered(sandbox: &Sandbox<'_>) -> Value {
    let said = sandbox.run(
        "pgbackman_zabbix_autodiscovery",
        ["-b", "backup01.example.net"],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn the_active_definitions_of_a_server_are_listed_whatever_their_databases_are_called() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    assert_eq!(discovered(&sandbox), json!({ "data": [] }));
    let ids: Vec<i64> = scene::HOSTILE
        .iter()
        .map(|name| define(&sandbox, name))
        .collect();
    let stopped = define(&sandbox, "stopped");
    sql(
        &sandbox,
        &format!("UPDATE backup_definition SET job_status = 'STOPPED' WHERE def_id = {stopped}"),
    );
    let expected: Vec<Value> = ids
        .iter()
        .zip(scene::HOSTILE)
        .map(|(id, name)| {
            json!({ "{#DEFID}": id.to_string(), "{#PGSQL_NODE}": "pg1.example.net", "{#DBNAME}": name })
        })
        .collect();
    assert_eq!(discovered(&sandbox), json!({ "data": expected }));
    let unknown = sandbox.run("pgbackman_zabbix_autodiscovery", ["-b", "nowhere"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""));
    let without = sandbox.run("pgbackman_zabbix_autodiscovery", [""; 0]);
    assert_eq!(without.code, 2, "{}", without.stderr);
}
