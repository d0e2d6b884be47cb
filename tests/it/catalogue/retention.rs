//! The cases in which retention has eaten backups elsewhere; `retention_model` has the random histories.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::kept::{self, Until};
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::backups::{expired, file_looks};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{BckId, ServerId, SnapshotId};
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, Small, noon, result, with_files_of_its_own};

/// Claims as maintenance does where it found all files whole.
pub(super) async fn claim(
    client: &Client,
    backups: &[BckId],
    as_of: DateTime<Utc>,
) -> Result<Vec<BckId>, CatalogError> {
    let server = ServerId::new(1);
    let looked = file_looks::to_look_at(client, server, backups, as_of).await?;
    let seen: Vec<BckId> = looked.iter().map(|backup| backup.id).collect();
    expired::claim(client, server, backups, as_of, &seen).await
}

pub(super) async fn register(
    client: &Client,
    small: &Small,
    status: ExecutionStatus,
    finished: DateTime<Utc>,
) -> BckId {
    let origin = BackupOrigin::Definition(small.definition);
    let mut one = with_files_of_its_own(result(small, origin, finished));
    one.status = status;
    let Registration::Registered(id) = backups::register_result(client, &one).await.unwrap() else {
        panic!("not registered");
    };
    id
}

async fn asked(client: &Client, as_of: DateTime<Utc>) -> BTreeSet<BckId> {
    let rows = client
        .query("SELECT bck_id FROM backups_past_retention($1)", &[&as_of])
        .await
        .unwrap();
    rows.iter().map(|row| BckId::new(row.get(0))).collect()
}

async fn set_retention(client: &Client, period_days: i32, redundancy: i32) {
    client
        .execute(
            "UPDATE backup_definition SET retention_period = make_interval(days => $1), retention_redundancy = $2",
            &[&period_days, &redundancy],
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn trap_11_eight_failures_do_not_expire_the_one_success() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let good = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    let mut failed = BTreeSet::new();
    for day in 2..10 {
        failed.insert(register(&client, &small, ExecutionStatus::Error, noon(day)).await);
    }
    let later = noon(1) + TimeDelta::days(365);
    let gone = asked(&client, later).await;
    assert!(!gone.contains(&good));
    assert_eq!(gone, failed);
}

#[tokio::test]
async fn trap_12a_a_newer_failure_does_not_expire_what_the_redundancy_keeps() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    set_retention(&client, 1, 5).await;
    for day in 1..6 {
        register(&client, &small, ExecutionStatus::Succeeded, noon(day)).await;
    }
    let failed = register(&client, &small, ExecutionStatus::Error, noon(6)).await;
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::from([failed]));
}

#[tokio::test]
async fn a_warning_stays_while_it_is_the_newest_usable_backup() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let older = register(&client, &small, ExecutionStatus::Warning, noon(1)).await;
    let newest = register(&client, &small, ExecutionStatus::Warning, noon(2)).await;
    let failed = register(&client, &small, ExecutionStatus::Error, noon(3)).await;
    assert_eq!(
        asked(&client, noon(28)).await,
        BTreeSet::from([older, failed])
    );
    register(&client, &small, ExecutionStatus::Succeeded, noon(4)).await;
    assert_eq!(
        asked(&client, noon(28)).await,
        BTreeSet::from([older, newest, failed])
    );
}

#[tokio::test]
async fn a_running_or_reporting_restore_keeps_its_backup() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Error, noon(1)).await;
    let restore: i64 = client
        .query_one(
            "INSERT INTO restore_definition (at_time, backup_server_id, target_pgsql_node_id, bck_id, target_dbname) \
             VALUES ('2026-11-20 12:00+00', $1, $2::bigint, $3, 'copy') RETURNING restore_def",
            &[&small.server.get(), &small.node.get(), &old.get()],
        )
        .await
        .unwrap()
        .get(0);
    client
        .execute("SELECT update_restore_status($1, 'DEFINED')", &[&restore])
        .await
        .unwrap();
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::new());
    client
        .execute(
            "SELECT register_restore_result(gen_random_uuid(), $1, 1, $2, $3, 'shop', 'copy', NULL, now(), now(), '/l', \
             '/g', 'ERROR', 'x', '{}', '15', '15')",
            &[&restore, &small.server.get(), &small.node.get()],
        )
        .await
        .unwrap();
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::from([old]));
    // A failed restore raises an alert of its own.
    let alerts = client
        .query(
            "SELECT bck_id FROM alerts WHERE alert_type = 'Restore-def'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(alerts.len(), 1);
}

