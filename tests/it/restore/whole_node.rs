//! CLUSTER × {same node, other node} × {databases absent, exist} × {roles absent, present}. The names are those of the backup:
//! what was there before is there under its new name.

use pgbackman_tests::postgres::{Cluster, Version};

use super::state::{described, wipe};
use super::support::{Backup, RestoreLab, everything};
use crate::roundtrip::{assert_same, globals};

const ROLES: &str = "CREATE ROLE \"Big One\" LOGIN PASSWORD 'secret' CONNECTION LIMIT 7; CREATE ROLE reader; GRANT reader TO \"Big One\"; \
    ALTER ROLE \"Big One\" SET work_mem TO '7MB';";
const DATABASES: &str = "CREATE DATABASE \"Orders\" OWNER \"Big One\" ENCODING 'UTF8' TEMPLATE template0; CREATE DATABASE two;\n\
    ALTER DATABASE \"Orders\" SET work_mem TO '5MB'; GRANT CONNECT ON DATABASE \"Orders\" TO reader;";
const CONTENT: &str = "CREATE TABLE t AS SELECT n, 'it''s; $x$' AS x FROM generate_series(1, 100) n; GRANT SELECT ON t TO reader;\n\
    CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t;";

/// The new names of databases that are there.
const RENAMED: &str = "Orders=Orders old,two=two old";

/// What a node's databases and roles are.
#[derive(Clone)]
struct Original {
    roles: String,
    orders: String,
    two: String,
}

impl Original {
    fn of(cluster: &Cluster) -> Self {
        Self {
            roles: globals(cluster),
            orders: described(cluster, "Orders", &[]),
            two: described(cluster, "two", &[]),
        }
    }
}

fn build(source: &Cluster) {
    source.psql_script("postgres", &format!("{ROLES}\n{DATABASES}"));
    source.psql_script("Orders", CONTENT);
    source.psql_script("two", "CREATE TABLE u AS SELECT 1 AS n");
}

/// Restores into one cell, and compares.
fn cell(lab: &RestoreLab<'_>, backup: &Backup, original: &Original, exists: bool, present: bool) {
    let target = lab.target;
    let shown = format!("exists {exists}, roles present {present}");
    wipe(target);
    if present {
        // The password and the rest that the backup has are another matter.
        target.psql_script("postgres", "CREATE ROLE \"Big One\"; CREATE ROLE reader;");
    }
    if exists {
        target.psql_script(
            "postgres",
            "CREATE DATABASE \"Orders\"; CREATE DATABASE two;",
        );
        target.psql("Orders", "CREATE TABLE before AS SELECT 42 AS n");
        lab.restore(backup, "")
            .refused(&["on target PgSQL node: Orders, two.", "--renamed-dbname"]);
        lab.restore(backup, "")
            .renaming("Orders=Orders old")
            .refused(&["on target PgSQL node: two."]);
    }
    let roles_before = globals(target);
    lab.restore(backup, "").renaming(RENAMED).succeed();
    let now = Original::of(target);
    assert_same(&now.orders, &original.orders);
    assert_same(&now.two, &original.two);
    let log = std::fs::read_to_string(&lab.last_result()["log"]).unwrap();
    if present {
        assert_same(&now.roles, &roles_before);
        for word in [
            "[WARNING]: Role Big One on the target PgSQL node is not changed; it differs",
            "NOLOGIN",
            "CONNECTION LIMIT -1 instead of 7",
            "no password",
            "no setting work_mem",
            "no membership in \"reader\"",
        ] {
            assert!(log.contains(word), "{shown}: {word}: {log}");
        }
    } else {
        assert_same(&now.roles, &original.roles);
        assert!(!log.contains("Role Big One stays"), "{shown}: {log}");
    }
    let databases = lab.databases();
    assert_eq!(
        databases.contains(&"Orders old".to_owned()),
        exists,
        "{shown}"
    );
    if exists {
        assert!(databases.contains(&"two old".to_owned()));
        assert_eq!(
            target.psql("Orders old", "SELECT n FROM before").trim(),
            "42"
        );
        assert_eq!(
            lab.last_result()["renamed"],
            "Orders=Orders old,two=two old"
        );
    }
}

