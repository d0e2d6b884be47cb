//! Names of roles and databases whose bytes are no UTF-8: somebody made them in a session of a LATIN1 database. And names in UTF-8 on
//! a node whose own databases are LATIN1.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

fn as_utf8(cluster: &Cluster, database: &str, sql: &str) {
    cluster.psql_script(database, &format!("SET client_encoding TO 'UTF8';\n{sql}"));
}

fn make_latin1(cluster: &Cluster, name: &str) {
    cluster.psql(
        "template1",
        &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"),
    );
}

/// A node whose `postgres` is LATIN1.
fn of_latin1(version: Version) -> Cluster {
    let cluster = Cluster::private(version);
    cluster.psql("template1", "DROP DATABASE postgres");
    make_latin1(&cluster, "postgres");
    cluster
}

/// Names, comments and settings of the node's own roles, as bytes.
fn roles(cluster: &Cluster) -> String {
    let said = cluster.psql_script(
        "postgres",
        "SET client_encoding TO 'SQL_ASCII';
         SELECT string_agg(encode(textsend(concat_ws(' ', rolname, shobj_description(r.oid, 'pg_authid'), setconfig::text)), 'escape'), ', '
             ORDER BY rolname)
         FROM pg_roles AS r LEFT JOIN pg_db_role_setting ON setrole = r.oid
         WHERE rolname !~ '^pg_' AND rolname <> 'postgres';",
    );
    said.trim().to_owned()
}

const VERSIONS: [Version; 2] = [Version::Installed, Version::V17];

#[test]
fn b12_a_role_whose_name_is_text_in_one_encoding_only_is_a_warning_of_the_backup_and_makes_no_other_role()
 {
    for version in VERSIONS {
        let (source, target) = (Cluster::private(version), Cluster::private(version));
        make_latin1(&source, "latin");
        as_utf8(
            &source,
            "latin",
            "CREATE ROLE \"J\u{f6}rg\"; COMMENT ON ROLE \"J\u{f6}rg\" IS 'B\u{fc}ro'; CREATE ROLE reader;\n\
             CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t OWNER TO \"J\u{f6}rg\"; GRANT SELECT ON t TO reader;",
        );
        let lab = RestoreLab::new(&source, &target);
        let backup = lab.backup_that_exits(8, "latin", "FULL");
        let reasons = lab.lab.catalogued("error_message");
        for word in [
            "only valid in LATIN1",
            "the database postgres, which has the encoding UTF8: \"J\u{f6}rg\"",
            "--no-owner --no-privileges",
        ] {
            assert!(reasons[0].contains(word), "{version} {word}: {reasons:?}");
        }

        let output = lab.restore(&backup, "copy").run();
        let message = &lab.last_result()["message"];
        assert_eq!(output.code, 1, "{message}");
        assert!(
            message.contains("the name of the role J\u{f6}rg is encoded in LATIN1"),
            "{message}"
        );
        assert_eq!(roles(&target), "");
        assert_eq!(lab.databases(), ["postgres", "template0", "template1"]);

        lab.restore(&backup, "copy")
            .with("--no-owner --no-privileges")
            .succeed();
        let rows = "SELECT tableowner, n FROM t, pg_tables WHERE tablename = 't'";
        assert_eq!(target.psql("copy", rows).trim(), "postgres|1", "{version}");
    }
}

#[test]
fn b12_a_node_that_is_latin1_throughout_gets_the_same_roles_back_without_a_warning() {
    for version in VERSIONS {
        let (source, target) = (of_latin1(version), of_latin1(version));
        make_latin1(&source, "latin");
        as_utf8(
            &source,
            "latin",
            "CREATE ROLE \"J\u{f6}rg\"; COMMENT ON ROLE \"J\u{f6}rg\" IS 'B\u{fc}ro'; ALTER ROLE \"J\u{f6}rg\" SET app.x TO 'gr\u{f6}\u{df}er';\n\
             CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t OWNER TO \"J\u{f6}rg\";",
        );
        let lab = RestoreLab::new(&source, &target);
        let backup = lab.backup("latin", "FULL");
        lab.restore(&backup, "latin").succeed();
        assert_eq!(roles(&target), roles(&source), "{version}");
        assert!(roles(&target).starts_with("J\\366rg B\\374ro"), "{version}");
    }
}

