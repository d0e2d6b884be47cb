//! Source × target over the installed versions: the client is chosen by the archive and by the target (traps 7, 8), and where
//! none can serve both the restore is refused.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{RestoreLab, content};

const SOURCE: &str = "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 200) n;\n\
    CREATE VIEW v AS SELECT * FROM t; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT lo_from_bytea(100, 'x');\n\
    ALTER TABLE t OWNER TO keeper; GRANT SELECT ON t TO reader;";

/// Rows and definitions, independent of how a release's `pg_dump` writes them.
fn described(cluster: &Cluster) -> String {
    cluster.psql(
        "copy",
        "SELECT (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM t) || (SELECT count(*) FROM v) || f() || \
         (SELECT pg_get_userbyid(relowner) || has_table_privilege('reader', oid, 'SELECT') || has_table_privilege('reader', oid, 'INSERT') \
          FROM pg_class WHERE relname = 't') || md5(lo_get(100)::text)",
    )
}

#[test]
fn trap_7_every_source_into_every_target() {
    let clusters: Vec<Cluster> = Version::ALL.into_iter().map(Cluster::private).collect();
    for source in &clusters {
        source.psql_script("postgres", "CREATE ROLE keeper; CREATE ROLE reader; CREATE DATABASE copy TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';");
        source.psql_script("copy", SOURCE);
    }
    let expected = described(&clusters[0]);
    for source in &clusters {
        for target in &clusters {
            let lab = RestoreLab::new(source, target);
            let backup = lab.backup("copy", "FULL");
            let renamed = format!("copy_of_{}", source.version().major());
            let output = lab.restore(&backup, "copy").renaming(&renamed).run();
            let result = lab.last_result();
            let both = format!(
                "{} into {}",
                source.version().major(),
                target.version().major()
            );
            assert_eq!(described(target), expected, "{both}: {}", output.stderr);
            let sends_unknown = source.version().major() >= 17 && target.version().major() < 17;
            let status = if sends_unknown {
                "WARNING"
            } else {
                "SUCCEEDED"
            };
            assert_eq!(result["status"], status, "{both}: {result:?}");
            assert_eq!(
                result["message"].contains("transaction_timeout"),
                sends_unknown,
                "{both}: {result:?}"
            );
            let _whole = content(target, &renamed);
        }
    }
}

#[test]
fn trap_7_without_a_client_that_serves_both_it_is_refused() {
    let (newer, older) = (
        Cluster::private(Version::V18),
        Cluster::private(Version::Installed),
    );
    newer.psql("postgres", "CREATE DATABASE shop");
    let mut lab = RestoreLab::new(&newer, &older);
    let backup = lab.backup("shop", "FULL");
    let script = lab.backup("", "CLUSTER");
    let only = format!("[\"{}\"]", Version::Installed.bin_dir().display());
    lab.lab
        .sandbox
        .configure("backup_server", "bin_dirs", &only);
    lab.restore(&backup, "shop").refused(&[
        "No installed client can read this backup and restore to the target",
        "requires pg_restore 18 or newer",
    ]);
    // A plain script can be run by any psql that knows \restrict.
    lab.restore(&script, "").run();
    let result = lab.last_result();
    assert_ne!(
        result["message"].contains("transaction_timeout"),
        result["status"] == "ERROR",
        "{result:?}"
    );
}
