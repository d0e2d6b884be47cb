//! Roles: what the file does on a cluster that has some of them.

use std::collections::BTreeSet;

use pgbackman_core::node::roles::{self, DatabaseRoles};
use pgbackman_tests::postgres::{Cluster, Version};

async fn read(cluster: &Cluster, dbname: &str, user: &str) -> DatabaseRoles {
    let client = cluster.connect_as(dbname, user).await;
    let release = super::release(&client).await;
    roles::read(&client, release).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_6_a_role_that_exists_is_used_as_it_is_and_the_others_are_made() {
    for version in Version::ALL {
        let source = Cluster::private(version);
        source.psql_script(
            "postgres",
            "CREATE ROLE there SUPERUSER LOGIN PASSWORD 'a'; CREATE ROLE there_too; CREATE ROLE fresh LOGIN;
             GRANT there_too TO there; GRANT there_too TO fresh; GRANT fresh TO there;
             ALTER ROLE there SET work_mem TO '1GB'; COMMENT ON ROLE there IS 'from the source';
             CREATE DATABASE d OWNER there; GRANT CREATE ON DATABASE d TO fresh, there_too;",
        );
        let file = read(&source, "d", "postgres").await.to_sql();

        let target = Cluster::private(version);
        target.psql_script(
            "postgres",
            "CREATE ROLE there NOLOGIN; CREATE ROLE there_too;",
        );
        super::run_file(&target, file.expose()).unwrap();
        let there = "SELECT rolsuper, rolcanlogin, rolconfig IS NULL, shobj_description(oid, 'pg_authid') IS NULL \
                     FROM pg_roles WHERE rolname = 'there'";
        assert_eq!(target.psql("postgres", there), "f|f|t|t");
        let memberships = "SELECT string_agg(roleid::regrole || ' ' || member::regrole, ',' ORDER BY 1) \
                           FROM (SELECT * FROM pg_auth_members ORDER BY roleid::regrole::text) m WHERE roleid >= 16384";
        assert_eq!(
            target.psql("postgres", memberships),
            "fresh there,there_too fresh"
        );
    }
}

#[tokio::test]
async fn trap_6_an_error_stops_the_file_and_nothing_of_it_stays() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql_script("postgres", "CREATE ROLE a; CREATE DATABASE d OWNER a;");
    let file = read(&cluster, "d", "postgres").await.to_sql();
    let broken = file.expose().replace("COMMIT;", "SELECT 1 / 0;\nCOMMIT;");
    let target = Cluster::private(Version::Installed);
    let said = super::run_file(&target, &broken).unwrap_err();
    assert!(said.contains("division by zero"), "{said}");
    assert_eq!(
        target.psql(
            "postgres",
            "SELECT count(*) FROM pg_roles WHERE rolname = 'a'"
        ),
        "0"
    );
}

#[tokio::test]
async fn without_a_superuser_the_passwords_are_missing_and_it_is_said() {
    let cluster = Cluster::private(Version::V18);
    cluster.psql_script(
        "postgres",
        "CREATE ROLE boss LOGIN PASSWORD 'x'; CREATE DATABASE d OWNER boss;",
    );
    let roles = read(&cluster, "d", "boss").await;
    assert!(roles.names().contains(&"boss".to_owned()));
    assert_eq!(roles.notes.len(), 1);
    assert!(!roles.to_sql().expose().contains("PASSWORD"));
    let complete = read(&cluster, "d", "postgres").await;
    assert!(complete.notes.is_empty() && complete.to_sql().expose().contains("PASSWORD 'SCRAM"));
}

#[tokio::test]
async fn a_cluster_whose_names_are_not_utf_8_is_read_as_its_database_sees_it() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql(
        "postgres",
        "CREATE DATABASE d TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    // Made from the LATIN1 database, the name is LATIN1 in the catalog that all databases share.
    cluster.psql_script("d", "SET client_encoding TO 'UTF8'; CREATE ROLE \"Müller\"; GRANT CREATE ON DATABASE d TO \"Müller\";");
    let roles = read(&cluster, "d", "postgres").await;
    assert!(
        roles.names().contains(&"Müller".to_owned()),
        "{:?}",
        roles.names()
    );
    let archive = |name: &[u8]| BTreeSet::from([name.to_vec()]);
    assert!(roles.missing(&archive(b"M\xfcller")).is_empty());
    assert_eq!(roles.missing(&archive("Müller".as_bytes())), ["Müller"]);
}