#[test]
fn b12_names_in_utf8_are_the_same_bytes_on_a_node_whose_own_database_is_latin1() {
    for version in VERSIONS {
        let (source, target) = (Cluster::private(version), of_latin1(version));
        as_utf8(
            &source,
            "postgres",
            "CREATE ROLE \"J\u{fc}rgen\"; COMMENT ON ROLE \"J\u{fc}rgen\" IS 'B\u{fc}ro'; ALTER ROLE \"J\u{fc}rgen\" SET app.x TO 'gr\u{f6}\u{df}er';\n\
             CREATE ROLE \"\u{10d}ten\u{e1}\u{159}\"; CREATE DATABASE \"b\u{fc}cher\" OWNER \"J\u{fc}rgen\";\n\
             GRANT CREATE ON DATABASE \"b\u{fc}cher\" TO \"\u{10d}ten\u{e1}\u{159}\";",
        );
        as_utf8(
            &source,
            "b\u{fc}cher",
            "CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t OWNER TO \"J\u{fc}rgen\"; GRANT SELECT ON t TO \"\u{10d}ten\u{e1}\u{159}\";",
        );
        let lab = RestoreLab::new(&source, &target);
        let backup = lab.backup("b\u{fc}cher", "FULL");
        lab.restore(&backup, "kopi\u{e9}").succeed();
        assert_eq!(roles(&target), roles(&source), "{version}");
        // Once more: the roles are there now, and are seen.
        lab.restore(&backup, "kopi\u{e9}")
            .renaming("kopi\u{e9} 2")
            .succeed();
        assert_eq!(roles(&target), roles(&source), "{version}");
        let owner = "SELECT encode(textsend(pg_get_userbyid(datdba)::text), 'escape') FROM pg_database WHERE datname = current_database()";
        assert_eq!(
            target.psql("kopi\u{e9}", owner).trim(),
            "J\\303\\274rgen",
            "{version}"
        );
    }
}

/// One such name made every restore to the node end with "error deserializing column 0".
#[test]
fn b2_a_node_with_names_that_are_no_text_takes_backups_and_restores_of_everything_else() {
    for version in VERSIONS {
        let (source, target) = (Cluster::private(version), Cluster::private(version));
        source.psql("postgres", "CREATE DATABASE shop");
        for node in [&source, &target] {
            make_latin1(node, "latin");
            as_utf8(
                node,
                "latin",
                "CREATE ROLE \"J\u{f6}rg\"; CREATE ROLE reader IN ROLE \"J\u{f6}rg\"; ALTER ROLE reader SET app.x TO 'gr\u{f6}\u{df}er';\n\
                 CREATE DATABASE \"b\u{fc}cher\" OWNER \"J\u{f6}rg\";",
            );
        }
        source.psql(
            "shop",
            "CREATE ROLE plain; CREATE TABLE t AS SELECT 1 AS n; GRANT SELECT ON t TO plain",
        );
        let lab = RestoreLab::new(&source, &target);
        for code in ["FULL", "RDS"] {
            let backup = lab.backup("shop", code);
            lab.restore(&backup, &format!("copy_{}", code.to_lowercase()))
                .succeed();
        }
        source.psql("shop", "GRANT SELECT ON t TO reader");
        let output = lab.lab.define("shop", "FULL").run();
        assert!(
            output.code == 1 && output.stderr.contains("the name of the role \"J\\xf6rg\""),
            "{}",
            output.stderr
        );
    }
}
