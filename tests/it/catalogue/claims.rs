//! What maintenance lists and claims: the guards one by one.

use chrono::{DateTime, Utc};
use pgbackman_core::catalog::expired::{self, After};
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, Small, noon};
use super::retention::register;

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
    expired::claim(client, &[backup], as_of).await.unwrap()
}

#[tokio::test]
async fn either_of_two_guards_keeps_a_claimed_backup_from_being_claimed_again() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    assert_eq!(claims(&client, old, noon(28)).await, [old]);
    for function in [
        // Claimed ones are not judged; and whatever the judgement, they are not claimed.
        "definition_retention(bigint, timestamptz)",
        "claim_expired_backups(bigint[], timestamptz)",
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
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    assert_eq!(claims(&client, old, noon(28)).await, [old]);
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
