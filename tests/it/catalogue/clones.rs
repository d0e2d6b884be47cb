//! A clone: its snapshot, the restore that the database registers, and where it stands.

use pgbackman_core::catalogue::backups;
use pgbackman_core::catalogue::definitions::Deletion;
use pgbackman_core::catalogue::definitions::snapshots;
use pgbackman_core::catalogue::reports;
use pgbackman_core::catalogue::restores::clones::{self, ClonedDatabase, NewClones};
use pgbackman_core::catalogue::restores::restore_definitions::{
    self as restores, RestoreDefinition,
};
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::{NodeId, SnapshotId};
use pgbackman_core::domain::status::{AtStatus, ExecutionStatus};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, Small, noon, result};

fn of(small: &Small, target: NodeId, target_dbname: &str) -> NewClones {
    NewClones {
        server: small.server,
        node: small.node,
        target,
        databases: vec![ClonedDatabase {
            dbname: "shop".to_owned(),
            target_dbname: target_dbname.to_owned(),
            renamed_dbname: Some("before".to_owned()),
        }],
        at_time: noon(20),
        extra_parameters: "--no-owner".to_owned(),
    }
}

/// Status and reason of each clone, the newest first.
async fn standing(client: &Client) -> Vec<(String, Option<String>)> {
    let report = reports::clones(&reports::Filter::default());
    let rows = report.rows(client, reports::Cells::Shown).await.unwrap();
    let column = |name| {
        let columns = report.layout().columns;
        columns
            .iter()
            .position(|column| column.heading == name)
            .unwrap()
    };
    let (status, reason) = (column("Status"), column("Reason"));
    rows.into_iter()
        .map(|row| (row[status].clone().unwrap(), row[reason].clone()))
        .collect()
}

async fn status(client: &Client) -> String {
    standing(client).await.remove(0).0
}

async fn only_snapshot(client: &Client) -> SnapshotId {
    let row = client
        .query_one("SELECT snapshot_id FROM snapshot_definition", &[])
        .await;
    SnapshotId::new(row.unwrap().get(0))
}

async fn only_restore(client: &Client, small: &Small) -> RestoreDefinition {
    let mut waiting = model::waiting_restores(client, small.server).await;
    assert_eq!(waiting.len(), 1);
    waiting.remove(0)
}

/// How the snapshot ends.
fn ended(small: &Small, snapshot: SnapshotId, status: ExecutionStatus) -> BackupResult {
    BackupResult {
        status,
        error_message: (status != ExecutionStatus::Succeeded).then(|| "disk full".to_owned()),
        ..result(small, BackupOrigin::Snapshot(snapshot), noon(20))
    }
}