#[tokio::test]
async fn only_this_databases_roles_are_read_and_each_by_one_reason() {
    let cluster = Cluster::private(Version::V16);
    let script = "CREATE ROLE other; CREATE DATABASE other OWNER other; CREATE DATABASE d;";
    cluster.psql_script("postgres", script);
    assert_eq!(read(&cluster, "d", "postgres").await.names(), ["postgres"]);
    // Not in a transaction, and without a server to subscribe to.
    cluster.psql(
        "d",
        "CREATE SUBSCRIPTION s CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
    for (reason, statement) in [
        (
            "relation owner",
            "CREATE TABLE t (); ALTER TABLE t OWNER TO r",
        ),
        (
            "column privilege",
            "CREATE TABLE t (a int); GRANT SELECT (a) ON t TO r",
        ),
        (
            "function privilege",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1; GRANT ALL ON FUNCTION f TO r",
        ),
        (
            "system object",
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO r",
        ),
        (
            "default privilege",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r",
        ),
        (
            "owner of default privileges",
            "ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT SELECT ON TABLES TO PUBLIC",
        ),
        ("policy", "CREATE TABLE t (); CREATE POLICY p ON t TO r"),
        (
            "large object",
            "SELECT lo_create(1); GRANT SELECT ON LARGE OBJECT 1 TO r",
        ),
        (
            "user mapping",
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR r SERVER s",
        ),
        (
            "setting",
            "ALTER ROLE r IN DATABASE d SET work_mem TO '1MB'",
        ),
        ("database privilege", "GRANT CREATE ON DATABASE d TO r"),
        (
            "subscription",
            "ALTER ROLE r SUPERUSER; ALTER SUBSCRIPTION s OWNER TO r",
        ),
        ("schema public", "ALTER SCHEMA public OWNER TO r"),
        (
            "membership",
            "CREATE TABLE t (); GRANT r TO other; GRANT SELECT ON t TO other",
        ),
    ] {
        cluster.psql("postgres", "CREATE ROLE r");
        cluster.psql("d", statement);
        let names = read(&cluster, "d", "postgres").await.names();
        assert!(names.contains(&"r".to_owned()), "{reason}: {names:?}");
        cluster.psql_script("d", "ALTER SCHEMA public OWNER TO pg_database_owner; ALTER SUBSCRIPTION s OWNER TO postgres; DROP OWNED BY r CASCADE; DROP TABLE IF EXISTS t CASCADE; DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE; DROP FUNCTION IF EXISTS f; SELECT lo_unlink(oid) FROM pg_largeobject_metadata; ALTER ROLE r IN DATABASE d RESET ALL; REASSIGN OWNED BY r TO postgres; DROP ROLE r;");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn privileges_on_a_tablespace_come_back_with_their_grantors_where_the_target_has_it() {
    let with_tablespaces = || {
        Cluster::options(Version::V18)
            .conf("allow_in_place_tablespaces = on")
            .start()
    };
    let source = with_tablespaces();
    source.psql_script(
        "postgres",
        "CREATE ROLE a; CREATE ROLE b; CREATE TABLESPACE \"Fast Disk\" LOCATION ''; CREATE TABLESPACE unused LOCATION '';
         GRANT CREATE ON TABLESPACE \"Fast Disk\" TO a WITH GRANT OPTION;
         CREATE ROLE c; GRANT CREATE ON TABLESPACE unused TO c;
         SET SESSION AUTHORIZATION a; GRANT CREATE ON TABLESPACE \"Fast Disk\" TO b; RESET SESSION AUTHORIZATION;
         CREATE DATABASE d; \\c d
         CREATE TABLE t (n int) TABLESPACE \"Fast Disk\";",
    );
    let roles = read(&source, "d", "postgres").await;
    assert_eq!(roles.names(), ["a", "b", "postgres"]);
    let file = roles.to_sql();
    let privileges = "SELECT string_agg(x::text, ',') FROM pg_tablespace, unnest(spcacl) x WHERE spcname = 'Fast Disk'";
    let target = with_tablespaces();
    target.psql("postgres", "CREATE TABLESPACE \"Fast Disk\" LOCATION ''");
    super::run_file(&target, file.expose()).unwrap();
    assert_eq!(
        target.psql("postgres", privileges),
        source.psql("postgres", privileges)
    );
    let without = Cluster::private(Version::V18);
    super::run_file(&without, file.expose()).unwrap();
}
