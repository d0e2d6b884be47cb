//! Snapshots as they are registered, compared with the queue of `at`, and deleted.

use pgbackman_core::catalogue::backups::kept::{self, Until};
use pgbackman_core::catalogue::backups::leftovers;
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions::Deletion;
use pgbackman_core::catalogue::definitions::snapshots::{self, NewSnapshots};
use pgbackman_core::catalogue::restores::restore_definitions::{
    self as restores, NewRestoreDefinition,
};
use pgbackman_core::catalogue::runs::at_jobs;
use pgbackman_core::catalogue::runs::{self, Run};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::SnapshotId;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::{AtStatus, BackupCode};
use pgbackman_core::sys::at::AtJob;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;
use uuid::Uuid;

use super::model::{self, Small, heard, listening, noon, result};

fn new(small: &Small, dbnames: &[&str]) -> NewSnapshots {
    NewSnapshots {
        server: small.server,
        node: small.node,
        dbnames: dbnames.iter().map(|&name| name.to_owned()).collect(),
        at_time: noon(21),
        code: BackupCode::Full,
        retention_period: "7 days".to_owned(),
        extra_parameters: "-T log".to_owned(),
        tag: "Before the upgrade".to_owned(),
        pg_dump_release: Some(PgMajor::new(18)),
    }
}

async fn one(client: &Client, small: &Small) -> SnapshotId {
    snapshots::register_all(client, &new(small, &["shop"]))
        .await
        .unwrap()[0]
}

/// (job, status, begun) of what is not finished.
async fn unfinished(client: &Client, small: &Small) -> Vec<(AtJob, AtStatus, bool)> {
    let listed = at_jobs::unfinished(client, small.server).await.unwrap();
    listed
        .iter()
        .map(|one| (one.job, one.status, one.begun))
        .collect()
}

async fn refusal(client: &Client, new: &NewSnapshots) -> String {
    let error = snapshots::register_all(client, new).await.unwrap_err();
    error.refusal().expect("not refused").message.clone()
}

#[tokio::test]
async fn snapshots_are_registered_together_or_not_at_all() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let (session, mut events) = listening(&database, &[Channel::SnapshotDefined]).await;
    let ids = snapshots::register_all(&client, &new(&small, &["Orders", "a\nb", "shop"]))
        .await
        .unwrap();
    let found = snapshots::by_id(&client, ids[1]).await.unwrap();
    assert_eq!((found.dbname.as_str(), found.at_time), ("a\nb", noon(21)));
    assert_eq!((found.status, found.encryption), (AtStatus::Waiting, false));
    assert_eq!(found.pg_dump_release.as_deref(), Some("18"));
    assert_eq!(
        heard(&session, &mut events).await.len(),
        1,
        "one notification for all"
    );

    let again = refusal(&client, &new(&small, &["new", "shop"])).await;
    assert!(again.contains("duplicate key"), "{again}");
    assert_eq!(unfinished(&client, &small).await.len(), 3);
    assert!(heard(&session, &mut events).await.is_empty());
    snapshots::delete(&client, ids[0], Deletion::Plain)
        .await
        .unwrap();
    assert_eq!(
        heard(&session, &mut events).await.len(),
        1,
        "a deletion is told"
    );
}

#[tokio::test]
async fn a_snapshot_that_no_program_could_take_is_refused() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let good = || new(&small, &["shop"]);
    for (bad, reason) in [
        (
            NewSnapshots {
                code: BackupCode::Config,
                ..good()
            },
            "CONFIG",
        ),
        (
            NewSnapshots {
                dbnames: vec![String::new()],
                ..good()
            },
            "CLUSTER",
        ),
        (
            NewSnapshots {
                retention_period: "-1 day".to_owned(),
                ..good()
            },
            "negative",
        ),
    ] {
        let said = refusal(&client, &bad).await;
        assert!(said.contains(reason), "{said}");
    }
    for time in [
        "infinity",
        "-infinity",
        "10000-01-01",
        "1969-01-01",
        "2000-01-01 BC",
    ] {
        let error = client
            .execute(
                "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, at_time, backup_code) \
                 VALUES ($1, $2::bigint::integer, 'shop', $3::text::timestamptz, 'FULL')",
                &[&small.server.get(), &small.node.get(), &time],
            )
            .await
            .unwrap_err();
        assert!(
            error
                .as_db_error()
                .unwrap()
                .message()
                .contains("at can be given"),
            "{time}"
        );
    }
    assert_eq!(unfinished(&client, &small).await, []);
}

