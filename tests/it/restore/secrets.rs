//! No password's hash in a log, an error, or the catalogue; files that nobody else reads (traps 31, 32); a roles script that
//! fails undoes everything (trap 6).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{RestoreLab, everything};

const HASH: &str = "SCRAM-SHA-256$4096:";

/// Everything that a run has written but the backup itself.
fn assert_no_hash(lab: &RestoreLab<'_>, said: &str) {
    let result = lab.last_result();
    let log = fs::read_to_string(&result["log"]).unwrap();
    for (what, text) in [
        ("the log", log.as_str()),
        ("the program's log", &lab.sandbox().log()),
        ("standard error", said),
        ("the catalogue", &format!("{result:?}")),
    ] {
        assert!(!text.contains("SCRAM-SHA-256"), "{what}: {text}");
    }
    let meta = fs::metadata(&result["log"]).unwrap();
    assert_eq!(meta.mode() & 0o777, 0o600);
}

#[test]
fn trap_32_no_hash_is_written_anywhere() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE ROLE keeper LOGIN PASSWORD 'secret'; CREATE DATABASE shop OWNER keeper;",
    );
    let lab = RestoreLab::new(&source, &target);
    for (code, dbname) in [("FULL", "shop"), ("CLUSTER", "")] {
        let backup = lab.backup(dbname, code);
        let output = lab.restore(&backup, dbname).run();
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert_no_hash(&lab, &output.stderr);
        let hash = target.psql(
            "postgres",
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'keeper'",
        );
        assert!(hash.starts_with(HASH), "{hash}");
        target.psql_script("postgres", "DROP DATABASE shop; DROP ROLE keeper;");
    }
}

#[test]
fn trap_6_a_roles_script_that_fails_is_undone_with_everything_before_it_and_shows_no_hash() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    // A role without SUPERUSER may create both, and may not grant a superuser's rights.
    source.psql_script(
        "postgres",
        "CREATE ROLE keeper LOGIN PASSWORD 'secret'; GRANT postgres TO keeper; CREATE DATABASE shop OWNER keeper;",
    );
    target.psql_script(
        "postgres",
        "CREATE ROLE maker LOGIN CREATEDB CREATEROLE; CREATE DATABASE shop OWNER maker;",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let mut restore = lab.restore(&backup, "shop").renaming("shop_old");
    "maker".clone_into(&mut restore.user);
    let before = everything(&target);
    let output = restore.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    let message = lab.last_result()["message"].clone();
    for word in [
        "could not create the roles, and created none of them",
        "superuser",
        "its name \"shop\"",
        "nothing was dropped",
    ] {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert_eq!(everything(&target), before, "what was begun was not undone");
    assert_eq!(lab.last_result()["renamed"], "");
    assert_no_hash(&lab, &output.stderr);
    // The superuser can.
    lab.restore(&backup, "shop").renaming("shop_old").succeed();
    assert!(Path::new(&lab.last_result()["log"]).exists());
}
