//! What the backups take, what of it goes, how it grows, and when a disk is full.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::{backups, definitions as catalogued};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_postgres::Client;

use super::model::{self, Small, noon, result};

/// A row of `disk_space`.
#[derive(Debug, Clone, PartialEq)]
struct Space {
    backups: i64,
    used: i64,
    frees: [i64; 3],
    growth: Option<f64>,
    days_left: Option<f64>,
}

/// All rows by level, node and database.
async fn space(client: &Client, as_of: DateTime<Utc>) -> BTreeMap<String, Space> {
    let rows = client
        .query(
            "SELECT concat_ws(' ', level, coalesce(dbname, path)), backups, used::bigint, within_day::bigint,
                    within_week::bigint, within_month::bigint, growth::float8, days_left::float8
             FROM disk_space(NULL, $1)",
            &[&as_of],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let space = Space {
                backups: row.get(1),
                used: row.get(2),
                frees: [row.get(3), row.get(4), row.get(5)],
                growth: row.get(6),
                days_left: row.get(7),
            };
            (row.get(0), space)
        })
        .collect()
}

/// Registers a SUCCEEDED backup of so many bytes; nothing is left of it but its dump.
async fn backup(client: &Client, small: &Small, finished: DateTime<Utc>, bytes: u64) {
    let mut one = result(small, BackupOrigin::Definition(small.definition), finished);
    one.dump.size = Some(bytes);
    one.roles.size = None;
    one.dbconfig.size = Some(0);
    backups::register_result(client, &one).await.unwrap();
}

async fn known_since(client: &Client, time: DateTime<Utc>) {
    client
        .execute("UPDATE pgbackman_version SET registered = $1", &[&time])
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_used_and_freed_is_summed_on_every_level() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    known_since(&client, noon(1)).await;
    client
        .execute(
            "SELECT note_partition_space($1, jsonb_build_array(
                 jsonb_build_object('path', '/srv/a', 'total_bytes', 9000, 'free_bytes', 1000, 'node_ids', jsonb_build_array($2::bigint)),
                 jsonb_build_object('path', '/srv/b', 'total_bytes', 9000, 'free_bytes', 500, 'node_ids', '[]'::jsonb)),
                 '{}', $3)",
            &[&small.server.get(), &small.node.get(), &noon(11)],
        )
        .await
        .unwrap();
    // Kept 7 days, redundancy 1: at the 11th those of the 1st to the 3rd are past it.
    for day in 1..=10 {
        backup(&client, &small, noon(day), 100).await;
    }
    let now = noon(11) + TimeDelta::hours(1);
    let found = space(&client, now).await;
    let shop = &found["DATABASE shop"];
    assert_eq!((shop.backups, shop.used), (10, 1000));
    // Within a day that of the 4th and the 5th at noon; within a week all but the last, which redundancy keeps.
    assert_eq!(shop.frees, [500, 900, 900]);
    for level in ["SERVER", "DISK /srv/a", "NODE /srv/a"] {
        let row = &found[level];
        assert_eq!(
            (row.backups, row.used, row.frees),
            (10, 1000, shop.frees),
            "{level}"
        );
        assert_eq!(row.growth, shop.growth, "{level}");
    }
    // The first was there when counting began, ten days and an hour ago.
    let growth = shop.growth.unwrap();
    assert!((growth - 900.0 * 24.0 / 241.0).abs() < 0.01, "{growth}");
    let days_left = found["DISK /srv/a"].days_left.unwrap();
    assert!(
        (days_left - (1000.0 / growth - 1.0 / 24.0)).abs() < 0.01,
        "{days_left}"
    );
    assert_eq!(
        found["SERVER"].days_left,
        Some(days_left),
        "the first disk that is full"
    );
    let other = &found["DISK /srv/b"];
    assert_eq!(
        (other.used, other.growth, other.days_left),
        (0, Some(0.0), None)
    );
}