#[test]
fn trap_9a_cluster() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    build(&source);
    let original = Original::of(&source);
    for target in [&other, &source] {
        // The other node first: after the source itself has been restored to, it is no source any more.
        let lab = RestoreLab::new(&source, target);
        let backup = lab.backup("", "CLUSTER");
        for (exists, present) in [(false, false), (false, true), (true, false), (true, true)] {
            cell(&lab, &backup, &original, exists, present);
        }
    }
}

/// The whole node over itself, as it is: its databases go on under new names, its roles stay.
#[test]
fn trap_10_a_node_over_itself() {
    let source = Cluster::private(Version::Installed);
    build(&source);
    let lab = RestoreLab::new(&source, &source);
    let backup = lab.backup("", "CLUSTER");
    let before = Original::of(&source);
    lab.restore(&backup, "")
        .refused(&["on target PgSQL node: Orders, two.", "--renamed-dbname"]);
    lab.restore(&backup, "").renaming(RENAMED).succeed();
    let now = Original::of(&source);
    assert_same(&now.roles, &before.roles);
    assert_same(&now.orders, &before.orders);
    assert_same(&now.two, &before.two);
    assert_same(&described(&source, "Orders old", &[]), &before.orders);
}

/// `postgres` and `template1` are on every node, and the script makes neither: what the target's hold stays, and is told.
#[test]
fn trap_10_a_database_that_every_node_has_is_written_into_only_where_it_is_empty() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE TABLE kept AS SELECT 1 AS n; CREATE DATABASE \"Orders\";",
    );
    source.psql("Orders", "CREATE TABLE t AS SELECT 2 AS n");
    let lab = RestoreLab::new(&source, &other);
    let backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "").succeed();
    assert_eq!(other.psql("postgres", "SELECT n FROM kept").trim(), "1");
    // A second time it is there.
    other.psql("postgres", "UPDATE kept SET n = 7");
    let output = lab.restore(&backup, "").renaming("Orders=Orders old").run();
    let result = lab.last_result();
    assert_eq!(
        (output.code, result["status"].as_str()),
        (8, "WARNING"),
        "{result:#?}"
    );
    assert!(
        result["message"].contains("everything in the database postgres"),
        "{result:#?}"
    );
    assert_eq!(other.psql("postgres", "SELECT n FROM kept").trim(), "7");
    assert_eq!(other.psql("Orders", "SELECT n FROM t").trim(), "2");
}

/// What belongs to a node, and to the databases that every node has.
const OF_NODE: &str = "ALTER ROLE ALL SET statement_timeout TO '90s'; ALTER ROLE ALL SET local_preload_libraries FROM CURRENT;\n\
    ALTER DATABASE postgres SET lock_timeout TO '80s'; ALTER DATABASE postgres CONNECTION LIMIT 55;\n\
    COMMENT ON DATABASE postgres IS 'it''s ours'; REVOKE ALL ON DATABASE postgres FROM PUBLIC;\n\
    GRANT CONNECT ON DATABASE postgres TO reader; ALTER ROLE reader IN DATABASE template1 SET work_mem TO '6MB';\n\
    ALTER DATABASE template1 SET work_mem TO '9MB'; ALTER DATABASE template1 OWNER TO \"Big One\";";

/// All of that as the catalogs have it.
fn of_node(cluster: &Cluster) -> String {
    cluster.psql(
        "postgres",
        "SELECT d.datname, pg_get_userbyid(d.datdba), d.datconnlimit, d.datacl::text, shobj_description(d.oid, 'pg_database'), \
                s.setrole::regrole, s.setconfig \
         FROM pg_database d FULL JOIN pg_db_role_setting s ON s.setdatabase = d.oid \
         WHERE d.datname IN ('postgres', 'template1') OR d.oid IS NULL ORDER BY 1, 6",
    )
}

