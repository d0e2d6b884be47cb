//! A node whose databases are of several encodings, and whose names have letters outside ASCII (trap 15c).

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use pgbackman_tests::postgres::{Cluster, Version};

use super::state::{described, wipe};
use super::support::{Backup, RestoreLab};
use crate::roundtrip::{assert_same, globals};

/// In the order of `pg_dumpall`: a LATIN1 database, made in the session of a UTF8 one, then the other way round, with letters
/// that LATIN1 has not.
const DATABASES: [&str; 2] = ["bücher", "dvořák"];

fn build(source: &Cluster) {
    source.psql_script(
        "postgres",
        "SET client_encoding TO 'UTF8';\n\
         CREATE ROLE \"Müller Österreich\"; CREATE ROLE \"čtenář\" CONNECTION LIMIT 3;\n\
         GRANT \"čtenář\" TO \"Müller Österreich\";\n\
         COMMENT ON ROLE \"Müller Österreich\" IS 'žlutý'; ALTER ROLE \"čtenář\" SET \"app.motto\" TO 'ďábel';\n\
         CREATE DATABASE \"bücher\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' OWNER \"Müller Österreich\";\n\
         CREATE DATABASE \"dvořák\" OWNER \"čtenář\";\n\
         ALTER DATABASE \"bücher\" SET \"app.motto\" TO 'größer'; COMMENT ON DATABASE \"bücher\" IS 'Bücher';\n\
         ALTER ROLE \"čtenář\" IN DATABASE \"bücher\" SET work_mem TO '3MB';\n\
         GRANT CREATE ON DATABASE \"bücher\" TO \"čtenář\"; GRANT CREATE ON DATABASE \"dvořák\" TO \"Müller Österreich\";",
    );
    source.psql("postgres", "CREATE TABLE kept AS SELECT 'žluť'::text AS x");
    // In the LATIN1 database the role's name is the bytes that it is in UTF-8.
    source.psql_script(
        "bücher",
        "SET client_encoding TO 'SQL_ASCII';\n\
         CREATE TABLE t AS SELECT n, U&'\\00e9t\\00e9'::text AS x FROM generate_series(1, 10) n;\n\
         GRANT SELECT ON t TO \"Müller Österreich\"; ALTER TABLE t OWNER TO \"čtenář\";",
    );
    source.psql_script(
        "dvořák",
        "SET client_encoding TO 'UTF8';\n\
         CREATE TABLE \"účty\" AS SELECT 'žluťoučký kůň'::text AS x; ALTER TABLE \"účty\" OWNER TO \"Müller Österreich\";",
    );
}

/// Roles and databases, as `pg_dump` sees them.
fn state(cluster: &Cluster) -> Vec<String> {
    let databases = DATABASES.map(|name| described(cluster, name, &[]));
    [globals(cluster)].into_iter().chain(databases).collect()
}

fn assert_state(cluster: &Cluster, expected: &[String]) {
    for (now, before) in state(cluster).iter().zip(expected) {
        assert_same(now, before);
    }
    let length = "SELECT length(x), octet_length(x) FROM t LIMIT 1";
    assert_eq!(cluster.psql("bücher", length).trim(), "3|3");
}

fn script(backup: &Backup) -> Vec<u8> {
    let mut script = Vec::new();
    MultiGzDecoder::new(File::open(&backup.dump_file).unwrap())
        .read_to_end(&mut script)
        .unwrap();
    script
}

