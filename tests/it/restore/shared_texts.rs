//! Comments and settings of databases and roles belong to the cluster, which keeps the bytes that came of them in the encoding of some
//! database: they are the same bytes after a restore, whatever the encodings.

use pgbackman_tests::postgres::{Cluster, Version};

use super::state::wipe;
use super::support::RestoreLab;
use crate::dump::support::{identifier, literal};

/// Comment and settings of a database, and of the roles, in hexadecimal digits.
fn bytes(cluster: &Cluster, database: &str) -> Vec<String> {
    let name = literal(database);
    let said = cluster.psql_script(
        "postgres",
        &format!(
            "SET client_encoding TO 'SQL_ASCII';
             SELECT json_agg(x ORDER BY x) FROM (
                 SELECT 'comment ' || encode(textsend(description), 'hex') AS x FROM pg_shdescription
                     WHERE objoid = (SELECT oid FROM pg_database WHERE datname = {name}) AND classoid = 'pg_database'::regclass
                 UNION ALL SELECT format('%s in %s ', coalesce(rolname, 'all'), s.setdatabase <> 0) || encode(textsend(one), 'hex')
                     FROM pg_db_role_setting AS s LEFT JOIN pg_roles AS r ON r.oid = s.setrole CROSS JOIN unnest(setconfig) AS one
                     WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = {name}))
                 UNION ALL SELECT rolname || ' is ' || encode(textsend(description), 'hex')
                     FROM pg_shdescription JOIN pg_roles AS r ON r.oid = objoid WHERE classoid = 'pg_authid'::regclass
             ) AS texts;"
        ),
    );
    serde_json::from_str(said.trim()).unwrap()
}

fn as_utf8(cluster: &Cluster, database: &str, sql: &str) {
    cluster.psql_script(database, &format!("SET client_encoding TO 'UTF8';\n{sql}"));
}

/// A database of this encoding with texts that were given in its own session, and in one of a UTF8 database.
fn build(source: &Cluster, database: &str, encoding: &str) {
    let named = identifier(database);
    as_utf8(
        source,
        "postgres",
        &format!(
            "CREATE ROLE \"J\u{fc}rgen\"; CREATE ROLE plain;\n\
             CREATE DATABASE {named} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C';\n\
             ALTER DATABASE {named} SET app.from_outside TO 'gr\u{f6}\u{df}er';\n\
             ALTER ROLE \"J\u{fc}rgen\" IN DATABASE {named} SET role TO 'J\u{fc}rgen';\n\
             COMMENT ON ROLE \"J\u{fc}rgen\" IS '\u{e9}t\u{e9}';"
        ),
    );
    // In the session of the database its own name and that of the role are other letters.
    let seen = |name: &str| {
        let unquoted = format!(
            "convert_from(convert(convert_to({}, 'UTF8'), '{encoding}', 'UTF8'), 'UTF8')",
            literal(name)
        );
        let seen = source.psql("postgres", &format!("SELECT {unquoted}"));
        identifier(seen.trim_end_matches('\n'))
    };
    let (named, role) = (seen(database), seen("J\u{fc}rgen"));
    as_utf8(
        source,
        database,
        &format!(
            "CREATE TABLE t (); ALTER TABLE t OWNER TO {role}; GRANT SELECT ON t TO plain;\n\
             ALTER DATABASE {named} SET app.from_inside TO 'gr\u{f6}\u{df}er \\ '' \u{df}';\n\
             ALTER DATABASE {named} SET search_path TO \"sch\u{e9}ma\", \"$user\";\n\
             ALTER ROLE {role} IN DATABASE {named} SET app.town TO 'Z\u{fc}rich';\n\
             ALTER ROLE plain IN DATABASE {named} SET app.town TO 'Z\u{fc}rich';\n\
             ALTER ROLE plain SET app.name TO 'M\u{fc}ller';\n\
             COMMENT ON ROLE plain IS 'B\u{fc}ro';\n\
             COMMENT ON DATABASE {named} IS 'B\u{fc}cher';"
        ),
    );
}