#[test]
fn trap_9b_what_pg_dumpall_leaves_out_of_a_node_comes_back() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::V18),
    );
    build(&source);
    source.psql_script("postgres", OF_NODE);
    let lab = RestoreLab::new(&source, &other);
    let backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "").succeed();
    assert_eq!(of_node(&other), of_node(&source));

    // A second time the target is in use: what differs by now stays as it is, and is told.
    lab.restore(&backup, "").renaming(RENAMED).succeed();
    other.psql_script(
        "postgres",
        "ALTER ROLE ALL SET statement_timeout TO '70s'; ALTER DATABASE postgres RESET lock_timeout",
    );
    let before = of_node(&other);
    let output = lab
        .restore(&backup, "")
        .renaming("Orders=Orders older,two=two older")
        .run();
    let message = &lab.last_result()["message"];
    assert_eq!(output.code, 8, "{message}");
    for left_out in [
        "the settings of every role, because the target is in use: ALTER ROLE ALL SET \"statement_timeout\" TO '90s'",
        "the settings of the database postgres, because the target is in use: ALTER DATABASE \"postgres\" SET \
         \"lock_timeout\"",
    ] {
        assert!(message.contains(left_out), "{message}");
    }
    assert_eq!(of_node(&other), before);
}

/// What only a newer version has is refused before anything is changed, or left out and told.
#[test]
fn trap_7a_a_node_of_a_newer_version() {
    let (newer, older) = (
        Cluster::private(Version::V18),
        Cluster::private(Version::Installed),
    );
    newer.psql_script(
        "postgres",
        "CREATE ROLE app NOINHERIT; CREATE ROLE readers; GRANT readers TO app WITH ADMIN OPTION;\n\
         ALTER ROLE app SET transaction_timeout TO '1min'; GRANT pg_maintain TO app;\n\
         CREATE DATABASE shop TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';\n\
         ALTER DATABASE shop SET transaction_timeout TO '2min'; ALTER DATABASE shop SET work_mem TO '3MB';",
    );
    newer.psql(
        "shop",
        "CREATE TABLE t AS SELECT 1 AS n; GRANT SELECT ON t TO app",
    );
    let lab = RestoreLab::new(&newer, &older);
    let take = || (lab.backup("", "CLUSTER"), lab.backup("shop", "FULL"));
    let asked = "SELECT (SELECT string_agg(m.rolname || a.admin_option, ',') FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member \
        WHERE m.rolname = 'app') || (SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = 0)";
    let (script, full) = take();
    for (backup, name) in [(&script, ""), (&full, "shop")] {
        wipe(&older);
        let output = lab.restore(backup, name).run();
        let result = lab.last_result();
        assert_eq!(output.code, 8, "{result:#?}");
        assert_eq!(result["status"], "WARNING", "{result:#?}");
        for word in [
            "the setting transaction_timeout of \"app\"",
            "the setting transaction_timeout of \"shop\"",
            "the membership of \"app\" in pg_maintain",
        ] {
            assert!(result["message"].contains(word), "{word}: {result:#?}");
        }
        assert_eq!(
            older.psql("postgres", asked).trim(),
            "apptrue{work_mem=3MB}"
        );
        assert_eq!(older.psql("shop", "SELECT n FROM t").trim(), "1");
    }
    wipe(&older);
    newer.psql("postgres", "GRANT readers TO app WITH SET FALSE");
    let (script, full) = take();
    for (backup, name) in [(&script, ""), (&full, "shop")] {
        lab.restore(backup, name).refused(&[
            "\"app\" in \"readers\"",
            "SET FALSE",
            "create both roles there first",
        ]);
    }
    newer.psql("postgres", "REVOKE readers FROM app");
    newer.psql(
        "shop",
        "ALTER TABLE t ADD double int GENERATED ALWAYS AS (n * 2) VIRTUAL; GRANT MAINTAIN ON t TO app",
    );
    let (script, full) = take();
    let before = everything(&older);
    for (backup, name) in [(&script, ""), (&full, "shop")] {
        lab.restore(backup, name).refused(&[
            "(PostgreSQL 15) does not support",
            "a column that is computed when it is read (public.t) (since 18)",
            "the privilege MAINTAIN (since 17)",
        ]);
    }
    assert_eq!(everything(&older), before);
}
