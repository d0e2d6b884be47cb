//! Which databases nodes have, which of them nobody backs up, and the zones in which cron reads schedules.

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::nodes::{config_params, node_databases, time_zones};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::schedule_runs::schedule_runs;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn undefined(client: &Client) -> Vec<String> {
    let found = node_databases::without_definition(client).await.unwrap();
    found
        .into_iter()
        .map(|database| {
            let since = database.first_seen.format("%d %H:%M");
            let cluster = if database.in_cluster_backup {
                " (CLUSTER)"
            } else {
                ""
            };
            format!("{} since {since}{cluster}", database.dbname)
        })
        .collect()
}

#[tokio::test]
async fn databases_that_come_and_go_are_told_and_a_definition_ends_it() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = &model::owner(&database).await;
    let (server, node) = (
        model::server(client, "backup01").await,
        model::node(client, "node1").await,
    );
    let note = async |names: &[&str], at: &str| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        node_databases::note(client, node, &names, utc(at))
            .await
            .unwrap();
    };
    note(&["Odd \"Db\"", "crm", "postgres"], "2026-11-01T10:00:00Z").await;
    note(&["Odd \"Db\"", "postgres"], "2026-11-01T11:00:00Z").await;
    assert_eq!(
        undefined(client).await,
        ["Odd \"Db\" since 01 10:00", "postgres since 01 10:00"]
    );
    // Back again: seen since then.
    note(&["Odd \"Db\"", "crm"], "2026-11-02T10:00:00Z").await;
    assert_eq!(
        undefined(client).await,
        ["Odd \"Db\" since 01 10:00", "crm since 02 10:00"]
    );
    let define = async |dbname: &str, code: &str, status: &str| {
        let sql = "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) \
                   VALUES ($1, $2, $3, $4, $5)";
        let (node, code, status) = (i32::try_from(node.get()).unwrap(), &code, &status);
        client
            .execute(sql, &[&server.get(), &node, &dbname, code, status])
            .await
            .unwrap();
    };
    define("crm", "FULL", "STOPPED").await;
    define("", "CLUSTER", "ACTIVE").await;
    assert_eq!(
        undefined(client).await,
        ["Odd \"Db\" since 01 10:00 (CLUSTER)"]
    );
    client
        .execute("UPDATE backup_definition SET job_status = 'DELETED'", &[])
        .await
        .unwrap();
    assert_eq!(undefined(client).await.len(), 2);
    // What is gone for 30 days is forgotten, and nothing of a stopped node is told.
    note(&["crm"], "2026-11-03T10:00:00Z").await;
    note(&["crm"], "2026-12-04T10:00:00Z").await;
    let rows = client
        .query("SELECT dbname FROM node_database", &[])
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    client
        .execute("UPDATE pgsql_node SET status = 'STOPPED'", &[])
        .await
        .unwrap();
    assert!(undefined(client).await.is_empty());
    assert!(
        node_databases::note(client, NodeId::new(999), &["x".to_owned()], Utc::now())
            .await
            .is_err(),
        "a node that is not there"
    );
}

#[tokio::test]
async fn trap_21_schedules_are_read_in_the_zone_of_the_machine_and_else_in_the_servers() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = &model::owner(&database).await;
    let server = model::server(client, "backup01").await;
    let zoneless = model::server(client, "other").await;
    let schedule = Schedule::parse(["30", "2", "*", "*", "*"]).unwrap();
    let due = async |server, from: &str| {
        let (from, until) = (utc(from), utc(from) + TimeDelta::days(3));
        let zones = time_zones::of_servers(client, from, until).await.unwrap();
        let runs = schedule_runs(&schedule, &zones[&server], from, until);
        runs.iter()
            .map(|run| run.format("%d %H:%M").to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        due(server, "2026-03-28T00:00:00Z").await,
        ["28 02:30", "29 02:30", "30 02:30"]
    );
    config_params::update_server(
        client,
        server,
        &[("time_zone".to_owned(), "America/New_York".to_owned())],
    )
    .await
    .unwrap();
    assert_eq!(
        due(server, "2026-11-21T00:00:00Z").await,
        ["21 07:30", "22 07:30", "23 07:30"]
    );
    time_zones::note_of_machine(client, server, "Europe/Oslo")
        .await
        .unwrap();
    // 29 March: 02:30 does not exist there; 25 October: it comes twice.
    assert_eq!(
        due(server, "2026-03-28T00:00:00Z").await,
        ["28 01:30", "29 01:00", "30 00:30"]
    );
    assert_eq!(
        due(server, "2026-10-24T00:00:00Z").await,
        ["24 00:30", "25 00:30", "26 01:30"]
    );
    assert_eq!(due(zoneless, "2026-10-24T00:00:00Z").await.len(), 3);
    // A name that PostgreSQL does not know is as if there were none.
    time_zones::note_of_machine(client, server, "Mars/Olympus")
        .await
        .unwrap();
    assert_eq!(due(server, "2026-11-21T00:00:00Z").await[0], "21 07:30");
}