async fn register_restore_result(client: &Client, restore: &RestoreDefinition, status: &str) {
    client
        .execute(
            "INSERT INTO restore_catalog (restore_def, backup_server_id, target_pgsql_node_id, source_dbname, target_dbname, \
             finished, global_log_file, execution_status, error_message) \
             SELECT r.restore_def, r.backup_server_id, r.target_pgsql_node_id, 'shop', r.target_dbname, now(), '/l', $2, \
                    CASE $2 WHEN 'SUCCEEDED' THEN '' ELSE 'no room' END \
             FROM restore_definition AS r WHERE r.restore_def = $1",
            &[&restore.id.get(), &status],
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_restore_follows_the_snapshot_and_its_end_is_the_clones() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let target = model::node(&client, "node2").await;
    clones::register_all(&client, &of(&small, target, "copy"))
        .await
        .unwrap();
    let snapshot = snapshots::by_id(&client, only_snapshot(&client).await)
        .await
        .unwrap();
    assert_eq!((snapshot.server, snapshot.node), (small.server, small.node));
    assert_eq!((&*snapshot.dbname, snapshot.at_time), ("shop", noon(20)));
    assert_eq!(snapshot.retention_period, "1 day");
    assert_eq!(snapshot.status, AtStatus::Waiting);
    assert_eq!(status(&client).await, "SNAPSHOT WAITING");

    let run = |column: &str, id: i64| {
        format!(
            "INSERT INTO run_in_progress (run_uuid, {column}, backup_server_id, pgsql_node_id, procpid, started) \
             VALUES (gen_random_uuid(), {id}, {}, {}, 1, now())",
            small.server, small.node
        )
    };
    client
        .batch_execute(&run("snapshot_id", snapshot.id.get()))
        .await
        .unwrap();
    assert_eq!(status(&client).await, "SNAPSHOT RUNNING");
    client
        .execute("DELETE FROM run_in_progress", &[])
        .await
        .unwrap();

    let taken = ended(&small, snapshot.id, ExecutionStatus::Warning);
    backups::register_result(&client, &taken).await.unwrap();
    // Told twice, as by a pending file that is imported late.
    backups::register_result(&client, &taken).await.unwrap();
    assert_eq!(status(&client).await, "RESTORE WAITING");
    let restore = only_restore(&client, &small).await;
    assert_eq!(
        (restore.target.id, &*restore.target_dbname),
        (target, "copy")
    );
    assert_eq!(restore.renamed_dbname.as_deref(), Some("before"));
    assert_eq!(restore.extra_parameters, "--no-owner");
    assert!(restore.roles.is_empty());

    // Neither the period of one day nor a force takes the snapshot while the restore needs it.
    let needed: i64 = client
        .query_one(
            "SELECT count(*) FROM snapshots_past_retention(now() + interval '400 days')",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(needed, 0, "the snapshot expires before it is restored");
    assert!(
        snapshots::delete(&client, snapshot.id, Deletion::Forced)
            .await
            .is_err()
    );

    assert!(model::given_to_at(&client, restore.id).await);
    client
        .batch_execute(&run("restore_def", restore.id.get()))
        .await
        .unwrap();
    assert_eq!(status(&client).await, "RESTORE RUNNING");
    client
        .execute("DELETE FROM run_in_progress", &[])
        .await
        .unwrap();
    register_restore_result(&client, &restore, "SUCCEEDED").await;
    assert_eq!(standing(&client).await, [("SUCCEEDED".to_owned(), None)]);

    // Its snapshot goes with its retention, and the clone is remembered.
    snapshots::delete(&client, snapshot.id, Deletion::Forced)
        .await
        .unwrap();
    assert_eq!(standing(&client).await, [("SUCCEEDED".to_owned(), None)]);
}

#[tokio::test]
async fn a_clone_says_why_it_failed() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let target = model::node(&client, "node2").await;
    let begin = async || {
        client
            .execute("DELETE FROM clone_definition", &[])
            .await
            .unwrap();
        client
            .execute("DELETE FROM restore_definition", &[])
            .await
            .unwrap();
        client
            .execute("DELETE FROM backup_catalog", &[])
            .await
            .unwrap();
        client
            .execute("DELETE FROM snapshot_definition", &[])
            .await
            .unwrap();
        clones::register_all(&client, &of(&small, target, "copy"))
            .await
            .unwrap();
        only_snapshot(&client).await
    };
    let reason = async |expected: &str| {
        let clone = standing(&client).await.remove(0);
        assert_eq!(clone, ("ERROR".to_owned(), Some(expected.to_owned())));
    };

    // The snapshot could not be given to at.
    let snapshot = begin().await;
    client
        .execute(
            "UPDATE snapshot_definition SET status = 'ERROR', problem = 'no at here'",
            &[],
        )
        .await
        .unwrap();
    reason("The snapshot could not be given to at: no at here").await;

    // It was deleted.
    snapshots::delete(&client, snapshot, Deletion::Plain)
        .await
        .unwrap();
    reason("The snapshot was deleted").await;

    // It failed.
    let snapshot = begin().await;
    let failed = ended(&small, snapshot, ExecutionStatus::Error);
    backups::register_result(&client, &failed).await.unwrap();
    reason("The snapshot failed: disk full").await;
    assert_eq!(model::waiting_restores(&client, small.server).await, []);

    // The restore cannot be registered; the backup is all the same.
    let snapshot = begin().await;
    client
        .execute(
            "UPDATE clone_definition SET backup_server_id = $1",
            &[&model::server(&client, "other").await.get()],
        )
        .await
        .unwrap();
    let taken = ended(&small, snapshot, ExecutionStatus::Succeeded);
    backups::register_result(&client, &taken).await.unwrap();
    reason("The restore could not be registered: The files of the backup with BckID: 2 are on the backup server with SrvID: 1").await;
    let kept: i64 = client
        .query_one("SELECT count(*) FROM backup_catalog", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 1);

    // It could not be given to at, was deleted, or failed.
    let snapshot = begin().await;
    let taken = ended(&small, snapshot, ExecutionStatus::Succeeded);
    backups::register_result(&client, &taken).await.unwrap();
    let restore = only_restore(&client, &small).await;
    assert!(model::refused_by_at(&client, restore.id, "nologin").await);
    reason("The restore could not be given to at: nologin").await;
    restores::delete(&client, restore.id).await.unwrap();
    reason("The restore was deleted").await;

    let snapshot = begin().await;
    let taken = ended(&small, snapshot, ExecutionStatus::Succeeded);
    backups::register_result(&client, &taken).await.unwrap();
    let restore = only_restore(&client, &small).await;
    register_restore_result(&client, &restore, "ERROR").await;
    reason("no room").await;
}

#[tokio::test]
async fn clones_of_one_database_at_one_time_share_their_snapshot_until_it_is_taken() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let target = model::node(&client, "node2").await;
    clones::register_all(&client, &of(&small, target, "copy"))
        .await
        .unwrap();
    clones::register_all(&client, &of(&small, target, "copy 2"))
        .await
        .unwrap();
    let snapshot = only_snapshot(&client).await;
    let taken = ended(&small, snapshot, ExecutionStatus::Succeeded);
    backups::register_result(&client, &taken).await.unwrap();
    let waiting = model::waiting_restores(&client, small.server).await;
    let names: Vec<&str> = waiting.iter().map(|one| &*one.target_dbname).collect();
    assert_eq!(names, ["copy", "copy 2"]);
    let late = clones::register_all(&client, &of(&small, target, "copy 3")).await;
    assert!(
        late.unwrap_err()
            .to_string()
            .contains("has been taken already")
    );
}

#[tokio::test]
async fn several_clones_are_registered_together_or_not_at_all() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let target = model::node(&client, "node2").await;
    let one = |dbname: &str| ClonedDatabase {
        dbname: dbname.to_owned(),
        target_dbname: dbname.to_owned(),
        renamed_dbname: None,
    };
    let mut new = of(&small, target, "copy");
    new.databases = vec![one("shop"), one("")];
    assert!(
        clones::register_all(&client, &new).await.is_err(),
        "a database without a name"
    );
    assert!(standing(&client).await.is_empty());
    new.databases = vec![one("shop"), one("Orders")];
    assert_eq!(clones::register_all(&client, &new).await.unwrap().len(), 2);
    assert_eq!(standing(&client).await.len(), 2);
}