#[tokio::test]
async fn a_deleted_database_is_kept_for_the_nodes_quarantine() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let due = async |days: i64| {
        let as_of = Utc::now() + TimeDelta::days(days);
        client
            .query(
                "SELECT * FROM deleted_definitions_past_quarantine($1)",
                &[&as_of],
            )
            .await
            .unwrap()
            .len()
    };
    let deleted = async |days: i64| {
        let statement = "SELECT delete_definition_past_quarantine($1, $2)";
        let as_of = Utc::now() + TimeDelta::days(days);
        let row = client
            .query_one(statement, &[&small.definition.get(), &as_of])
            .await
            .unwrap();
        row.get::<_, bool>(0)
    };
    assert_eq!(due(100).await, 0);
    assert!(!deleted(100).await);
    client
        .execute(
            "UPDATE backup_definition SET job_status = 'DELETED' WHERE def_id = $1",
            &[&small.definition.get()],
        )
        .await
        .unwrap();
    assert_eq!((due(13).await, due(15).await), (0, 1));
    // A value that cannot be read, which 1.2 let pass, keeps the backups.
    database.psql(
        "SET session_replication_role = replica; \
         UPDATE pgsql_node_config SET value = 'soon' WHERE parameter = 'automatic_deletion_retention'",
    );
    assert_eq!(due(1000).await, 0);
    assert!(!deleted(1000).await);
    database.psql(
        "SET session_replication_role = replica; \
         UPDATE pgsql_node_config SET value = '14 days' WHERE parameter = 'automatic_deletion_retention'",
    );
    assert!(!deleted(13).await && deleted(15).await);
    assert!(!deleted(15).await, "it is gone");
}

async fn snapshots_asked(client: &Client, as_of: DateTime<Utc>) -> usize {
    client
        .query("SELECT FROM snapshots_past_retention($1)", &[&as_of])
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_snapshot_goes_by_its_period_unless_it_is_kept_needed_or_being_deleted() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let statement = "SELECT register_snapshot_definition($1, $2, 'shop', now(), 'FULL', '2 days', '', '', NULL)";
    let row = client
        .query_one(statement, &[&small.server.get(), &small.node.get()])
        .await
        .unwrap();
    let origin = BackupOrigin::Snapshot(SnapshotId::new(row.get(0)));
    let one = result(&small, origin, noon(1));
    let Registration::Registered(backup) = backups::register_result(&client, &one).await.unwrap()
    else {
        panic!("not registered");
    };
    // The period ends at noon of the 3rd, and includes that moment.
    assert_eq!(snapshots_asked(&client, noon(3)).await, 0);
    let later = noon(3) + TimeDelta::microseconds(1);
    assert_eq!(snapshots_asked(&client, later).await, 1);

    model::pin(&client, backup, noon(20)).await;
    assert_eq!(snapshots_asked(&client, noon(19)).await, 0);
    // Whoever listed it before gets no claim.
    let claimed = claim(&client, &[backup], noon(19)).await.unwrap();
    assert_eq!(claimed, []);
    assert_eq!(snapshots_asked(&client, noon(20)).await, 1);

    let statement = "SELECT register_restore_definition($1, $2, $3, $4, 'copy', NULL, '', '{}')";
    let (server, node) = (small.server.get(), small.node.get());
    let row = client
        .query_one(statement, &[&noon(2), &server, &node, &backup.get()])
        .await
        .unwrap();
    assert_eq!(snapshots_asked(&client, noon(28)).await, 0);
    let statement = "SELECT delete_restore_definition($1)";
    let restore: i64 = row.get(0);
    client.execute(statement, &[&restore]).await.unwrap();
    assert_eq!(snapshots_asked(&client, noon(28)).await, 1);

    let claimed = claim(&client, &[backup], noon(28)).await.unwrap();
    assert_eq!(claimed, [backup]);
    assert_eq!(snapshots_asked(&client, noon(28)).await, 0);
}

