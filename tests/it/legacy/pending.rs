//! Pending files of 1.x in an upgraded catalogue (trap 29a).

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use pgbackman_core::catalogue::schema::migrate;
use pgbackman_core::handoff::legacy_pending;
use pgbackman_core::handoff::legacy_pending::{
    ImportError, Imported, Kind, Unseen, import_all, machine_time,
};
use pgbackman_core::sys::directory::Directory;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use tokio_postgres::Client;

use crate::catalogue::legacy::{self, Legacy};
use crate::catalogue::model;

/// An upgraded catalogue of 1.2, and a directory `pending_updates`.
struct Scene {
    database: TestDatabase<'static>,
    client: Client,
    pending: TempRoot,
}

impl Scene {
    async fn new() -> Self {
        let database = legacy::database(Cluster::shared(Version::Installed), Legacy::V3);
        let mut client = model::owner(&database).await;
        migrate::upgrade(&mut client).await.unwrap();
        Self {
            database,
            client,
            pending: TempRoot::new("pending"),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.pending.path().join(name), text).unwrap();
    }

    async fn import(&self) -> (Imported, Vec<String>) {
        let directory = Directory::open_trusted(self.pending.path()).unwrap();
        import_all(&self.client, &directory, &machine_time)
            .await
            .unwrap()
    }

    /// What is left in the directory.
    fn left(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.pending.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "owner.lock")
            .collect();
        names.sort();
        names
    }

    fn value(&self, statement: &str) -> String {
        self.database.psql(statement).trim().to_owned()
    }
}

fn name(pid: u32) -> String {
    format!("backup_jobs_pending_log_updates_nodeid_1_{pid}.log")
}

/// A backup as 1.2 writes it. The first value is the definition.
fn backup(definition: &str, pid: u32, dbname: &str, snapshot: &str) -> String {
    let stem = format!("{dbname}-n1.example.net-v9_6-defid{definition}-cFULL-20260601T014100");
    let parts: Vec<String> = ["DATABASE", "USERS", "DBCONFIG"]
        .map(|part| format!("/srv/p/dump/{stem}-{part}.sql::832::/srv/p/log/{stem}-{part}.log"))
        .to_vec();
    let method = if snapshot.is_empty() { "CRON" } else { "AT" };
    format!(
        "{definition}::{pid}::1::1::{dbname}::2026-06-01 01:41:00.250000::2026-06-01 01:41:06.750000::0:00:06.500000::{}::\
         /var/log/p.log::SUCCEEDED::{method}::::{snapshot}::rw,ro::9.6::9.6\n",
        parts.join("::")
    )
}

const CLUSTER: &str = "3::11992::1::1::template1::2026-06-01 04:05:32.973730::2026-06-01 04:05:33.393014::0:00:00.419284::\
    /srv/p/dump/CLUSTER-n1.example.net-v9_6-defid3-cCLUSTER-20260601T040532.sql.gz::24503::\
    /srv/p/log/CLUSTER-n1.example.net-v9_6-defid3-cCLUSTER-20260601T040532.log::None::0::None::None::0::None::\
    /var/log/p.log::SUCCEEDED::CRON::::::::9.6::9.6\n";

const FAILED: &str = "4::11913::1::2::odd \"name\"::2026-06-01 06:09:33.495003::2026-06-01 06:09:33.497956::0:00:00.002953::\
    None::0::None::None::0::None::None::0::None::/var/log/p.log::ERROR::CRON::Database to backup not available::::::::\n";

/// A restore under a definition, to a database.
fn restore(definition: u32, target: &str) -> String {
    format!(
        "{definition}::26920::1::2::shop::{target}::::2026-06-02 10:00:01.100000::2026-06-02 10:00:01.247391::\
         0:00:00.147391::/srv/p/log/{target}-n1.example.net-v9_6-restoredef{definition}.log::/var/log/p.log::SUCCEEDED::::\
         rw::9.6::9.6\n"
    )
}

