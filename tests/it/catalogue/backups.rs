//! A run's result enters the catalogue once, whatever happens around it.

use chrono::Utc;
use pgbackman_core::catalogue::backups::leftovers;
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::definitions::{self, Deletion};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::catalogue::runs::lost_runs;
use pgbackman_core::catalogue::runs::{self, Run};
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::SnapshotId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;
use uuid::Uuid;

use super::model::{self, Small, noon, result};

async fn count(client: &Client, table: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {table}"), &[])
        .await
        .unwrap()
        .get(0)
}

fn of_definition(small: &Small) -> BackupResult {
    result(small, BackupOrigin::Definition(small.definition), noon(20))
}

/// Registers a snapshot definition of the small catalogue's database.
async fn snapshot(client: &Client, small: &Small) -> SnapshotId {
    let row = client
        .query_one(
            "SELECT register_snapshot_definition($1, $2, 'shop', '2026-11-20 12:00+00', 'full', '7 days', '', 'tag', '')",
            &[&small.server.get(), &small.node.get()],
        )
        .await
        .unwrap();
    SnapshotId::new(row.get(0))
}

#[tokio::test]
async fn trap_29_a_result_is_registered_once_however_often_it_arrives() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);

    let Registration::Registered(id) = backups::register_result(&client, &one).await.unwrap()
    else {
        panic!("not registered");
    };
    for _ in 0..3 {
        assert_eq!(
            backups::register_result(&client, &one).await.unwrap(),
            Registration::AlreadyRegistered
        );
    }
    assert_eq!(count(&client, "backup_catalog").await, 1);

    // Deleted by retention: a late pending file does not bring it back.
    backups::delete(&client, id).await.unwrap();
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::AlreadyRegistered
    );
    assert_eq!(count(&client, "backup_catalog").await, 0);
}

#[tokio::test]
async fn trap_29_two_processes_that_register_a_result_at_once_register_it_once() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let mut first = model::owner(&database).await;
    let second = model::owner(&database).await;
    let small = model::small(&second).await;
    let one = of_definition(&small);

    // The first has not committed when the second begins; the second waits for it.
    let registering = first.transaction().await.unwrap();
    let registered = backups::register_result(&registering, &one).await.unwrap();
    assert!(matches!(registered, Registration::Registered(_)));
    let watcher = model::owner(&database).await;
    let (late, ()) = tokio::join!(backups::register_result(&second, &one), async {
        model::until_somebody_waits(&watcher).await;
        registering.commit().await.unwrap();
    });
    assert_eq!(late.unwrap(), Registration::AlreadyRegistered);
    assert_eq!(count(&second, "backup_catalog").await, 1);
}

#[tokio::test]
async fn trap_5_a_row_has_what_the_run_said() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let mut failed = of_definition(&small);
    failed.status = ExecutionStatus::Error;
    failed.error_message =
        Some("pg_dump: error: a NUL\0 and :: colons\nand a second line".to_owned());
    failed.dump.file = None;
    failed.dump.size = None;
    backups::register_result(&client, &failed).await.unwrap();
    backups::register_result(&client, &of_definition(&small))
        .await
        .unwrap();

    let row = client
        .query_one(
            "SELECT def_id, procpid, dbname, duration = interval '6 s' AS six, pg_dump_file, pg_dump_roles_file_size, \
                    execution_method, error_message, role_list, pgsql_node_release, datoid, encrypted, \
                    run_uuid, run_context ->> 'node' AS node, finished \
             FROM backup_catalog WHERE execution_status = 'ERROR'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>("def_id"), small.definition.get());
    assert_eq!(row.get::<_, i32>("procpid"), 4711);
    assert!(row.get::<_, bool>("six"));
    assert_eq!(row.get::<_, Option<&str>>("pg_dump_file"), None);
    assert_eq!(row.get::<_, i64>("pg_dump_roles_file_size"), 533);
    assert_eq!(row.get::<_, &str>("execution_method"), "CRON");
    assert_eq!(
        row.get::<_, &str>("error_message"),
        "pg_dump: error: a NUL and :: colons\nand a second line"
    );
    assert_eq!(row.get::<_, Vec<String>>("role_list"), failed.role_list);
    assert_eq!(row.get::<_, u32>("datoid"), 16_384);
    assert_eq!(row.get::<_, Uuid>("run_uuid"), failed.run_uuid);
    assert_eq!(row.get::<_, &str>("node"), "node1.example.org");
    assert_eq!(
        row.get::<_, chrono::DateTime<Utc>>("finished"),
        failed.finished
    );

    // A failure raises an alert, a success none.
    let alerts = client
        .query(
            "SELECT alert_type, ref_id, sendto, alert_sent FROM alerts",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].get::<_, &str>("alert_type"), "Backup-def");
    assert_eq!(alerts[0].get::<_, i64>("ref_id"), small.definition.get());
    assert_eq!(alerts[0].get::<_, &str>("sendto"), "");
    assert!(!alerts[0].get::<_, bool>("alert_sent"));
}

