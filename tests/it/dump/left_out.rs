//! What `pg_dump` leaves out, or writes so that it does not restore, without a word: the backup names it.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::Lab;

/// The reason of the only backup, which is a WARNING.
fn warning(cluster: &Cluster, dbname: &str, code: &str, extra: &str) -> String {
    let lab = Lab::new(cluster);
    lab.define_with(dbname, code, extra).run();
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "WARNING", "{code}: {reason}");
    reason
}

#[test]
fn a_language_with_a_handler_of_the_server_and_objects_in_its_schemas_are_named() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE DATABASE d");
    for sql in [
        "CREATE FUNCTION of_our_own() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'",
        "CREATE LANGUAGE good HANDLER of_our_own",
        "CREATE TABLE t (i int)",
        "CREATE VIEW v AS SELECT 1 AS n",
        "CREATE TYPE complete AS ENUM ('a')",
    ] {
        cluster.psql("d", sql);
    }
    for (dbname, code) in [("d", "FULL"), ("", "CLUSTER")] {
        let lab = Lab::new(&cluster);
        lab.define(dbname, code).run();
        assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
    }
    for sql in [
        "CREATE TRUSTED LANGUAGE rules HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator",
        "CREATE FUNCTION pg_catalog.ours(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE pg_catalog.mood AS ENUM ('good')",
        "CREATE TABLE information_schema.notes (x text)",
        "CREATE TYPE hollow",
    ] {
        cluster.psql("d", sql);
    }
    for (dbname, code) in [("d", "FULL"), ("d", "SCHEMA"), ("", "CLUSTER")] {
        let reason = warning(&cluster, dbname, code, "");
        for said in [
            "cannot be restored as it is, because pg_dump writes a language without its handler",
            "the language rules; drop it",
            "not in this backup, because pg_dump omits objects in pg_catalog",
            "function ours(integer); table information_schema.notes; type mood; move them",
        ] {
            assert!(reason.contains(said), "{code}: {said}: {reason}");
        }
        // A type without a definition is in the archive as one.
        assert!(
            !reason.contains("good;") && !reason.contains("hollow"),
            "{reason}"
        );
    }
    let lab = Lab::new(&cluster);
    lab.define("d", "DATA").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
}

#[test]
fn an_extension_of_a_role_that_is_no_superuser_is_named() {
    let cluster = Cluster::private(Version::V17);
    for sql in [
        "CREATE ROLE app",
        "CREATE DATABASE d OWNER app",
        "CREATE DATABASE e",
    ] {
        cluster.psql("postgres", sql);
    }
    cluster.psql_script("d", "SET ROLE app; CREATE EXTENSION hstore;");
    cluster.psql("e", "CREATE EXTENSION hstore");
    let reason = warning(&cluster, "d", "FULL", "");
    assert!(
        reason.contains("a restored extension will belong to the role that restores it, because no statement changes the owner of an extension: hstore of the role app;"),
        "{reason}"
    );
    let reason = warning(&cluster, "", "CLUSTER", "");
    assert!(
        reason.contains("database \"d\": a restored extension will belong")
            && !reason.contains("\"e\""),
        "{reason}"
    );
}