#[tokio::test]
async fn what_has_gone_counts_towards_growth_and_is_remembered() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    known_since(&client, noon(1) - TimeDelta::days(100)).await;
    // Seven backups of 100 bytes are kept, for ever the same: no growth.
    for day in 1..=14 {
        backup(&client, &small, noon(day), 100).await;
    }
    client
        .execute(
            "DELETE FROM backup_catalog WHERE finished <= $1",
            &[&noon(7)],
        )
        .await
        .unwrap();
    let remembered: i64 = client
        .query_one(
            "SELECT count(*) FROM past_backup WHERE bytes = 100 AND dbname = 'shop' AND execution_status = 'SUCCEEDED'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(remembered, 7);
    client
        .execute(
            "UPDATE past_backup SET deleted = finished + interval '7 days 1 hour'",
            &[],
        )
        .await
        .unwrap();
    // Counting begins at noon of the 7th, when the first seven were there.
    known_since(&client, noon(7)).await;
    let growth = space(&client, noon(14)).await["DATABASE shop"].growth;
    assert_eq!(growth, Some(0.0));
    // At noon of the 10th the first two had gone; at noon of the 5th two of the seven had not come.
    for (day, at_first) in [(10, 800.0), (5, 500.0)] {
        known_since(&client, noon(day)).await;
        let growth = space(&client, noon(14)).await["DATABASE shop"].growth;
        let expected = (700.0 - at_first) / f64::from(14 - day);
        assert!(
            (growth.unwrap() - expected).abs() < 0.01,
            "{day}: {growth:?}"
        );
    }
    // Nothing is said of the growth of less than a day; 1.x remembered nothing that could be counted.
    known_since(&client, noon(14) - TimeDelta::hours(23)).await;
    assert_eq!(space(&client, noon(14)).await["DATABASE shop"].growth, None);
    let forgotten: i64 = client
        .query_one("SELECT forget_deleted_runs('infinity')", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(forgotten, 7);
    let left: i64 = client
        .query_one("SELECT count(*) FROM past_backup", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

/// What retention frees until a time is what it calls past retention at that time.
#[tokio::test]
async fn what_is_freed_is_what_the_judge_of_retention_lets_go() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let mut random = StdRng::seed_from_u64(6);
    let mut definitions = vec![small.definition];
    for dbname in ["a", "b", "c"] {
        let new = model::new_definition(small.server, small.node, dbname);
        definitions.push(catalogued::register(&client, &new).await.unwrap());
    }
    for (at, definition) in definitions.iter().enumerate() {
        let policy = [(3, 1, 0), (7, 3, 0), (20, 1, 2), (40, 2, 0)][at];
        client
            .execute(
                "UPDATE backup_definition SET retention_period = make_interval(days => $2), retention_redundancy = $3,
                     keep_weekly = $4 WHERE def_id = $1",
                &[&definition.get(), &policy.0, &policy.1, &policy.2],
            )
            .await
            .unwrap();
        for _ in 0..25 {
            let finished = noon(1) - TimeDelta::minutes(random.random_range(0..60_000));
            let mut one = result(&small, BackupOrigin::Definition(*definition), finished);
            one.dbname = ["shop", "a", "b", "c"][at].to_owned();
            one.dump.size = Some(random.random_range(0..1000));
            one.status = ["SUCCEEDED", "SUCCEEDED", "WARNING", "ERROR"][random.random_range(0..4)]
                .parse()
                .unwrap();
            backups::register_result(&client, &one).await.unwrap();
        }
    }
    let all = client
        .query("SELECT bck_id FROM backup_catalog", &[])
        .await
        .unwrap();
    for row in all.iter().step_by(9) {
        let until = noon(1) + TimeDelta::hours(random.random_range(-100..1000));
        let id: i64 = row.get(0);
        client
            .execute(
                "UPDATE backup_catalog SET pinned_until = $2 WHERE bck_id = $1",
                &[&id, &until],
            )
            .await
            .unwrap();
    }
    let now = noon(1);
    let found = space(&client, now).await;
    for (days, at) in [(1, 0), (7, 1), (30, 2)] {
        let rows = client
            .query(
                "SELECT p.dbname, sum(c.pg_dump_file_size + c.pg_dump_roles_file_size + c.pg_dump_dbconfig_file_size)::bigint
                 FROM backups_past_retention($1) AS p JOIN backup_catalog AS c USING (bck_id) GROUP BY p.dbname",
                &[&(now + TimeDelta::days(days))],
            )
            .await
            .unwrap();
        assert!(!rows.is_empty());
        for dbname in ["shop", "a", "b", "c"] {
            let expected = rows
                .iter()
                .find(|row| row.get::<_, &str>(0) == dbname)
                .map_or(0, |row| row.get::<_, i64>(1));
            let freed = found[&format!("DATABASE {dbname}")].frees[at];
            assert_eq!(freed, expected, "{dbname} within {days} days");
        }
    }
    // What is kept for ever is not freed.
    client
        .execute("UPDATE backup_catalog SET pinned_until = 'infinity'", &[])
        .await
        .unwrap();
    let found = space(&client, now).await;
    assert!(
        found.values().all(|row| row.frees == [0, 0, 0]),
        "{found:?}"
    );
}