#[tokio::test]
async fn trap_29a_every_kind_of_result_is_imported_once() {
    let scene = Scene::new().await;
    let before: u32 = scene
        .value("SELECT count(*) FROM backup_catalog")
        .parse()
        .unwrap();
    let files = [
        (name(1), backup("1", 1, "shop", "")),
        (name(2), backup("", 2, "hr", "2")),
        (name(3), CLUSTER.to_owned()),
        (name(4), FAILED.to_owned()),
        (
            "restore_jobs_pending_log_updates_nodeid_2_5.log".to_owned(),
            restore(1, "shop_copy"),
        ),
    ];
    for round in 0..3 {
        for (name, text) in &files {
            scene.write(name, text);
        }
        let (imported, kept) = scene.import().await;
        assert_eq!(kept, Vec::<String>::new());
        assert_eq!(imported.orphaned, 0);
        // A restore's registration does not tell whether it is the first.
        let expected = if round == 0 { (5, 0) } else { (1, 4) };
        assert_eq!((imported.registered, imported.known), expected);
        assert_eq!(scene.left(), Vec::<String>::new());
    }
    let after: u32 = scene
        .value("SELECT count(*) FROM backup_catalog")
        .parse()
        .unwrap();
    assert_eq!(after, before + 4);
    let row = scene.value(
        "SELECT concat_ws('|', dbname, extract(epoch FROM duration), pg_dump_file_size, execution_method, \
                execution_status, error_message, role_list, pgsql_node_release, pg_dump_release, run_uuid IS NOT NULL) \
         FROM backup_catalog WHERE def_id = 1 AND procpid = 1 AND started > '2026-05-01'",
    );
    assert_eq!(row, "shop|6.500000|832|CRON|SUCCEEDED||{rw,ro}|9.6|9.6|t");
    let cluster = scene.value(
        "SELECT concat_ws('|', dbname, coalesce(pg_dump_roles_file, '-'), coalesce(pg_dump_dbconfig_file, '-')) \
         FROM backup_catalog WHERE procpid = 11992",
    );
    assert_eq!(cluster, "template1|-|-");
    let snapshot =
        "SELECT count(*) FROM backup_catalog WHERE snapshot_id = 2 AND execution_method = 'AT'";
    assert_eq!(scene.value(snapshot), "1");
    let alerts =
        "SELECT count(*) FROM alerts WHERE error_message = 'Database to backup not available'";
    assert_eq!(scene.value(alerts), "1");
    assert_eq!(scene.value("SELECT count(*) FROM restore_catalog"), "2");
}

#[tokio::test]
async fn what_1_x_had_registered_before_it_was_interrupted_is_not_registered_again() {
    let scene = Scene::new().await;
    let text = backup("1", 7, "shop", "");
    scene.write(&name(7), &text);
    scene.import().await;
    // As 1.x registered it: in another time zone's reading, and without a UUID.
    scene.database.psql(
        "UPDATE backup_catalog SET run_uuid = NULL, started = started + interval '2 hours', \
         finished = finished + interval '2 hours' WHERE procpid = 7; \
         UPDATE restore_catalog SET started = '2026-06-02 11:00:01.1+00', finished = '2026-06-02 11:00:01.247391+00', \
         duration = '0.147391 s', procpid = 26920",
    );
    scene.write(&name(7), &text);
    scene.write(
        "restore_jobs_pending_log_updates_nodeid_2_5.log",
        &restore(1, "shop_copy"),
    );
    let (imported, _) = scene.import().await;
    assert_eq!((imported.registered, imported.known), (1, 1));
    assert_eq!(
        scene.value("SELECT count(*) FROM backup_catalog WHERE procpid = 7"),
        "1"
    );
    assert_eq!(scene.value("SELECT count(*) FROM restore_catalog"), "1");
    // It has the line's UUID now, so that deleting it and importing a late copy does not bring it back.
    scene
        .database
        .psql("DELETE FROM backup_catalog WHERE procpid = 7");
    scene.write(&name(8), &text);
    let (imported, _) = scene.import().await;
    assert_eq!((imported.registered, imported.known), (0, 1));
    assert_eq!(
        scene.value("SELECT count(*) FROM backup_catalog WHERE procpid = 7"),
        "0"
    );
    // Another run of the same definition is another run.
    scene.write(&name(9), &text.replace("::7::1::1::", "::9::1::1::"));
    assert_eq!(scene.import().await.0.registered, 1);
}