#[tokio::test]
async fn trap_29a_a_result_whose_definition_is_gone_is_kept_as_an_orphan() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);
    definitions::delete(&client, small.definition, Deletion::Plain)
        .await
        .unwrap();

    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::Orphaned
    );
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::AlreadyRegistered
    );
    let row = client
        .query_one(
            "SELECT orphan_id, def_id, pg_dump_file, manifest_file, delete_after - registered = interval '14 days' AS kept, \
                    result ->> 'checksum' AS checksum FROM orphaned_result",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>("def_id"), small.definition.get());
    assert_eq!(
        row.get::<_, Option<&str>>("pg_dump_file"),
        one.dump.file.as_ref().and_then(|file| file.to_str())
    );
    assert!(row.get::<_, Option<&str>>("manifest_file").is_some());
    assert!(
        row.get::<_, bool>("kept"),
        "not kept for the node's quarantine"
    );
    assert_eq!(row.get::<_, &str>("checksum"), "00ff");

    let id: i64 = row.get("orphan_id");
    client
        .execute("SELECT delete_orphaned_result($1)", &[&id])
        .await
        .unwrap();
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::AlreadyRegistered
    );
    assert_eq!(count(&client, "orphaned_result").await, 0);
}

#[tokio::test]
async fn a_result_of_a_server_that_is_gone_is_an_orphan_too() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);
    let other = model::server(&client, "backup2").await;
    definitions::move_to_server(
        &client,
        small.server,
        other,
        &definitions::MoveFilter::default(),
    )
    .await
    .unwrap();
    servers::delete(&client, small.server).await.unwrap();
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::Orphaned
    );
}

#[tokio::test]
async fn a_definition_under_a_run_is_deleted_by_force_only() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);
    let run = Run {
        run_uuid: one.run_uuid,
        origin: one.origin,
        server: small.server,
        node: small.node,
        procpid: u32::MAX,
        started: one.started,
    };
    runs::begin(&client, &run).await.unwrap();
    runs::begin(&client, &run).await.unwrap();
    assert_eq!(
        runs::list(&client, small.server).await.unwrap(),
        std::slice::from_ref(&run)
    );

    let error = definitions::delete(&client, small.definition, Deletion::Plain)
        .await
        .unwrap_err();
    assert_eq!(
        error
            .refusal()
            .and_then(|refusal| refusal.constraint.as_deref()),
        Some("run_in_progress_def_id_fkey")
    );
    definitions::delete(&client, small.definition, Deletion::Forced)
        .await
        .unwrap();
    assert_eq!(runs::list(&client, small.server).await.unwrap(), []);
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::Orphaned
    );
}

#[tokio::test]
async fn registering_ends_the_run() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);
    let run = |run_uuid| Run {
        run_uuid,
        origin: one.origin,
        server: small.server,
        node: small.node,
        procpid: 1,
        started: one.started,
    };
    let other = Uuid::new_v4();
    for uuid in [one.run_uuid, other] {
        runs::begin(&client, &run(uuid)).await.unwrap();
    }
    backups::register_result(&client, &one).await.unwrap();
    assert_eq!(
        runs::list(&client, small.server).await.unwrap(),
        [run(other)]
    );
    runs::end(&client, other).await.unwrap();
    assert_eq!(runs::list(&client, small.server).await.unwrap(), []);
    // A result that has arrived is not taken for lost, although its beginning was told late.
    database.psql(&format!(
        "INSERT INTO run_in_progress (run_uuid, def_id, backup_server_id, pgsql_node_id, procpid, started) \
         VALUES ('{}', {}, {}, {}, 1, now())",
        one.run_uuid, small.definition, small.server, small.node
    ));
    let lost = lost_runs::end(&client, one.run_uuid, "lost").await.unwrap();
    assert_eq!((lost, count(&client, "backup_catalog").await), (None, 1));
}

#[tokio::test]
async fn a_snapshot_is_begun_by_one_run_and_over_with_its_backup() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let id = snapshot(&client, &small).await;
    let one = result(&small, BackupOrigin::Snapshot(id), noon(20));
    let run = |run_uuid| Run {
        run_uuid,
        origin: one.origin,
        server: small.server,
        node: small.node,
        procpid: 1,
        started: one.started,
    };
    runs::begin(&client, &run(one.run_uuid)).await.unwrap();
    assert!(
        runs::begin(&client, &run(Uuid::new_v4())).await.is_err(),
        "begun twice at once"
    );
    let Registration::Registered(backup) = backups::register_result(&client, &one).await.unwrap()
    else {
        panic!("not registered");
    };
    assert!(
        runs::begin(&client, &run(Uuid::new_v4())).await.is_err(),
        "begun again after it was taken"
    );
    backups::delete(&client, backup).await.unwrap();
    assert_eq!(count(&client, "snapshot_definition").await, 0);
}

#[tokio::test]
async fn a_forced_deletion_leaves_the_files_to_maintenance() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let one = of_definition(&small);
    backups::register_result(&client, &one).await.unwrap();

    let error = definitions::delete(&client, small.definition, Deletion::Plain)
        .await
        .unwrap_err();
    let refusal = error.refusal().expect("not refused by the database");
    assert_eq!(
        refusal.constraint.as_deref(),
        Some("backup_catalog_def_id_fkey")
    );
    assert!(
        refusal.message.contains("foreign key") && refusal.detail.is_some(),
        "{refusal:?}"
    );

    let deleted = definitions::delete_by_dbname(&client, small.node, "shop", Deletion::Forced)
        .await
        .unwrap();
    assert_eq!(deleted, 1);
    let entries = leftovers::forced(&client, small.server, 0, 10)
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].node, Some(small.node));
    assert_eq!(entries[0].files.paths().count(), 7, "{entries:?}");
    leftovers::forget_forced(&client, &[entries[0].id])
        .await
        .unwrap();
    let left = leftovers::forced(&client, small.server, 0, 10);
    assert_eq!(left.await.unwrap(), []);
    assert_eq!(
        backups::register_result(&client, &one).await.unwrap(),
        Registration::AlreadyRegistered
    );
}
