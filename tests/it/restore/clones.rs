//! Clones whose snapshot's result comes late: the catalogue was away, control had given the snapshot up, or 1.x took it.

use std::fs;

use pgbackman_core::handoff::pending;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::Proxy;
use pgbackman_tests::sandbox::{Sandbox, run};

use super::support::RestoreLab;
use crate::dump::support::{DEADLINE, Lab};
use crate::dump::waiting::waiting_below;

/// What control writes at a snapshot that is not in the queue and was never begun.
const GIVEN_UP: &str = "UPDATE snapshot_definition SET status = 'ERROR', problem = 'its at job is gone and it was never begun'";

fn registered_clone(lab: &RestoreLab<'_>) -> i64 {
    let catalogue = lab.sandbox().catalogue();
    catalogue.psql(&format!(
        "SELECT register_clone({}, {}, 'shop', {}, 'shop', NULL, now() - interval '1 minute', '', '1 day')",
        lab.lab.server_id, lab.lab.node_id, lab.target_id
    ));
    catalogue.psql("UPDATE snapshot_definition SET status = 'DEFINED'");
    let id = catalogue.psql("SELECT snapshot_id FROM snapshot_definition");
    id.trim().parse().unwrap()
}

/// Status of the clone, of its snapshot, and how many backups and restores there are.
fn standing(lab: &RestoreLab<'_>) -> String {
    lab.sandbox().catalogue().psql(
        "SELECT concat_ws('|', c.\"Status\", s.status, s.problem, (SELECT count(*) FROM backup_catalog), \
                (SELECT count(*) FROM restore_definition)) \
         FROM show_clones AS c JOIN snapshot_definition AS s ON s.snapshot_id = c.\"SnapshotID\"",
    )
}

#[test]
fn trap_29_a_clone_goes_on_when_its_snapshots_result_comes_late() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t AS SELECT 42 AS n");
    let catalogue = Cluster::shared(Version::Installed);
    let mut proxy = Proxy::unix(catalogue);
    let mut sandbox = Sandbox::new();
    sandbox.reach_catalogue_at(proxy.host(), catalogue.port());
    let lab = RestoreLab::of(Lab::of(sandbox, &source), &target);
    let snapshot = registered_clone(&lab);
    assert_eq!(standing(&lab), "SNAPSHOT WAITING|DEFINED|0|0");

    proxy.refuse();
    let mut dump = lab.sandbox().job_command("pgbackman_dump");
    let root = lab.sandbox().backup_root();
    dump.args(["--node-fqdn", &source.socket_dir().display().to_string()])
        .args(["--node-id", &lab.lab.node_id.to_string()])
        .args(["--node-port", &source.port().to_string()])
        .args(["--node-user", "postgres", "--dbname", "shop"])
        .args(["--backup-code", "FULL", "--encryption", "false"])
        .args(["--snapshot-id", &snapshot.to_string()])
        .arg("--root-backup-dir")
        .arg(&root);
    let output = run(&mut dump, b"", DEADLINE);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let files = waiting_below(&root);
    assert_eq!(files.len(), 1);
    let late = fs::read(&files[0]).unwrap();
    // Control, which has the catalogue again before the result, finds no job and no run.
    lab.sandbox().catalogue().psql(GIVEN_UP);
    assert!(standing(&lab).starts_with("ERROR|ERROR|its at job is gone"));
    proxy.accept();
    let import = || {
        lab.sandbox().run_job("pgbackman_maintenance", ["--cron"]);
        assert!(waiting_below(&root).is_empty());
    };
    import();
    assert_eq!(standing(&lab), "RESTORE WAITING|DEFINED|1|1");
    // It arrives again: nothing happens twice.
    fs::write(&files[0], &late).unwrap();
    lab.lab.give_to_jobs(&files[0]);
    import();
    assert_eq!(standing(&lab), "RESTORE WAITING|DEFINED|1|1");

    let backup = lab.catalogued("TRUE", "shop", "FULL");
    let id = lab
        .sandbox()
        .catalogue()
        .psql("UPDATE restore_definition SET status = 'DEFINED' RETURNING restore_def");
    let id = id.lines().next().unwrap().trim().parse().unwrap();
    let output = run(&mut lab.restore(&backup, "shop").command(id), b"", DEADLINE);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(standing(&lab), "SUCCEEDED|DEFINED|1|1");
    assert_eq!(target.psql("shop", "SELECT n FROM t"), "42");
}

#[test]
fn trap_29a_a_late_result_of_1_x_wins_over_a_snapshot_that_was_given_up_once() {
    let cluster = Cluster::shared(Version::Installed);
    let lab = RestoreLab::new(cluster, cluster);
    let snapshot = registered_clone(&lab);
    lab.sandbox().catalogue().psql(GIVEN_UP);
    let partition = lab.lab.partition();
    let part = |name: &str| {
        let dump = partition.join("dump").join(name);
        let log = partition.join("log").join(name);
        // A result whose files are not there would be refused (R7).
        fs::write(&dump, [b'x'; 832]).unwrap();
        lab.lab.give_to_jobs(&dump);
        format!("{}::832::{}.log", dump.display(), log.display())
    };
    let line = format!(
        "::4711::{}::{}::shop::2026-06-01 01:41:00.250000::2026-06-01 01:41:06.750000::0:00:06.500000::{}::{}::{}::\
         /var/log/p.log::SUCCEEDED::AT::::{snapshot}::rw,ro::15::15\n",
        lab.lab.server_id,
        lab.lab.node_id,
        part("a-DATABASE.sql"),
        part("a-USERS.sql"),
        part("a-DBCONFIG.sql"),
    );
    let file = pending::directory(&lab.sandbox().backup_root()).join(format!(
        "backup_jobs_pending_log_updates_nodeid_{}_4711.log",
        lab.lab.node_id
    ));
    for _ in 0..2 {
        fs::write(&file, &line).unwrap();
        lab.lab.give_to_jobs(&file);
        // One that somebody might still be writing is left alone.
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        fs::File::options()
            .append(true)
            .open(&file)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        let import = lab.sandbox().run_job("pgbackman_maintenance", ["--cron"]);
        assert!(!file.exists(), "{}\n{}", import.stderr, lab.sandbox().log());
        assert_eq!(standing(&lab), "RESTORE WAITING|DEFINED|1|1");
    }
}