/// Makes the database `postgres` anew in this encoding.
fn postgres_in(target: &Cluster, encoding: &str) {
    target.psql("template1", "DROP DATABASE postgres");
    target.psql(
        "template1",
        &format!("CREATE DATABASE postgres TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"),
    );
}

fn by_hand(target: &Cluster, file: &std::path::Path) {
    let output = target
        .command("psql")
        .env("PGCLIENTENCODING", "UTF8")
        .args(["-X", "-q", "-o", "/dev/null", "-d", "postgres", "-f"])
        .arg(file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn texts_of_a_latin1_database_are_the_same_bytes_afterwards() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    build(&source, "b\u{fc}cher", "LATIN1");
    let expected = bytes(&source, "b\u{fc}cher");
    assert_eq!(expected.len(), 10, "{expected:?}");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("b\u{fc}cher", "FULL");
    lab.restore(&backup, "kopi\u{e9}").succeed();
    assert_eq!(bytes(&target, "kopi\u{e9}"), expected);

    // A role that is there keeps its texts, and another takes a role's place under its own name.
    as_utf8(
        &target,
        "postgres",
        "DROP DATABASE \"kopi\u{e9}\"; ALTER ROLE plain RESET ALL; COMMENT ON ROLE plain IS 'own'; CREATE ROLE \"\u{c4}nne\";",
    );
    lab.restore(&backup, "kopi\u{e9}")
        .with("--map-role=J\u{fc}rgen=\u{c4}nne")
        .succeed();
    let mapped = bytes(&target, "kopi\u{e9}");
    let has = |text: &str| mapped.iter().any(|one| one.starts_with(text));
    assert!(has("\u{c4}nne in t 6170702e746f776e3d5afc"), "{mapped:?}");
    assert!(!has("plain in f"), "{mapped:?}");
    assert!(has("plain is 6f776e"), "{mapped:?}");

    wipe(&target);
    by_hand(&target, backup.roles_file.as_deref().unwrap());
    by_hand(&target, backup.settings_file.as_deref().unwrap());
    assert_eq!(bytes(&target, "b\u{fc}cher"), expected);
}

/// The database that restores connect to first is of another encoding than the one that is restored.
#[test]
fn texts_of_a_utf8_database_are_the_same_bytes_on_a_latin1_node() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    as_utf8(
        &source,
        "postgres",
        "CREATE DATABASE shop;\n\
         ALTER DATABASE shop SET app.town TO 'Z\u{fc}rich'; COMMENT ON DATABASE shop IS '\u{17e}lu\u{165}';",
    );
    let expected = bytes(&source, "shop");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    postgres_in(&target, "LATIN1");
    lab.restore(&backup, "shop").succeed();
    assert_eq!(bytes(&target, "shop"), expected);
}

/// Settings of every role, and of the databases that every node has, stand behind what `pg_dumpall` writes.
#[test]
fn texts_of_a_node_of_latin1_are_the_same_bytes_afterwards() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    for node in [&source, &target] {
        postgres_in(node, "LATIN1");
    }
    let texts = "ALTER ROLE ALL SET app.every TO 'Z\u{fc}rich'; COMMENT ON DATABASE postgres IS 'B\u{fc}cher';\n\
                 ALTER DATABASE postgres SET app.town TO 'gr\u{f6}\u{df}er';";
    as_utf8(&source, "postgres", texts);
    as_utf8(
        &source,
        "template1",
        "ALTER DATABASE template1 SET app.town TO 'Z\u{fc}rich'; COMMENT ON DATABASE template1 IS '\u{17e}lu\u{165}'",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "").succeed();
    for database in ["postgres", "template1"] {
        let expected = bytes(&source, database);
        assert!(expected.len() > 2, "{expected:?}");
        assert_eq!(bytes(&target, database), expected);
    }
}
