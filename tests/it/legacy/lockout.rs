//! Programs of 1.x that are at work during an upgrade and after it: what they have to say is registered by them before, or
//! waits in their pending files; nothing is lost, nothing is there twice, and nothing else changes.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use pgbackman_core::catalogue::schema::migrate;
use pgbackman_core::handoff::legacy_pending::{import_all, machine_time};
use pgbackman_core::sys::directory::Directory;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use pgbackman_tests::wait::until_async;
use tokio_postgres::{Client, NoTls};

use crate::catalogue::legacy::{self, Legacy};
use crate::catalogue::model;

const DEADLINE: Duration = Duration::from_secs(60);

/// A session as 1.x opens it: with the role that both use, and without a name.
async fn session_of_1_x(database: &TestDatabase<'_>) -> Client {
    let cluster = database.cluster();
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(cluster.socket_dir())
        .port(cluster.port())
        .user("pgbackman_role_rw")
        .dbname(database.name())
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// The values of a backup that succeeded, as 1.2 hands them to its function or writes them into its pending file.
fn values(pid: u32) -> Vec<String> {
    let stem = format!(
        "shop-n1.example.net-v9_6-defid1-cFULL-20260601T{:06}",
        pid % 1_000_000
    );
    let mut values: Vec<String> = ["1", &pid.to_string(), "1", "1", "shop"]
        .map(str::to_owned)
        .to_vec();
    values.extend(
        [
            "2026-06-01 01:41:00.250000",
            "2026-06-01 01:41:06.750000",
            "0:00:06.500000",
        ]
        .map(str::to_owned),
    );
    for part in ["DATABASE", "USERS", "DBCONFIG"] {
        values.push(format!("/srv/p/dump/{stem}-{part}.sql"));
        values.push("832".to_owned());
        values.push(format!("/srv/p/log/{stem}-{part}.log"));
    }
    values.extend(
        [
            "/var/log/p.log",
            "SUCCEEDED",
            "CRON",
            "",
            "",
            "rw",
            "9.6",
            "9.6",
        ]
        .map(str::to_owned),
    );
    values
}

/// What `pgbackman_dump` of 1.2 does at its end: it connects, calls its function, and writes a pending file when that fails.
/// True if the catalogue took it.
async fn end_of_a_dump(database: &TestDatabase<'_>, pending: &TempRoot, pid: u32) -> bool {
    let client = session_of_1_x(database).await;
    let values = values(pid);
    let arguments: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| match (index, value.as_str()) {
            (21, "") => "NULL".to_owned(),
            (22, roles) => format!("'{{{roles}}}'"),
            (_, value) => format!("'{value}'"),
        })
        .collect();
    let call = format!("SELECT register_backup_catalog({})", arguments.join(", "));
    let registered = client.batch_execute(&call).await.is_ok();
    if !registered {
        let name = format!("backup_jobs_pending_log_updates_nodeid_1_{pid}.log");
        fs::write(pending.path().join(name), values.join("::") + "\n").unwrap();
    }
    registered
}

/// A catalogue of 1.2 whose function registers.
fn at_work() -> TestDatabase<'static> {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V3);
    legacy::let_it_register(&database);
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dumps_of_1_2_that_end_around_the_upgrade_are_each_registered_once() {
    let database = Arc::new(at_work());
    let pending = Arc::new(TempRoot::new("pending"));
    let (next, stop) = (
        Arc::new(AtomicU32::new(10_000)),
        Arc::new(AtomicBool::new(false)),
    );
    let (by_function, by_file) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (database, pending) = (Arc::clone(&database), Arc::clone(&pending));
            let (next, stop) = (Arc::clone(&next), Arc::clone(&stop));
            let (by_function, by_file) = (Arc::clone(&by_function), Arc::clone(&by_file));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let pid = next.fetch_add(1, Ordering::SeqCst);
                    let count = if end_of_a_dump(&database, &pending, pid).await {
                        &by_function
                    } else {
                        &by_file
                    };
                    count.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    until_async(DEADLINE, "some dumps to be registered by 1.2", async || {
        (by_function.load(Ordering::SeqCst) >= 20).then_some(())
    })
    .await;
    let mut client = model::owner(&database).await;
    migrate::upgrade(&mut client).await.unwrap();
    until_async(DEADLINE, "some dumps to be turned away", async || {
        (by_file.load(Ordering::SeqCst) >= 20).then_some(())
    })
    .await;
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }

    let directory = Directory::open_trusted(pending.path()).unwrap();
    let (imported, kept) = import_all(&client, &directory, &machine_time)
        .await
        .unwrap();
    assert_eq!(kept, Vec::<String>::new());
    assert_eq!(
        u32::try_from(imported.registered).unwrap(),
        by_file.load(Ordering::SeqCst)
    );
    let all = next.load(Ordering::SeqCst) - 10_000;
    let found: Vec<i64> = client
        .query_one(
            "SELECT ARRAY [count(*), count(DISTINCT procpid), \
                           count(*) FILTER (WHERE execution_status = 'SUCCEEDED' AND pg_dump_file IS NOT NULL)] \
             FROM backup_catalog WHERE procpid >= 10000",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(found, [i64::from(all); 3]);
}