#[tokio::test]
async fn what_is_claimed_can_be_neither_kept_nor_restored_and_only_that_goes() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    let newest = register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    assert_eq!(
        claim(&client, &[old, newest], noon(28)).await.unwrap(),
        [old]
    );
    // Only once.
    assert_eq!(claim(&client, &[old], noon(28)).await.unwrap(), []);
    let refused = kept::keep(&client, old, Until::Forever, "").await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("is being deleted"), "{refused}");
    let statement = "SELECT register_restore_definition(now(), $1, $2, $3, 'copy', NULL, '', '{}')";
    let (server, node) = (small.server.get(), small.node.get());
    let refused = client
        .execute(statement, &[&server, &node, &old.get()])
        .await
        .unwrap_err();
    let refused = refused.as_db_error().unwrap().message();
    assert!(refused.contains("is being deleted"), "{refused}");
    let deleted = expired::delete_claimed(&client, &[old, newest]).await;
    assert_eq!(deleted.unwrap(), 1);
    let left = client.query("SELECT bck_id FROM backup_catalog", &[]).await;
    assert_eq!(left.unwrap()[0].get::<_, i64>(0), newest.get());
}

#[tokio::test]
async fn a_restore_that_was_given_to_at_and_never_reports_keeps_its_backup_for_thirty_days() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    let statement = "SELECT register_restore_definition($1, $2, $3, $4, 'copy', NULL, '', '{}')";
    let (server, node) = (small.server.get(), small.node.get());
    let row = client
        .query_one(statement, &[&noon(10), &server, &node, &old.get()])
        .await
        .unwrap();
    let restore: i64 = row.get(0);
    // Waiting, it keeps the backup for ever.
    assert_eq!(
        asked(&client, noon(1) + TimeDelta::days(3000)).await,
        BTreeSet::new()
    );
    client
        .execute("SELECT update_restore_status($1, 'DEFINED')", &[&restore])
        .await
        .unwrap();
    let end = noon(10) + TimeDelta::days(30);
    assert_eq!(
        asked(&client, end - TimeDelta::microseconds(1)).await,
        BTreeSet::new()
    );
    assert_eq!(asked(&client, end).await, BTreeSet::from([old]));
}

#[tokio::test]
async fn trap_12_a_backup_whose_restore_is_being_registered_is_not_claimed() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    let operator = model::owner(&database).await;
    operator.batch_execute("BEGIN").await.unwrap();
    let statement = "SELECT register_restore_definition(now(), $1, $2, $3, 'copy', NULL, '', '{}')";
    let (server, node) = (small.server.get(), small.node.get());
    operator
        .execute(statement, &[&server, &node, &old.get()])
        .await
        .unwrap();
    // Whoever asks sees nothing of it yet.
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::from([old]));
    let claimed = claim(&client, &[old], noon(28)).await.unwrap();
    operator.batch_execute("COMMIT").await.unwrap();
    assert_eq!(claimed, []);
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::new());
}

#[tokio::test]
async fn a_claim_waits_for_a_policy_that_is_being_changed_and_judges_by_the_new_one() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let old = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    register(&client, &small, ExecutionStatus::Succeeded, noon(2)).await;
    let (operator, watcher) = (model::owner(&database).await, model::owner(&database).await);
    operator.batch_execute("BEGIN").await.unwrap();
    set_retention(&operator, 7, 2).await;
    let claim = async { claim(&client, &[old], noon(28)).await.unwrap() };
    let commit = async {
        model::until_somebody_waits(&watcher).await;
        operator.batch_execute("COMMIT").await.unwrap();
    };
    let (claimed, ()) = tokio::join!(claim, commit);
    assert_eq!(claimed, []);
}
