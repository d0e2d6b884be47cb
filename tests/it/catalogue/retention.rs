//! Retention against a small model of it, and the cases that have eaten backups elsewhere.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalog::backups::{self, Registration};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_postgres::Client;

use super::model::{self, Small, noon, result};

/// A backup as the model sees it.
#[derive(Debug, Clone)]
struct Entry {
    id: BckId,
    status: ExecutionStatus,
    finished: DateTime<Utc>,
    pinned_until: Option<DateTime<Utc>>,
    restore_waits: bool,
}

/// What retention means, written down a second time: `docs/spec/catalogue.md`, "What the port does better".
fn past_retention(
    entries: &[Entry],
    as_of: DateTime<Utc>,
    period: TimeDelta,
    redundancy: i32,
) -> BTreeSet<BckId> {
    let newer = |one: &Entry, other: &Entry| (other.finished, other.id) > (one.finished, one.id);
    let usable = |entry: &Entry| entry.status != ExecutionStatus::Error;
    let goes = |entry: &&Entry| {
        if entry.finished + period >= as_of
            || entry.restore_waits
            || entry.pinned_until.is_some_and(|until| until > as_of)
        {
            return false;
        }
        match entry.status {
            ExecutionStatus::Succeeded => {
                let kept = usize::try_from(redundancy.max(1)).unwrap();
                let good = entries
                    .iter()
                    .filter(|other| other.status == ExecutionStatus::Succeeded);
                good.filter(|other| newer(entry, other)).count() >= kept
            }
            ExecutionStatus::Warning => entries
                .iter()
                .any(|other| usable(other) && newer(entry, other)),
            ExecutionStatus::Error => true,
        }
    };
    entries.iter().filter(goes).map(|entry| entry.id).collect()
}

async fn register(
    client: &Client,
    small: &Small,
    status: ExecutionStatus,
    finished: DateTime<Utc>,
) -> Entry {
    let mut one = result(small, BackupOrigin::Definition(small.definition), finished);
    one.status = status;
    let Registration::Registered(id) = backups::register_result(client, &one).await.unwrap() else {
        panic!("not registered");
    };
    Entry {
        id,
        status,
        finished,
        pinned_until: None,
        restore_waits: false,
    }
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
async fn retention_agrees_with_its_model() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let mut random = StdRng::seed_from_u64(11);
    let mut expired = 0;
    for _ in 0..40 {
        client
            .execute("DELETE FROM backup_catalog", &[])
            .await
            .unwrap();
        let mut entries = Vec::new();
        for _ in 0..random.random_range(0..9) {
            let status = ExecutionStatus::ALL[random.random_range(0..3)];
            // Few different times, so that some are the same.
            let mut entry =
                register(&client, &small, status, noon(random.random_range(1..7))).await;
            if random.random_range(0..6) == 0 {
                let until = noon(random.random_range(8..20));
                backups::pin(&client, entry.id, until, "a test")
                    .await
                    .unwrap();
                entry.pinned_until = Some(until);
            }
            if random.random_range(0..6) == 0 {
                let target = format!("copy_{}", entry.id);
                client
                    .execute(
                        "INSERT INTO restore_definition (at_time, backup_server_id, target_pgsql_node_id, bck_id, target_dbname) \
                         VALUES ('2026-11-30 12:00+00', $1, $2::bigint, $3, $4)",
                        &[&small.server.get(), &small.node.get(), &entry.id.get(), &target],
                    )
                    .await
                    .unwrap();
                entry.restore_waits = true;
            }
            entries.push(entry);
        }
        let (period, redundancy) = (random.random_range(1..6), random.random_range(0..4));
        set_retention(&client, period, redundancy).await;
        let as_of = noon(random.random_range(6..20));
        let expected = past_retention(&entries, as_of, TimeDelta::days(period.into()), redundancy);
        assert_eq!(
            asked(&client, as_of).await,
            expected,
            "period {period} days, redundancy {redundancy}, as of {as_of}: {entries:#?}"
        );
        expired += expected.len();
    }
    assert!(expired > 20, "the model let only {expired} backups expire");
}

#[tokio::test]
async fn trap_11_eight_failures_do_not_expire_the_one_success() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let good = register(&client, &small, ExecutionStatus::Succeeded, noon(1)).await;
    let mut failed = BTreeSet::new();
    for day in 2..10 {
        failed.insert(
            register(&client, &small, ExecutionStatus::Error, noon(day))
                .await
                .id,
        );
    }
    let later = noon(1) + TimeDelta::days(365);
    let gone = asked(&client, later).await;
    assert!(!gone.contains(&good.id));
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
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::from([failed.id]));
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
        BTreeSet::from([older.id, failed.id])
    );
    register(&client, &small, ExecutionStatus::Succeeded, noon(4)).await;
    assert_eq!(
        asked(&client, noon(28)).await,
        BTreeSet::from([older.id, newest.id, failed.id])
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
            &[&small.server.get(), &small.node.get(), &old.id.get()],
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
    assert_eq!(asked(&client, noon(28)).await, BTreeSet::from([old.id]));
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
    assert_eq!(due(100).await, 0);
    pgbackman_core::catalog::definitions::mark_deleted(&client, &[small.definition])
        .await
        .unwrap();
    assert_eq!((due(13).await, due(15).await), (0, 1));
    // A value that cannot be read, which 1.2 let pass, keeps the backups.
    database.psql(
        "SET session_replication_role = replica; \
         UPDATE pgsql_node_config SET value = 'soon' WHERE parameter = 'automatic_deletion_retention'",
    );
    assert_eq!(due(1000).await, 0);
}