/// What an operator does by hand: only the superuser is there already.
fn by_hand(target: &Cluster, script: &[u8]) {
    let mut psql = target
        .command("psql")
        .args(["-X", "-q", "-o", "/dev/null", "postgres"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(script).unwrap();
    let said = psql.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let errors: Vec<&str> = said.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(
        errors.len() == 1 && errors[0].ends_with("role \"postgres\" already exists"),
        "{said}"
    );
}

#[test]
fn trap_15c_a_node_of_several_encodings_comes_back_by_the_program_and_by_hand() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    build(&source);
    let expected = state(&source);
    let lab = RestoreLab::new(&source, &target);
    let mut backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "").succeed();
    assert_state(&target, &expected);
    wipe(&target);
    target.psql("postgres", "DROP TABLE kept");
    by_hand(&target, &script(&backup));
    assert_state(&target, &expected);

    // What belongs to the node comes back unchanged where its own database is of another encoding; that one's contents do not.
    wipe(&target);
    target.psql("template1", "DROP DATABASE postgres");
    target.psql(
        "template1",
        "CREATE DATABASE postgres TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    let output = lab.restore(&backup, "").run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{result:#?}");
    assert_eq!(
        result["message"],
        "left out: everything in the database postgres, because the target's database has another encoding"
    );
    for (name, before) in DATABASES.iter().zip(&expected[1..]) {
        assert_same(&described(&target, name, &[]), before);
    }
    wipe(&target);
    target.psql("template1", "DROP DATABASE postgres");
    target.psql("template1", "CREATE DATABASE postgres");

    // A script that was written before this was known, in the encoding of each database.
    let written = source
        .command("pg_dumpall")
        .env_remove("PGCLIENTENCODING")
        .output()
        .unwrap();
    assert!(written.status.success());
    let mut gzip = GzEncoder::new(
        File::create(&backup.dump_file).unwrap(),
        Compression::fast(),
    );
    gzip.write_all(&written.stdout).unwrap();
    gzip.finish().unwrap();
    std::fs::remove_file(backup.manifest_file.take().unwrap()).unwrap();
    backup.checksum = None;
    wipe(&target);
    let output = lab.restore(&backup, "").run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{result:#?}");
    assert!(
        result["message"].starts_with("the backup has no manifest"),
        "{result:#?}"
    );
    assert_state(&target, &expected);
}

#[test]
fn trap_15c_a_name_that_no_script_can_have_is_an_error_of_the_backup() {
    let source = Cluster::private(Version::Installed);
    source.psql(
        "postgres",
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    let lab = RestoreLab::new(&source, &source);
    lab.backup("", "CLUSTER");
    // Made from there, its name is no UTF-8.
    source.psql_script(
        "latin",
        "SET client_encoding TO 'UTF8'; CREATE ROLE \"Jörg\";",
    );
    let output = lab.lab.define("", "CLUSTER").run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    for word in [
        "no script was written, because it could not be restored",
        "the role \"J\\xf6rg\" is not valid UTF8",
        "rename the object",
        "FULL",
    ] {
        assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
    }
    let statuses = lab.lab.catalogued("execution_status");
    assert_eq!(statuses, ["SUCCEEDED", "ERROR"]);
    lab.lab.assert_only_complete_backups();

    source.psql_script(
        "latin",
        "SET client_encoding TO 'UTF8'; ALTER ROLE \"Jörg\" RENAME TO joerg; COMMENT ON ROLE joerg IS 'Jörg';",
    );
    let output = lab.lab.define("", "CLUSTER").run();
    assert!(
        output
            .stderr
            .contains("the comment on the role \"joerg\" is not valid UTF8"),
        "{}",
        output.stderr
    );
    source.psql("postgres", "COMMENT ON ROLE joerg IS 'Jörg'");
    lab.backup("", "CLUSTER");
}

/// The server lets nobody in who asks for UTF-8, as our sessions do; `pg_dump` asks for nothing.
#[test]
fn v6_a_database_whose_encoding_has_no_conversion_is_backed_up_and_restored() {
    for version in Version::ALL {
        let cluster = Cluster::private(version);
        cluster.psql_script(
            "postgres",
            "SET client_encoding TO 'UTF8'; CREATE ROLE \"Müller\"; CREATE ROLE reader;\n\
             CREATE DATABASE mule ENCODING 'MULE_INTERNAL' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 OWNER \"Müller\";\n\
             ALTER DATABASE mule SET work_mem TO '5MB'; COMMENT ON DATABASE mule IS 'größer';",
        );
        cluster.psql_script(
            "mule",
            "CREATE TABLE t AS SELECT n, convert_from('\\x81e9', 'MULE_INTERNAL') AS x FROM generate_series(1, 10) n;\n\
             GRANT SELECT ON t TO reader; CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM t; CREATE SEQUENCE s;",
        );
        let lab = RestoreLab::new(&cluster, &cluster);
        for code in ["FULL", "SCHEMA", "RDS"] {
            let backup = lab.backup("mule", code);
            let copy = format!("copy_{}", code.to_lowercase());
            lab.restore(&backup, &copy).succeed();
            let rows = cluster.psql_script(
                &copy,
                "SELECT count(*), min(encode(convert_to(x, 'MULE_INTERNAL'), 'hex')), has_table_privilege('reader', 't', 'SELECT'), \
                 getdatabaseencoding() FROM t",
            );
            let expected = if code == "SCHEMA" { "0|" } else { "10|81e9" };
            assert_eq!(
                rows.trim(),
                format!("{expected}|t|MULE_INTERNAL"),
                "{version} {code}"
            );
        }
        let of = |name: &str| {
            cluster.psql(
                "postgres",
                &format!(
                    "SELECT pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
                ),
            )
        };
        assert_eq!(of("copy_full"), of("mule"), "{version}");
        // A whole node with such a database.
        lab.backup("", "CLUSTER");
    }
}
