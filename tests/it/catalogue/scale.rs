//! A catalogue with many rows: lists and foreign keys use the indexes.

use std::time::Instant;

use futures_util::StreamExt as _;
use pgbackman_core::catalogue::reports::{self, CatalogFilter};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use tokio_postgres::Client;

use super::model;

/// Fills the catalogue: 200 definitions on one node, `rows` backups of them, one in two thousand an ERROR. What
/// triggers would do about each is not looked at.
async fn fill(database: &TestDatabase<'_>, client: &Client, rows: i32) {
    let small = model::small(client).await;
    let new: Vec<_> = (1..200)
        .map(|n| model::new_definition(small.server, small.node, &format!("db{n}")))
        .collect();
    pgbackman_core::catalogue::definitions::register_all(client, &new)
        .await
        .unwrap();
    database.psql(&format!(
        "SET session_replication_role = replica; \
         INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
            pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method, run_uuid) \
         SELECT 1 + n % 200, 1, 1, 'db' || n % 200, t, t + interval '6 s', interval '6 s', '/srv/' || n, n, '/log', \
            CASE WHEN n % 2000 = 0 THEN 'ERROR' ELSE 'SUCCEEDED' END, 'CRON', gen_random_uuid() \
         FROM generate_series(1, {rows}) AS n \
         CROSS JOIN LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 min') AS moment (t)"
    ));
    database.psql("VACUUM ANALYZE");
}

async fn plan(client: &Client, statement: &str) -> String {
    let rows = client
        .query(&format!("EXPLAIN (COSTS OFF) {statement}"), &[])
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<_, String>(0))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn lists_and_look_ups_use_the_indexes() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    fill(&database, &client, 20_000).await;
    let newest = "SELECT * FROM show_backup_catalog WHERE true ORDER BY \"Finished\" DESC NULLS LAST, bck_id DESC LIMIT 50";
    for (condition, index) in [
        ("true", "backup_catalog_finished_idx"),
        (
            "def_id = ANY ('{7}'::bigint[])",
            "backup_catalog_def_id_idx",
        ),
        (
            "\"DBname\" = ANY ('{db7}'::text[])",
            "backup_catalog_dbname_idx",
        ),
        (
            "\"Status\" = ANY ('{ERROR}'::text[])",
            "backup_catalog_not_succeeded_idx",
        ),
        ("bck_id = 77", "backup_catalog_pkey"),
        // Below another page's last row.
        (
            "(\"Finished\", bck_id) < ('2020-01-10', 99)",
            "backup_catalog_finished_idx",
        ),
    ] {
        let plan = plan(&client, &newest.replace("true", condition)).await;
        assert!(
            plan.contains(index) && !plan.contains("Seq Scan on backup_catalog"),
            "{condition}:\n{plan}"
        );
    }
    for (statement, index) in [
        (
            "SELECT FROM backup_catalog WHERE run_uuid = gen_random_uuid()",
            "backup_catalog_run_uuid_idx",
        ),
        (
            "SELECT FROM restore_definition WHERE bck_id = 1",
            "restore_definition_bck_id_idx",
        ),
        ("SELECT FROM alerts WHERE bck_id = 1", "alerts_bck_id_idx"),
    ] {
        let without = format!("SET enable_seqscan = off; {statement}");
        client.batch_execute(&without).await.unwrap();
        let plan = plan(&client, statement).await;
        assert!(plan.contains(index), "{statement}:\n{plan}");
        client.batch_execute("RESET enable_seqscan").await.unwrap();
    }
}

#[tokio::test]
async fn trap_36_a_long_list_is_streamed_without_being_held() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let mut client = model::owner(&database).await;
    fill(&database, &client, 100_000).await;
    let report = reports::backup_catalog(&CatalogFilter::default());
    let begun = Instant::now();
    let open = report.open(&mut client).await.unwrap();
    let extent = open.extent(str::len, |_| false).await.unwrap();
    let asked = begun.elapsed();
    let mut rows = open.stream(reports::Cells::Shown).await.unwrap();
    let (mut count, mut last) = (0, None::<String>);
    while let Some(row) = rows.next().await {
        let finished = row.unwrap()[3].clone().unwrap();
        assert!(
            last.as_ref().is_none_or(|last| *last >= finished),
            "not newest first"
        );
        last = Some(finished);
        count += 1;
    }
    println!(
        "100 000 backups: widths {asked:?}, with rows {:?}",
        begun.elapsed()
    );
    assert_eq!(count, 100_000);
    assert_eq!((extent.rows, extent.widths[0]), (100_000, 9));
}
