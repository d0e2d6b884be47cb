//! What maintenance lists and claims: the guards one by one, and what they cost.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::backups::expired::{self, After};
use pgbackman_core::catalogue::backups::file_looks;
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, Small, noon};
use super::retention::{claim, register};

/// Takes a guard out of a function. Returns the function as it was.
async fn without(client: &Client, function: &str, guard: &str) -> String {
    let statement = "SELECT pg_get_functiondef($1::text::regprocedure)";
    let row = client.query_one(statement, &[&function]).await.unwrap();
    let whole: String = row.get(0);
    assert_eq!(whole.matches(guard).count(), 1, "{guard:?} in {whole}");
    let less = whole.replace(guard, "");
    client.batch_execute(&less).await.unwrap();
    whole
}

/// What is claimed of one backup.
async fn claims(client: &Client, backup: BckId, as_of: DateTime<Utc>) -> Vec<BckId> {
    claim(client, &[backup], as_of).await.unwrap()
}

/// A backup whose files are about to go, since there is a newer one.
async fn claimed_backup(client: &Client) -> (Small, BckId) {
    let small = model::small(client).await;
    let old = register(client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    assert_eq!(claims(client, old, noon(28)).await, [old]);
    (small, old)
}

#[tokio::test]
async fn either_of_two_guards_keeps_a_claimed_backup_from_being_claimed_again() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let (_, old) = claimed_backup(&client).await;
    for function in [
        // Claimed ones are not judged; and whatever the judgement, they are not claimed.
        "definition_retention(bigint, timestamptz, integer)",
        "claim_expired_backups(bigint[], timestamptz, integer, bigint[])",
    ] {
        let whole = without(&client, function, " AND c.deleting_since IS NULL").await;
        assert_eq!(
            claims(&client, old, noon(28)).await,
            [],
            "without {function}'s"
        );
        client.batch_execute(&whole).await.unwrap();
    }
}

#[tokio::test]
async fn either_of_two_guards_keeps_a_claimed_backup_from_being_restored() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let (small, old) = claimed_backup(&client).await;
    let by_function = format!(
        "SELECT register_restore_definition(now(), {}, {}, {old}, 'copy', NULL, '', '{{}}')",
        small.server, small.node
    );
    // As a script of an operator's might do.
    let by_hand = format!(
        "INSERT INTO restore_definition (bck_id, backup_server_id, target_pgsql_node_id, target_dbname) \
         VALUES ({old}, {}, {}, 'copy')",
        small.server, small.node
    );
    let refused = async |statement: &str| {
        let error = client.batch_execute(statement).await.unwrap_err();
        let refused = error.as_db_error().unwrap().message().to_owned();
        assert!(refused.contains("is being deleted"), "{refused}");
    };
    refused(&by_hand).await;
    client
        .batch_execute(
            "ALTER TABLE restore_definition DISABLE TRIGGER refuse_to_restore_deleted_backup",
        )
        .await
        .unwrap();
    refused(&by_function).await;
}

/// What a server's definitions have to let go.
async fn listed(client: &Client, small: &Small, as_of: DateTime<Utc>) -> Vec<BckId> {
    let listed = expired::of_definitions(client, small.server, as_of, After::default(), 100);
    listed.await.unwrap().iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn an_entry_without_an_end_is_listed_by_its_registration() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let failed = register(&client, &small, ExecutionStatus::Error, noon(1)).await;
    // Nothing else of the definition is old enough to be looked at.
    register(&client, &small, ExecutionStatus::Succeeded, noon(27)).await;
    client
        .execute(
            "UPDATE backup_catalog SET started = NULL, finished = NULL, registered = $1 WHERE bck_id = $2",
            &[&noon(1), &failed.get()],
        )
        .await
        .unwrap();
    assert_eq!(listed(&client, &small, noon(8)).await, []);
    assert_eq!(listed(&client, &small, noon(9)).await, [failed]);
    assert_eq!(claims(&client, failed, noon(9)).await, [failed]);
}

/// So many backups the definition has that is judged, and nine times as many there are of others.
const BACKUPS: i64 = 1_000;

/// How many rows of the catalogue a session has looked at, and how often at the whole table.
async fn looked_at(client: &Client) -> (i64, i64) {
    let statement = "SELECT seq_tup_read + idx_tup_fetch, seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'backup_catalog'";
    let row = client.query_one(statement, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn a_claim_looks_at_its_definition_once_and_at_no_other() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let others: Vec<_> = (1..100)
        .map(|n| model::new_definition(small.server, small.node, &format!("db{n}")))
        .collect();
    pgbackman_core::catalogue::definitions::register_all(&client, &others)
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
                 pg_dump_file, pg_dump_log_file, global_log_file, execution_status, execution_method, run_uuid) \
             SELECT CASE WHEN n <= $1::bigint THEN 1 ELSE 2 + n % 99 END, 1, 1, 'shop', t, t, interval '0', '/srv/' || n, \
                 '/log/' || n, '', 'SUCCEEDED', 'CRON', gen_random_uuid() \
             FROM generate_series(1, 10 * $1::bigint) AS n \
             CROSS JOIN LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 min') AS moment (t)",
            &[&BACKUPS],
        )
        .await
        .unwrap();
    database.psql("VACUUM ANALYZE");
    for claimed in [1, 500] {
        let backups: Vec<BckId> = (1..=claimed).map(BckId::new).collect();
        let looked = file_looks::to_look_at(&client, small.server, &backups, noon(28)).await;
        let seen: Vec<BckId> = looked.unwrap().iter().map(|backup| backup.id).collect();
        client.batch_execute("BEGIN").await.unwrap();
        let before = looked_at(&client).await;
        let got = expired::claim(&client, small.server, &backups, noon(28), &seen)
            .await
            .unwrap();
        let after = looked_at(&client).await;
        client.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(got, backups);
        // Found, locked, judged, compared with those that name its files, marked.
        let most = BACKUPS + 10 * claimed + 100;
        assert!(
            after.0 - before.0 < most,
            "{claimed}: {} rows",
            after.0 - before.0
        );
        assert_eq!(after.1 - before.1, 0, "the whole table was read");
    }
}