#[tokio::test]
async fn while_the_old_catalogue_is_saved_it_can_be_read_and_not_changed() {
    let database = at_work();
    let pending = TempRoot::new("pending");
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let observer = database.connect().await;
    let mut client = model::owner(&database).await;
    let late = async {
        until_async(DEADLINE, "the upgrade to hold its locks", async || {
            let held = "SELECT count(*) FROM pg_locks WHERE granted AND mode = 'ExclusiveLock' \
                        AND relation = 'backup_catalog'::regclass \
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            (observer
                .query_one(held, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                == 1)
                .then_some(())
        })
        .await;
        end_of_a_dump(&database, &pending, 20_000).await
    };
    let upgrading = migrate::upgrade_saving(&mut client, async |version| {
        assert_eq!(version, 3);
        until_async(DEADLINE, "the dump to wait", async || {
            (observer
                .query_one(waiting, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                == 1)
                .then_some(())
        })
        .await;
        // What a dump of the catalogue needs.
        let reader = database.connect().await;
        let rows =
            "LOCK TABLE backup_catalog IN ACCESS SHARE MODE NOWAIT; SELECT * FROM backup_catalog";
        reader
            .batch_execute(&format!("BEGIN; {rows}; COMMIT"))
            .await
            .map_err(|error| error.to_string())
    });
    let (applied, registered) = tokio::join!(upgrading, late);
    assert!(applied.unwrap().changed);
    assert!(
        !registered,
        "the call that waited wrote into the new catalogue"
    );
    assert!(
        pending
            .path()
            .join("backup_jobs_pending_log_updates_nodeid_1_20000.log")
            .exists()
    );
}

/// Every row of every table, in the order of their text.
async fn everything(client: &Client) -> BTreeMap<String, String> {
    let tables = client
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
            &[],
        )
        .await
        .unwrap();
    let mut all = BTreeMap::new();
    for row in tables {
        let table: String = row.get(0);
        let rows = format!(
            "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {table} AS t"
        );
        all.insert(table, client.query_one(&rows, &[]).await.unwrap().get(0));
    }
    all
}

#[tokio::test]
async fn nothing_that_1_2_can_call_changes_an_upgraded_catalogue() {
    let database = at_work();
    let mut client = model::owner(&database).await;
    let calls: Vec<(String, String)> = client
        .query(
            "SELECT p.proname::text, format('SELECT %I(%s)', p.proname, ( \
                 SELECT string_agg(CASE a.type::regtype::text \
                     WHEN 'integer' THEN '1' WHEN 'bigint' THEN '1' WHEN 'boolean' THEN 'true' \
                     WHEN 'text[]' THEN '''{}''' WHEN 'interval' THEN '''7 days''' \
                     WHEN 'timestamp with time zone' THEN '''2026-01-01''' \
                     WHEN 'timestamp without time zone' THEN '''2027-01-01''' ELSE '''shop''' END, ', ' ORDER BY a.n) \
                 FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, n))) \
             FROM pg_proc AS p \
             WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype ORDER BY 1",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    assert_eq!(calls.len(), 54, "{calls:?}");
    migrate::upgrade(&mut client).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO catalog_entries_to_delete (del_id, def_id, bck_id, backup_server_id) VALUES (1000, 1, 1, 1); \
             UPDATE alerts SET alert_id = 1",
        )
        .await
        .unwrap();
    let before = everything(&client).await;
    let old = session_of_1_x(&database).await;
    let mut answered = Vec::new();
    for (name, call) in &calls {
        if old.query(call, &[]).await.is_ok() {
            answered.push(name.as_str());
        }
    }
    let reads = |name: &&str| name.starts_with("get_");
    assert!(answered.iter().all(reads), "{answered:?}");
    let direct = [
        "UPDATE backup_definition SET job_status = 'DELETED'",
        "DELETE FROM backup_catalog",
        "INSERT INTO job_queue (backup_server_id, pgsql_node_id) VALUES (1, 3)",
        "SELECT * FROM get_cron_catalog_entries_to_delete_by_retention",
        "SELECT * FROM get_at_catalog_entries_to_delete_by_retention",
        "SELECT * FROM get_deleted_backup_definitions_to_delete_by_retention",
        "SELECT * FROM get_catalog_entries_to_delete",
        "SELECT * FROM get_restore_logs_to_delete",
    ];
    for statement in direct {
        let error = old.query(statement, &[]).await.unwrap_err();
        let said = error.as_db_error().unwrap();
        assert!(said.message().contains("1.x"), "{statement}: {said}");
        assert!(said.hint().unwrap().contains("application_name"), "{said}");
    }
    // An operator's report goes on.
    old.query("SELECT * FROM show_backup_catalog", &[])
        .await
        .unwrap();
    assert_eq!(everything(&client).await, before);
    assert!(
        !client
            .query("SELECT * FROM get_catalog_entries_to_delete", &[])
            .await
            .unwrap()
            .is_empty()
    );
}
