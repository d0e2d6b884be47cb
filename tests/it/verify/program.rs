//! `pgbackman_verify` as an operator runs it.

use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Output, run};
use serde_json::Value;

use crate::dump::support::{DEADLINE, Lab};

const SAMPLE: &str =
    "CREATE TABLE a AS SELECT n, 'it''s; \"' || n AS t FROM generate_series(1, 300) n;
    CREATE TABLE b (t text);
    CREATE TABLE \"odd; name\" AS SELECT 1 AS n;
    SELECT lo_from_bytea(0, ''); SELECT lo_from_bytea(0, 'large');";

/// It has no configuration.
fn verify(lab: &Lab<'_>, arguments: &[&str]) -> Output {
    let mut command = lab.sandbox.bare_command("pgbackman_verify");
    run(command.args(arguments), b"", DEADLINE)
}

fn in_json(lab: &Lab<'_>, arguments: &[&str]) -> (i32, Vec<Value>) {
    let mut all = vec!["-o", "json"];
    all.extend(arguments);
    let output = verify(lab, &all);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["version"], 1);
    (output.code, document["rows"].as_array().unwrap().clone())
}

fn ending(dump_dir: &Path, ending: &str) -> PathBuf {
    let found = fs::read_dir(dump_dir)
        .unwrap()
        .map(|one| one.unwrap().path());
    let mut found = found.filter(|path| path.to_string_lossy().ends_with(ending));
    found.next().unwrap_or_else(|| panic!("no {ending}"))
}

#[test]
fn every_code_is_proven_and_its_contents_are_counted() {
    let cluster = Cluster::private(Version::V17);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql("shop", SAMPLE);
    let lab = Lab::new(&cluster);
    for (dbname, code, extra, expected) in [
        ("shop", "FULL", "", (301, 0, 2)),
        ("shop", "FULL", "--inserts", (0, 301, 2)),
        ("shop", "FULL", "--rows-per-insert=100", (0, 4, 2)),
        ("shop", "FULL", "-j 2 --compress=zstd:1", (301, 0, 2)),
        ("shop", "FULL", "--compress=lz4", (301, 0, 2)),
        ("shop", "SCHEMA", "", (0, 0, 0)),
        ("shop", "DATA", "", (301, 0, 2)),
        ("", "CLUSTER", "", (301, 0, 2)),
        ("", "CLUSTER", "--inserts", (0, 301, 2)),
    ] {
        let job = lab.define_with(dbname, code, extra);
        assert_eq!(job.run().code, 0, "{code} {extra}: {}", lab.sandbox.log());
        let manifest = lab.catalogued("manifest_file").pop().unwrap();
        let (status, rows) = in_json(&lab, &[&manifest]);
        let row = &rows[0];
        assert_eq!(status, 0, "{row}");
        assert_eq!((row["proven"].clone(), rows.len()), (Value::Bool(true), 1));
        let counted = ["rows", "inserts", "large_objects"].map(|key| row[key].as_u64().unwrap());
        assert_eq!(counted, <[u64; 3]>::from(expected), "{code} {extra}: {row}");
        assert!(row["files"].as_u64().unwrap() > 0 && row["unpacked"].as_u64().is_some());
    }
    let dump_dir = lab.dump_dir().display().to_string();
    let said = verify(&lab, &[&dump_dir]).success();
    assert_eq!(said.matches("[OK] ").count(), 9, "{said}");
    assert!(said.ends_with("9 of 9 backups proven (read)\n"), "{said}");
    let said = verify(&lab, &["--level", "checksum", "--jobs", "1", &dump_dir]).success();
    assert!(
        said.ends_with("9 of 9 backups proven (checksum)\n"),
        "{said}"
    );
}

#[test]
fn what_is_wrong_is_named_and_the_others_are_proven_all_the_same() {
    let cluster = Cluster::private(Version::V17);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql("shop", SAMPLE);
    let lab = Lab::new(&cluster);
    let job = lab.define("shop", "FULL");
    assert_eq!(job.run().code, 0);
    let dump_dir = lab.dump_dir();
    let (archive, manifest) = (
        ending(&dump_dir, "-DATABASE.sql"),
        ending(&dump_dir, "-MANIFEST.json"),
    );
    let path = |path: &Path| path.display().to_string();
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = verify(&lab, arguments);
        assert_eq!(output.code, 1, "{}", output.stdout);
        for word in words {
            assert!(output.stdout.contains(word), "{word}: {}", output.stdout);
        }
    };
    // The archive is a way to the manifest, too.
    assert!(
        verify(&lab, &[&path(&archive)])
            .success()
            .contains("files, ")
    );
    let roles = ending(&dump_dir, "-USERS.sql");
    let was = fs::read(&roles).unwrap();
    fs::write(&roles, "-- another text\n").unwrap();
    refused(
        &[&path(&manifest)],
        &[
            "[ERROR] ",
            "-USERS.sql has 16 bytes",
            "0 of 1 backups proven",
        ],
    );
    fs::write(&roles, was).unwrap();

    let stranger = archive.join("9999.dat.gz");
    fs::write(&stranger, "x").unwrap();
    refused(
        &[&path(&archive)],
        &["contains files that the archive does not list: 9999.dat.gz"],
    );
    fs::remove_file(stranger).unwrap();

    let second = lab.define("shop", "SCHEMA");
    assert_eq!(second.run().code, 0);
    fs::remove_file(&manifest).unwrap();
    refused(
        &["--level", "checksum", &path(&dump_dir)],
        &[
            "has no manifest",
            "use --level read",
            "1 of 2 backups proven (checksum)",
        ],
    );
    let said = verify(&lab, &[&path(&dump_dir)]).success();
    assert!(
        said.contains("-DATABASE.sql: read, no manifest; 301 rows, 2 large objects"),
        "{said}"
    );

    refused(
        &["/nowhere"],
        &["[ERROR] /nowhere: could not read /nowhere: No such file"],
    );
    refused(&[&path(&lab.log_dir())], &["contains no backup"]);
    assert_eq!(verify(&lab, &["--level", "all", "x"]).code, 2);
    assert_eq!(verify(&lab, &[]).code, 2);
}
