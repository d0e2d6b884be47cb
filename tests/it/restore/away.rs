//! The catalogue away (traps 29, 29a, the restore's side): the restore is made, its result waits, and is registered once.

use pgbackman_core::catalogue::restores::restore_results::{self, RestoreRegistration};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::sandbox::{Sandbox, run};

use super::support::RestoreLab;
use crate::dump::support::{DEADLINE, Lab};
use crate::dump::waiting::{waiting_below, waiting_restore};

#[tokio::test(flavor = "multi_thread")]
async fn trap_29_a_restore_is_made_without_the_catalogue_and_registered_once() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql("shop", "CREATE TABLE t AS SELECT 1 AS n");
    let catalogue = Cluster::shared(Version::Installed);
    let mut proxy = Proxy::unix(catalogue);
    let mut sandbox = Sandbox::new();
    sandbox.reach_catalogue_at(proxy.host(), catalogue.port());
    let lab = RestoreLab::of(Lab::of(sandbox, &cluster), &cluster);
    let backup = lab.backup("shop", "FULL");
    let mut files = Vec::new();
    for (name, mode) in [
        ("down", None),
        ("hanging", Some(Mode::Hang)),
        ("half way", Some(Mode::CutAfter(600))),
    ] {
        let restore = lab.restore(&backup, name);
        let id = restore.register();
        match mode {
            None => proxy.refuse(),
            Some(mode) => proxy.set(mode),
        }
        let output = run(&mut restore.command(id), b"", DEADLINE);
        proxy.set(Mode::Pass);
        proxy.accept();
        assert_eq!(output.code, 0, "{name}: {}", output.stderr);
        assert_eq!(cluster.psql(name, "SELECT n FROM t").trim(), "1");
        assert!(lab.lab.records().is_empty());
        files = waiting_below(&lab.sandbox().backup_root());
    }
    assert_eq!(files.len(), 3);
    let client = lab.sandbox().connect().await;
    for file in &files {
        let result = waiting_restore(file);
        let first = restore_results::register_result(&client, &result)
            .await
            .unwrap();
        let second = restore_results::register_result(&client, &result)
            .await
            .unwrap();
        assert!(matches!(first, RestoreRegistration::Registered(_)));
        assert_eq!(first, second);
    }
    assert_eq!(lab.results(), 3);
    // One whose definition was deleted meanwhile blocks nothing.
    let mut orphan = waiting_restore(&files[0]);
    orphan.run_uuid = uuid::Uuid::new_v4();
    orphan.restore = pgbackman_core::domain::ids::RestoreDefId::new(999_999);
    let gone = restore_results::register_result(&client, &orphan)
        .await
        .unwrap();
    assert_eq!(gone, RestoreRegistration::Gone);
    assert_eq!(lab.results(), 3);
}
