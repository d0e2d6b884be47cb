//! Installing and upgrading: every version of 1.x becomes the same as a fresh catalogue, with every row.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::schema::migrate::{self, MigrateError, Schema};
use pgbackman_core::catalogue::schema::version::{self, VersionMismatch};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use tokio_postgres::Client;

use super::legacy::{self, Legacy};
use super::model;

/// Tables in which an upgrade adds rows.
const MAY_GROW: [&str; 7] = [
    "alert_type",
    "backup_code",
    "backup_server_config",
    "backup_server_default_config",
    "job_definition_status",
    "pgbackman_version",
    "pgsql_node_config",
];

/// The schema as `pg_dump` writes it, without what changes from run to run.
pub(super) fn schema(database: &TestDatabase<'_>) -> Vec<String> {
    let dumped = database
        .cluster()
        .command("pg_dump")
        .args(["--schema-only", "--restrict-key=test", database.name()])
        .output()
        .unwrap();
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    String::from_utf8(dumped.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Each table's columns by name with type, nullability and default: a schema without the columns' order.
async fn columns(client: &Client) -> BTreeSet<(String, String, String)> {
    let rows = client
        .query(
            "SELECT c.relname::text, a.attname::text, \
                    concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, \
                              pg_get_expr(d.adbin, d.adrelid)) \
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

/// Every row of every table by table, as JSON of the given columns; sorted.
async fn rows(
    client: &Client,
    columns: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in columns {
        let list: Vec<String> = columns
            .iter()
            .map(|column| format!("t.\"{column}\""))
            .collect();
        let statement = format!(
            "SELECT jsonb_build_array({})::text FROM \"{table}\" AS t",
            list.join(", ")
        );
        let found = client.query(&statement, &[]).await.unwrap();
        let mut texts: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        texts.sort();
        all.insert(table.clone(), texts);
    }
    all
}

async fn columns_by_table(client: &Client) -> BTreeMap<String, Vec<String>> {
    let found = client
        .query(
            "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum) \
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY 1",
            &[],
        )
        .await
        .unwrap();
    found.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// The columns of the views, in order, as `name type`.
async fn view_columns(client: &Client) -> BTreeMap<String, Vec<String>> {
    let found = client
        .query(
            "SELECT c.relname::text, \
                    array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) \
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' GROUP BY 1",
            &[],
        )
        .await
        .unwrap();
    found.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Upgrades and looks whether every row is still there, and nothing new but where it may be.
async fn upgrade_keeping_rows(database: &TestDatabase<'_>, from: i32) {
    let mut client = model::owner(database).await;
    let tables = columns_by_table(&client).await;
    let before = rows(&client, &tables).await;
    assert!(
        before.values().map(Vec::len).sum::<usize>() > 150,
        "the fixture has too few rows"
    );

    let applied = migrate::upgrade(&mut client).await.unwrap();
    assert_eq!(
        (applied.from, applied.changed, applied.remarks),
        (Some(from), true, vec![])
    );

    let mut after = rows(&client, &tables).await;
    for (table, before) in &before {
        let after = after.remove(table).unwrap();
        let lost: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
        assert!(lost.is_empty(), "{table} lost {lost:?}");
        if !MAY_GROW.contains(&table.as_str()) {
            assert!(
                after.len() == before.len() || from < 3,
                "{table} has new rows: {after:?}"
            );
        }
    }
    assert!(after.is_empty());
    version::check(&client).await.unwrap();
}

#[tokio::test]
async fn every_version_of_1_x_becomes_a_fresh_catalogue_with_every_row() {
    let cluster = Cluster::shared(Version::Installed);
    let fresh = catalogue::database(cluster);
    let expected = schema(&fresh);
    for legacy in Legacy::ALL {
        let database = legacy::database(cluster, legacy);
        upgrade_keeping_rows(&database, legacy.version()).await;
        if legacy == Legacy::V1 {
            // What 1.1 added to 1.0 stands behind what 1.0 had: the order of columns differs, nothing else.
            let upgraded = columns(&model::owner(&database).await).await;
            assert_eq!(upgraded, columns(&model::owner(&fresh).await).await);
        } else {
            let upgraded = schema(&database);
            for (line, (left, right)) in upgraded.iter().zip(&expected).enumerate() {
                assert_eq!(left, right, "{legacy:?}, line {line}");
            }
            assert_eq!(upgraded.len(), expected.len());
        }
    }
}

#[tokio::test]
async fn an_upgrade_works_on_the_newer_servers_and_as_a_superuser() {
    for server in [Version::V16, Version::V18] {
        let cluster = Cluster::shared(server);
        let fresh = catalogue::database(cluster);
        let database = legacy::database(cluster, Legacy::V3);
        let mut client = database.connect().await;
        assert!(migrate::upgrade(&mut client).await.unwrap().changed);
        let owners = client
            .query(
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                 AND relowner <> 'pgbackman_role_rw'::regrole \
                 UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
                 AND proowner <> 'pgbackman_role_rw'::regrole",
                &[],
            )
            .await
            .unwrap();
        assert!(owners.is_empty(), "{owners:?}");
        assert_eq!(
            columns(&client).await,
            columns(&fresh.connect().await).await,
            "{server:?}"
        );
    }
}

#[tokio::test]
async fn the_views_have_the_columns_of_1_2_first() {
    let cluster = Cluster::shared(Version::Installed);
    let old = view_columns(&legacy::database(cluster, Legacy::V3).connect().await).await;
    let new = view_columns(&catalogue::database(cluster).connect().await).await;
    assert_eq!(old.len(), 20);
    for (view, columns) in &old {
        let now = &new[view];
        assert_eq!(&now[..columns.len().min(now.len())], columns, "{view}");
    }
}

#[tokio::test]
async fn upgrading_or_installing_twice_is_once_also_at_the_same_time() {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V2);
    let (mut one, mut two) = (model::owner(&database).await, model::owner(&database).await);
    let (first, second) = tokio::join!(migrate::upgrade(&mut one), migrate::upgrade(&mut two));
    let changed = [first.unwrap().changed, second.unwrap().changed];
    assert_eq!(
        changed.iter().filter(|changed| **changed).count(),
        1,
        "{changed:?}"
    );

    let before = schema(&database);
    assert!(!migrate::upgrade(&mut one).await.unwrap().changed);
    assert!(!migrate::install(&mut one).await.unwrap().changed);
    assert_eq!(schema(&database), before);

    let empty = legacy::empty(cluster);
    let (mut one, mut two) = (model::owner(&empty).await, model::owner(&empty).await);
    let (first, second) = tokio::join!(migrate::install(&mut one), migrate::install(&mut two));
    let changed = [first.unwrap().changed, second.unwrap().changed];
    assert_eq!(
        changed.iter().filter(|changed| **changed).count(),
        1,
        "{changed:?}"
    );
}

#[tokio::test]
async fn catalogues_of_versions_10_to_12_become_the_same_as_a_fresh_one() {
    let of_13 = "DROP VIEW show_backups_in_progress, show_restores_in_progress; \
                 ALTER TABLE run_in_progress DROP COLUMN run_id, DROP COLUMN phase, DROP COLUMN bytes_done, DROP COLUMN bytes_expected, \
                 DROP COLUMN reported, DROP COLUMN cancel_requested, DROP COLUMN cancelled_by; DROP TABLE requested_run; \
                 ALTER TABLE backup_definition DROP COLUMN retry_times, DROP COLUMN retry_after; DROP VIEW show_maintenance_windows; \
                 DROP TRIGGER end_window_of_running_node ON pgsql_node; \
                 ALTER TABLE pgsql_node DROP COLUMN window_until CASCADE, DROP COLUMN window_reason; \
                 UPDATE pgbackman_version SET version = 12, tag = 'v_2_0_2';";
    let of_12 = "DROP VIEW IF EXISTS file_looks, show_backup_catalog, show_backup_details; DROP TABLE file_look; DROP INDEX backup_catalog_not_whole_idx; \
                 ALTER TABLE backup_catalog DROP COLUMN files_since; \
                 UPDATE pgbackman_version SET version = 11, tag = 'v_2_0_1';";
    let of_11 = "ALTER TABLE backup_catalog DROP COLUMN files_looked_at, DROP COLUMN files_state, DROP COLUMN files_problem; \
                 UPDATE pgbackman_version SET version = 10, tag = 'v_2_0_0'";
    for (version, newer) in [
        (12, of_13.to_owned()),
        (11, format!("{of_13} {of_12}")),
        (10, format!("{of_13} {of_12} {of_11}")),
    ] {
        let database = catalogue::database(Cluster::shared(Version::Installed));
        let fresh = schema(&database);
        database.psql(&newer);
        let mut client = model::owner(&database).await;
        let applied = migrate::upgrade(&mut client).await.unwrap();
        assert_eq!((applied.from, applied.changed), (Some(version), true));
        assert_eq!(schema(&database), fresh);
        version::check(&client).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_catalogue_of_1_x_is_refused_with_what_was_found() {
    let cluster = Cluster::shared(Version::Installed);
    let cases = [
        ("CREATE TABLE customers (id integer)", "customers"),
        (
            "UPDATE pgbackman_version SET version = 14, tag = 'v_9'",
            "[14:v_9]",
        ),
        ("UPDATE pgbackman_version SET version = 7", "[7:"),
        (
            "DROP TABLE restore_logs_to_delete",
            "restore_logs_to_delete",
        ),
        (
            "CREATE TABLE run_in_progress (id integer)",
            "an upgrade was interrupted",
        ),
        (
            "UPDATE pgbackman_version SET version = 10, tag = 'v_2_0_0'",
            "run_in_progress",
        ),
        ("DELETE FROM pgbackman_version", "empty"),
    ];
    for (index, (change, found)) in cases.into_iter().enumerate() {
        let database = if index == 0 {
            legacy::empty(cluster)
        } else {
            legacy::database(cluster, Legacy::V3)
        };
        database.psql(change);
        let before = schema(&database);
        let mut client = model::owner(&database).await;
        for attempt in [
            migrate::upgrade(&mut client).await,
            migrate::install(&mut client).await,
        ] {
            let error = attempt.unwrap_err();
            assert!(
                matches!(error, MigrateError::Refused { .. }),
                "{change}: {error}"
            );
            assert!(error.to_string().contains(found), "{change}: {error}");
        }
        assert_eq!(schema(&database), before);
        assert!(version::check(&client).await.is_err());
    }
}

#[tokio::test]
async fn an_old_catalogue_is_not_installed_over_and_programs_refuse_it() {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V3);
    let mut client = model::owner(&database).await;
    assert!(matches!(
        migrate::status(&client).await.unwrap(),
        Schema::Older { version: 3, .. }
    ));
    assert!(matches!(
        migrate::install(&mut client).await,
        Err(MigrateError::Refused { .. })
    ));
    let mismatch = version::check(&client).await.unwrap_err();
    assert!(
        matches!(mismatch, VersionMismatch::Older { version: 3, .. }),
        "{mismatch}"
    );
    let empty_database = legacy::empty(cluster);
    let empty = model::owner(&empty_database).await;
    assert!(matches!(
        migrate::status(&empty).await.unwrap(),
        Schema::Empty
    ));
}
