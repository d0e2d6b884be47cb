//! Backups on a file system that has no renaming without replacing, as NFS has none: `cargo xtask test --fuse`.

use pgbackman_dump::step::Step;
use pgbackman_tests::fuse_disk::FuseDisk;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use crate::dump::kills::kill_at;
use crate::dump::support::Lab;
use crate::maintenance::support::{Site, noon};
use crate::restore::support::RestoreLab;

#[test]
fn backups_are_taken_completed_after_a_kill_and_restored() {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql(
        "shop",
        "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n",
    );
    let target = Cluster::private(Version::Installed);
    let sandbox = Sandbox::new();
    let _disk = FuseDisk::over(&sandbox.backup_root());
    let lab = RestoreLab::of(Lab::of(sandbox, &source), &target);
    for (dbname, code) in [("shop", "FULL"), ("", "CLUSTER")] {
        lab.backup(dbname, code);
    }
    let job = lab.lab.define_with("shop", "FULL", "-j 2");
    for step in [Step::Publishing, Step::Renamed, Step::Published] {
        kill_at(&job, step);
        job.succeed();
    }
    let statuses = lab.lab.catalogued("execution_status");
    assert_eq!(statuses, ["SUCCEEDED"; 8]);
    lab.lab.assert_catalogue_is_true();
    assert_eq!(lab.lab.assert_only_complete_backups().len(), 8);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "shop").succeed();
    assert_eq!(target.psql("shop", "SELECT count(*) FROM t"), "1000");
}

#[test]
fn what_is_past_its_retention_goes_in_one_pass_with_and_without_a_manifest() {
    let sandbox = Sandbox::new();
    let _disk = FuseDisk::over(&sandbox.backup_root());
    let site = Site::on(sandbox);
    let definition = site.define("shop");
    let [of_1_x, old, new] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    site.make_of_1_x(of_1_x);
    assert_eq!(site.entries(), [of_1_x, old, new]);
    site.pass(noon(60)).success();
    assert_eq!(site.entries(), [new]);
    // Poison is moved aside, and replaces nothing there either.
    for content in ["one", "other"] {
        let file = site
            .pending_dir()
            .join("backup_jobs_pending_log_updates_nodeid1.log");
        site.file(&file, content.as_bytes());
        site.pass(noon(60));
        assert!(!file.exists());
    }
    site.assert_left(&[new]);
}
