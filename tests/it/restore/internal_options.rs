//! Options of columns that a server keeps for itself, and that a client of an older release writes: a target that does not know them
//! gets the tables without.

use std::fs;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{RestoreLab, content};

/// An option of the same length stands in its place until the archive is written.
const STAND_IN: &[u8] = b"SET (n_distinct=7";
const OPTION: &[u8] = b"SET (pg_attver=77";
const SAMPLE: &str = "CREATE TABLE a (n int PRIMARY KEY, t text); INSERT INTO a VALUES (1, 'x'), (2, 'y');
    ALTER TABLE a ALTER COLUMN n SET (n_distinct = 7);
    ALTER TABLE a ALTER COLUMN t SET (n_distinct = 7, n_distinct_inherited = 3);
    CREATE MATERIALIZED VIEW m AS SELECT n FROM a; ALTER MATERIALIZED VIEW m ALTER COLUMN n SET (n_distinct = 7);";

fn with_option(bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let mut count = 0;
    for at in 0..changed.len().saturating_sub(OPTION.len()) {
        if changed[at..].starts_with(STAND_IN) {
            changed[at..at + OPTION.len()].copy_from_slice(OPTION);
            count += 1;
        }
    }
    assert_eq!(count, 3);
    changed
}

fn options(cluster: &Cluster, dbname: &str) -> String {
    cluster.psql(
        dbname,
        "SELECT string_agg(attrelid::regclass || '.' || attname || attoptions::text, ' ' ORDER BY attrelid, attname) \
         FROM pg_attribute WHERE attoptions::text ~ 'n_distinct'",
    )
}

#[test]
fn an_archive_is_restored_without_the_option_onto_a_server_that_refuses_it() {
    for (version, jobs) in [(Version::V17, ""), (Version::V16, "-j 2")] {
        let source = Cluster::shared(Version::V16);
        let database = source.database();
        database.psql(SAMPLE);
        let target = Cluster::private(version);
        let lab = RestoreLab::new(source, &target);
        let backup = lab.backup(database.name(), "FULL");
        let toc = backup.dump_file.join("toc.dat");
        fs::write(&toc, with_option(&fs::read(&toc).unwrap())).unwrap();
        // Its checksums are those of another archive now.
        fs::remove_file(backup.manifest_file.as_ref().unwrap()).unwrap();
        let backup = super::support::Backup {
            manifest_file: None,
            checksum: None,
            ..backup
        };
        let said = target.psql("postgres", "SELECT 1");
        assert_eq!(said, "1");
        lab.restore(&backup, "shop").with(jobs).run();
        let result = lab.last_result();
        assert!(
            matches!(&*result["status"], "SUCCEEDED" | "WARNING"),
            "{result:#?}"
        );
        assert!(!result["message"].contains("pg_attver"), "{result:#?}");
        assert_eq!(
            target.psql("shop", "SELECT string_agg(t, '' ORDER BY n) FROM a"),
            "xy"
        );
        assert_eq!(options(&target, "shop"), "a.t{n_distinct_inherited=3}");
        assert!(content(&target, "shop").contains("CREATE MATERIALIZED VIEW public.m"));
    }
}

#[test]
fn a_whole_nodes_script_is_restored_without_the_option() {
    let (source, target) = (
        Cluster::private(Version::V17),
        Cluster::private(Version::V17),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", SAMPLE);
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("", "CLUSTER");
    let mut script = Vec::new();
    MultiGzDecoder::new(fs::File::open(&backup.dump_file).unwrap())
        .read_to_end(&mut script)
        .unwrap();
    let mut packed = GzEncoder::new(
        fs::File::create(&backup.dump_file).unwrap(),
        Compression::default(),
    );
    packed.write_all(&with_option(&script)).unwrap();
    packed.finish().unwrap();
    fs::remove_file(backup.manifest_file.as_ref().unwrap()).unwrap();
    let backup = super::support::Backup {
        manifest_file: None,
        checksum: None,
        ..backup
    };
    lab.restore(&backup, "").run();
    let result = lab.last_result();
    assert!(
        matches!(&*result["status"], "SUCCEEDED" | "WARNING"),
        "{result:#?}"
    );
    assert_eq!(
        target.psql("shop", "SELECT string_agg(t, '' ORDER BY n) FROM a"),
        "xy"
    );
    assert_eq!(options(&target, "shop"), "a.t{n_distinct_inherited=3}");
}