#[tokio::test]
async fn trap_29a_a_result_without_its_definition_is_recorded_with_its_files() {
    let scene = Scene::new().await;
    scene.write(&name(1), &backup("4711", 1, "gone", ""));
    let orphan = restore(4711, "nowhere");
    scene.write("restore_jobs_pending_log_updates_nodeid_2_5.log", &orphan);
    for _ in 0..2 {
        let (imported, kept) = scene.import().await;
        assert_eq!(kept, Vec::<String>::new());
        assert_eq!(imported.registered, 0);
        scene.write("restore_jobs_pending_log_updates_nodeid_2_5.log", &orphan);
        scene.write(&name(2), &backup("4711", 1, "gone", ""));
    }
    let orphans = scene.value(
        "SELECT string_agg(concat_ws('|', def_id, dbname, pg_dump_file, delete_after > now()), ',') FROM orphaned_result",
    );
    assert_eq!(
        orphans,
        "4711|gone|/srv/p/dump/gone-n1.example.net-v9_6-defid4711-cFULL-20260601T014100-DATABASE.sql|t"
    );
    let logs =
        "SELECT count(*) FROM restore_logs_to_delete WHERE restore_log_file LIKE '%nowhere%'";
    assert_eq!(scene.value(logs), "1");
}

#[tokio::test]
async fn trap_29a_poison_stays_and_stops_nothing() {
    let scene = Scene::new().await;
    let good = backup("1", 1, "shop", "");
    scene.write(&name(1), &good);
    scene.write(&name(2), "");
    scene.write(&name(3), good.trim_end());
    scene.write(&name(4), &format!("{}\n{}", &good[..40], FAILED));
    // The catalogue refuses what is no process ID of its own.
    scene.write(
        &name(5),
        &good.replace("1::1::1::1::shop", "1::4294967295::1::1::shop"),
    );
    fs::create_dir(scene.pending.path().join(name(6))).unwrap();
    symlink("/etc/passwd", scene.pending.path().join(name(7))).unwrap();
    let huge = fs::File::create(scene.pending.path().join(name(8))).unwrap();
    huge.set_len(1 << 30).unwrap();
    scene.write("notes.txt", "not ours");
    let (imported, kept) = scene.import().await;
    assert_eq!(imported.registered, 2, "{kept:?}");
    for pid in 2..=8 {
        let said = kept.iter().filter(|text| text.contains(&name(pid))).count();
        assert_eq!(said, 1, "{pid}: {kept:?}");
        assert!(scene.left().contains(&name(pid)));
    }
    assert!(!scene.left().contains(&name(1)));
    assert!(
        kept.iter()
            .any(|text| text.contains("line 1") && text.contains("interrupted")),
        "{kept:?}"
    );
    assert_eq!(
        fs::read_to_string(scene.pending.path().join("notes.txt")).unwrap(),
        "not ours"
    );
}

#[tokio::test]
async fn trap_29a_a_catalogue_that_goes_away_takes_no_file_with_it() {
    let Scene {
        database,
        client,
        pending,
    } = Scene::new().await;
    for pid in 1..=3 {
        fs::write(pending.path().join(name(pid)), backup("1", pid, "shop", "")).unwrap();
    }
    let directory = Directory::open_trusted(pending.path()).unwrap();
    let first = OsStr::new("backup_jobs_pending_log_updates_nodeid_1_1.log");
    let one = legacy_pending::import(
        &client,
        &directory,
        first,
        Kind::Backup,
        &machine_time,
        &Unseen,
    )
    .await
    .unwrap();
    assert_eq!(one.registered, 1);
    database.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND usename = 'pgbackman_role_rw'",
    );
    let failed = import_all(&client, &directory, &machine_time)
        .await
        .unwrap_err();
    assert!(matches!(failed, ImportError::Catalogue(_)), "{failed}");
    assert_eq!(exists(pending.path(), &[1, 2, 3]), [false, true, true]);
    let client = model::owner(&database).await;
    let (imported, _) = import_all(&client, &directory, &machine_time)
        .await
        .unwrap();
    assert_eq!(imported.registered, 2);
    assert_eq!(exists(pending.path(), &[1, 2, 3]), [false, false, false]);
}

fn exists(directory: &Path, pids: &[u32]) -> Vec<bool> {
    pids.iter()
        .map(|pid| directory.join(name(*pid)).exists())
        .collect()
}
