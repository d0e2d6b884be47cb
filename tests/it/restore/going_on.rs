//! What goes on in a database that a restore renames, and what a restore does not ask of foreign servers.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

#[test]
fn b10_no_foreign_server_is_asked_for_statistics_and_all_other_tables_have_theirs() {
    // Of the servers of every day 17 has contrib.
    let cluster = Cluster::private(Version::V17);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql_script(
        "shop",
        "CREATE EXTENSION postgres_fdw;
         CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '9');
         CREATE USER MAPPING FOR postgres SERVER far;
         CREATE TABLE ev (d date) PARTITION BY RANGE (d);
         CREATE FOREIGN TABLE e1 PARTITION OF ev FOR VALUES FROM ('2020-1-1') TO ('2021-1-1') SERVER far;
         CREATE TABLE e2 PARTITION OF ev FOR VALUES FROM ('2021-1-1') TO ('2022-1-1');
         INSERT INTO e2 VALUES ('2021-2-2');
         CREATE TABLE zzz AS SELECT 1 AS n;",
    );
    let lab = RestoreLab::new(&cluster, &cluster);
    lab.restore(&lab.backup("shop", "FULL"), "copy").succeed();
    let with_statistics =
        "SELECT string_agg(DISTINCT tablename, ',') FROM pg_stats WHERE schemaname = 'public'";
    assert_eq!(cluster.psql("copy", with_statistics).trim(), "e2,zzz");
}

#[test]
fn slots_and_subscriptions_of_a_renamed_database_are_named() {
    let cluster = Cluster::options(Version::Installed)
        .conf("wal_level = logical")
        .start();
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql_script(
        "shop",
        "CREATE TABLE t AS SELECT 1 AS n;
         SELECT pg_create_logical_replication_slot('read by nobody', 'pgoutput') WHERE false;
         SELECT pg_create_logical_replication_slot('forgotten', 'pgoutput');",
    );
    let lab = RestoreLab::new(&cluster, &cluster);
    let backup = lab.backup("shop", "FULL");
    // Enabled, and of a publisher that is not there.
    cluster.psql_script(
        "shop",
        "CREATE SUBSCRIPTION goes_on CONNECTION 'host=127.0.0.1 port=9' PUBLICATION p WITH (connect = false, slot_name = 'far');
         ALTER SUBSCRIPTION goes_on ENABLE;",
    );
    let output = lab.restore(&backup, "shop").renaming("shop_old").run();
    let result = lab.last_result();
    assert_eq!(
        (output.code, result["status"].as_str()),
        (8, "WARNING"),
        "{result:#?}"
    );
    for words in [
        "the database \"shop_old\" still has the replication slots \"forgotten\"",
        "the subscriptions \"goes_on\" continue to replicate into \"shop_old\"",
    ] {
        assert!(result["message"].contains(words), "{words}: {result:#?}");
    }
    assert!(
        !result["message"].contains("background workers"),
        "{result:#?}"
    );
}

/// No server that tests have is shipped with a worker that stays in a database: the query is asked of processes as pg_cron's
/// server shows them.
#[test]
fn b11_workers_that_renaming_ends_are_told_from_those_that_come_back() {
    let cluster = Cluster::shared(Version::Installed);
    let query = include_str!("../../../crates/pgbackman-restore/src/execute/renamed.sql");
    let processes = "(VALUES ('shop', 'client backend'), ('shop', 'autovacuum worker'), ('shop', 'parallel worker'), \
        ('shop', 'logical replication worker'), ('shop', 'walsender'), ('shop', 'pg_cron launcher'), ('other', 'pg_cron launcher'), \
        ('shop', 'autoprewarm worker'), (NULL, 'checkpointer')) AS a (datname, backend_type)";
    let asked = query
        .replace("pg_catalog.pg_stat_activity", processes)
        .replace("$1::pg_catalog.text", "'shop'::pg_catalog.text");
    assert_eq!(
        cluster.psql("postgres", &asked).lines().collect::<Vec<_>>(),
        ["worker|autoprewarm worker", "worker|pg_cron launcher"]
    );
}