#[tokio::test]
async fn a_snapshot_is_unfinished_until_it_has_a_result() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let id = one(&client, &small).await;
    let job = AtJob::Snapshot(id);
    assert_eq!(
        unfinished(&client, &small).await,
        [(job, AtStatus::Waiting, false)]
    );
    let change = async |from, to, problem| {
        at_jobs::change_status(&client, job, from, to, problem)
            .await
            .unwrap()
    };
    assert!(change(AtStatus::Waiting, AtStatus::Defined, None).await);
    assert!(!change(AtStatus::Waiting, AtStatus::Error, Some("late")).await);
    assert_eq!(
        unfinished(&client, &small).await,
        [(job, AtStatus::Defined, false)]
    );

    let run = Run {
        run_uuid: Uuid::new_v4(),
        origin: BackupOrigin::Snapshot(id),
        server: small.server,
        node: small.node,
        procpid: 4711,
        started: noon(21),
    };
    runs::begin(&client, &run).await.unwrap();
    assert_eq!(
        unfinished(&client, &small).await,
        [(job, AtStatus::Defined, true)]
    );
    let mut taken = result(&small, BackupOrigin::Snapshot(id), noon(21));
    taken.run_uuid = run.run_uuid;
    backups::register_result(&client, &taken).await.unwrap();
    assert_eq!(unfinished(&client, &small).await, []);

    let other = NewSnapshots {
        at_time: noon(22),
        ..new(&small, &["shop"])
    };
    let other = AtJob::Snapshot(snapshots::register_all(&client, &other).await.unwrap()[0]);
    at_jobs::change_status(
        &client,
        other,
        AtStatus::Waiting,
        AtStatus::Error,
        Some("why"),
    )
    .await
    .unwrap();
    assert_eq!(unfinished(&client, &small).await, [], "an error is final");
}

#[tokio::test]
async fn a_snapshot_goes_with_its_backups_only_by_force() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let id = one(&client, &small).await;
    let taken = result(&small, BackupOrigin::Snapshot(id), noon(21));
    let Registration::Registered(backup) = backups::register_result(&client, &taken).await.unwrap()
    else {
        panic!("not registered");
    };
    let error = snapshots::delete(&client, id, Deletion::Plain)
        .await
        .unwrap_err();
    assert_eq!(
        error.refusal().unwrap().constraint.as_deref(),
        Some("backup_catalog_snapshot_id_fkey")
    );
    let restore = NewRestoreDefinition {
        at_time: noon(22),
        server: small.server,
        target: small.node,
        backup,
        target_dbname: "shop".to_owned(),
        renamed_dbname: None,
        extra_parameters: String::new(),
        roles: Vec::new(),
    };
    let restore = restores::register(&client, &restore).await.unwrap();
    let error = snapshots::delete(&client, id, Deletion::Forced)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("needed by a restore"), "{error}");
    restores::delete(&client, restore).await.unwrap();

    kept::keep(&client, backup, Until::Forever, "")
        .await
        .unwrap();
    let error = snapshots::delete(&client, id, Deletion::Forced)
        .await
        .unwrap_err();
    let refusal = error.refusal().expect("not refused by the database");
    assert_eq!(refusal.message, "Backups of this snapshot are kept");
    assert_eq!(
        refusal.detail.as_deref(),
        Some(format!("BckIDs: {backup}").as_str())
    );
    kept::release(&client, backup).await.unwrap();

    snapshots::delete(&client, id, Deletion::Forced)
        .await
        .unwrap();
    let entries = leftovers::forced(&client, small.server, 0, 10)
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].origin, Some(BackupOrigin::Snapshot(id)));
    assert_eq!(
        (entries[0].backup, entries[0].files.paths().count()),
        (backup, 7)
    );
    let error = snapshots::delete(&client, id, Deletion::Forced)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn each_backup_server_of_each_catalogue_marks_its_jobs_otherwise() {
    let one = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&one).await;
    let server = model::server(&client, "backup1").await;
    let second = model::server(&client, "backup2").await;
    let mark = at_jobs::catalogue_mark(&client, server).await.unwrap();
    assert_eq!(
        at_jobs::catalogue_mark(&client, server).await.unwrap(),
        mark
    );
    assert_ne!(
        at_jobs::catalogue_mark(&client, second).await.unwrap(),
        mark
    );
    // A copy of the catalogue has the same rows.
    let copy = catalogue::database(Cluster::shared(Version::Installed));
    let copied = model::owner(&copy).await;
    let there = model::server(&copied, "backup1").await;
    let token = client
        .query_one(
            "SELECT at_token FROM backup_server WHERE server_id = $1",
            &[&server.get()],
        )
        .await
        .unwrap()
        .get::<_, String>(0);
    copied
        .execute("UPDATE backup_server SET at_token = $1", &[&token])
        .await
        .unwrap();
    assert_ne!(at_jobs::catalogue_mark(&copied, there).await.unwrap(), mark);
}
