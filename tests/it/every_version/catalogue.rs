//! The catalogue on the newest release: in a server, and as a cluster of its own.

use std::fs;

use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;
use serde_json::Value;

use crate::dump::support::Lab;
use crate::restore::support::RestoreLab;
use crate::setup::{directory, embedded};

const NEWEST: Version = Version::Server(19);

#[test]
fn a_server_of_19_has_the_catalogue_and_is_told_apart_while_under_test() {
    let cluster = Cluster::private(NEWEST);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql_script(
        "shop",
        "CREATE TABLE t AS SELECT n FROM generate_series(1, 9) n",
    );
    let lab = super::with_every_client(RestoreLab::of(
        Lab::of(Sandbox::on(&cluster), &cluster),
        &cluster,
    ));
    for (name, code) in [("shop", "FULL"), ("", "CLUSTER")] {
        lab.backup(name, code);
    }
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "again").succeed();
    assert_eq!(cluster.psql("again", "SELECT count(*) FROM t"), "9");

    let release: PgRelease = NEWEST.release().parse().unwrap();
    let shown = lab
        .sandbox()
        .shell("show_backup_catalog all all all all SUCCEEDED")
        .success();
    assert!(shown.contains("SUCCEEDED"), "{shown}");
    assert_eq!(
        lab.sandbox().catalogue().psql(
            "SELECT DISTINCT pgsql_node_release || ' ' || pg_dump_release FROM backup_catalog"
        ),
        format!("{release} {release}")
    );
    let checked = lab
        .sandbox()
        .run("pgbackman_setup", ["server", "--check", "--format", "json"]);
    let document: Value = serde_json::from_str(&checked.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    for check in ["node", "catalogue"] {
        let warned = checks.iter().any(|one| {
            one["check"] == check
                && one["level"] == "WARNING"
                && one["found"]
                    .as_str()
                    .unwrap()
                    .contains(&format!("PostgreSQL {release} is "))
        });
        assert_eq!(
            warned,
            release.under_test().is_some(),
            "{check}: {checks:#?}"
        );
    }
}

#[test]
fn a_cluster_of_19_is_a_catalogue_of_its_own() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let bindir = NEWEST.bin_dir();
    embedded(&root, &dir, &["--bindir", bindir.to_str().unwrap()]).success();
    let made = fs::read_to_string(dir.join("data/PG_VERSION")).unwrap();
    assert_eq!(made.trim(), "19");
    embedded(&root, &dir, &["--stop"]).success();
    embedded(&root, &dir, &["--start"]).success();
    let said = embedded(&root, &dir, &["--status"]).success();
    assert!(said.contains(&NEWEST.release()), "{said}");
    embedded(&root, &dir, &["--stop"]).success();
}
