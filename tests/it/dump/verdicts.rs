//! What an otherwise good backup does not hold, or will not give back: a WARNING that names it.

use pgbackman_tests::postgres::{Cluster, Version};

use super::kills::{Blocker, wait_until_blocked};
use super::support::{DEADLINE, Lab};

/// The reason of the only backup, which is a WARNING.
fn warning(lab: &Lab<'_>) -> String {
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "WARNING", "{reason}");
    reason
}

#[test]
fn b12_the_encoding_of_an_archive_is_the_databases_whatever_role_and_database_say() {
    for version in [Version::Installed, Version::V18] {
        let cluster = Cluster::private(version);
        for sql in [
            "CREATE DATABASE d TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            "ALTER DATABASE d SET client_encoding = 'LATIN1'",
            "ALTER ROLE postgres SET client_encoding = 'LATIN1'",
        ] {
            cluster.psql("postgres", sql);
        }
        cluster.psql("d", "CREATE TABLE t AS SELECT U&'\\20ac'::text AS t");
        let lab = Lab::new(&cluster);
        for (name, code) in [("d", "FULL"), ("d", "DATA"), ("d", "RDS"), ("", "CLUSTER")] {
            lab.define(name, code).run();
        }
        assert_eq!(
            lab.catalogued("execution_status"),
            ["SUCCEEDED"; 4],
            "{version:?} {:?}",
            lab.catalogued("error_message")
        );
    }
}

#[test]
fn r9_rows_that_a_policy_hides_are_no_backup() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    lab.define_with(database.name(), "RDS", "--enable-row-security")
        .run();
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(
        reason.contains("rows that a policy hides would be omitted"),
        "{reason}"
    );
}

#[test]
fn v1_an_empty_list_that_the_client_writes_as_a_syntax_error_is_named() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql_script(
        "postgres",
        "CREATE DATABASE d; CREATE ROLE e;\n\
         SELECT set_config('local_preload_libraries', '', false); ALTER ROLE e SET local_preload_libraries FROM CURRENT;\n",
    );
    cluster.psql_script(
        "d",
        "SELECT set_config('search_path', '', false);\n\
         CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'select 1';\n",
    );
    for (name, code, said) in [
        ("d", "FULL", &["the function public.f(integer);"][..]),
        ("d", "SCHEMA", &["the function public.f(integer);"]),
        (
            "",
            "CLUSTER",
            &[
                "the settings of the role \"e\";",
                "database \"d\": the archive cannot be restored",
                "the function public.f(integer);",
            ],
        ),
    ] {
        let lab = Lab::new(&cluster);
        lab.define(name, code).run();
        let reason = warning(&lab);
        for said in said {
            assert!(reason.contains(said), "{code}: {reason}");
        }
    }
    let lab = Lab::new(&cluster);
    lab.define("d", "DATA").run();
    assert_eq!(lab.only_outcome().0, "SUCCEEDED");
}

#[test]
fn b6_what_the_client_warns_of_is_said() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (i int PRIMARY KEY, p int REFERENCES t)");
    let lab = Lab::new(cluster);
    lab.define(database.name(), "DATA").run();
    let reason = warning(&lab);
    assert!(
        reason.contains(
            "pg_dump: warning: there are circular foreign-key constraints on this table: t"
        ),
        "{reason}"
    );
    let lab = Lab::new(cluster);
    lab.define(database.name(), "FULL").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
}

#[test]
fn b7_databases_that_pg_dumpall_passes_over_are_named() {
    let cluster = Cluster::private(Version::Installed);
    let lab = Lab::new(&cluster);
    lab.define("", "CLUSTER").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));

    for sql in [
        "CREATE DATABASE r8_archive",
        "CREATE DATABASE broken",
        "ALTER DATABASE r8_archive ALLOW_CONNECTIONS false",
        "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'",
    ] {
        cluster.psql("postgres", sql);
    }
    let lab = Lab::new(&cluster);
    lab.define("", "CLUSTER").run();
    let reason = warning(&lab);
    for said in [
        "not in this backup, because the database accepts no connections: r8_archive",
        "not in this backup, because an earlier DROP DATABASE was interrupted (repeat it): broken",
    ] {
        assert!(reason.contains(said), "{reason}");
    }
}

#[test]
fn b19_a_sequence_that_is_behind_in_the_database_too_is_no_warning() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(
        "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT FROM generate_series(1, 100); \
         CREATE TABLE \"U\" (\"Id\" int GENERATED BY DEFAULT AS IDENTITY UNIQUE); INSERT INTO \"U\" DEFAULT VALUES; \
         CREATE SEQUENCE free; CREATE TABLE no_index (id serial); INSERT INTO no_index VALUES (7)",
    );
    for (code, status) in [("FULL", "SUCCEEDED"), ("DATA", "SUCCEEDED")] {
        let lab = Lab::new(cluster);
        lab.define(database.name(), code).run();
        assert_eq!(lab.only_outcome(), (status.to_owned(), String::new()));
    }
    // An application that writes the column itself leaves its sequence behind: that is so in the database, too.
    database.psql("SELECT setval('t_id_seq', 50); INSERT INTO \"U\" VALUES (5)");
    let lab = Lab::new(cluster);
    lab.define(database.name(), "FULL").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
}

#[test]
fn b19_a_sequence_that_is_set_back_while_the_backup_runs_is_named_with_what_mends_it() {
    let cluster = Cluster::private(Version::Installed);
    for code in ["FULL", "RDS"] {
        cluster.psql("postgres", "DROP DATABASE IF EXISTS d");
        cluster.psql("postgres", "CREATE DATABASE d");
        cluster.psql(
            "d",
            "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT FROM generate_series(1, 100); \
             CREATE TABLE \"U\" (\"Id\" int GENERATED BY DEFAULT AS IDENTITY UNIQUE); INSERT INTO \"U\" DEFAULT VALUES; \
             CREATE TABLE unused (id serial PRIMARY KEY); INSERT INTO unused VALUES (7); CREATE VIEW held AS SELECT 1 AS i",
        );
        let lab = Lab::new(&cluster);
        let job = lab.define("d", code);
        let held = Blocker::of(&cluster, "d", "held");
        let mut run = job.spawn(&mut job.command());
        wait_until_blocked(&cluster);
        cluster.psql(
            "d",
            "DELETE FROM t; SELECT setval('t_id_seq', 1, false); SELECT setval('\"U_Id_seq\"', 1, false)",
        );
        drop(held);
        run.wait(DEADLINE);
        let reason = warning(&lab);
        assert!(
            reason.contains("(after a restore: SELECT pg_catalog.setval('public.t_id_seq', 100))")
                && reason.contains(
                    "(after a restore: SELECT pg_catalog.setval('public.\"U_Id_seq\"', 1))"
                )
                && !reason.contains("unused"),
            "{reason}"
        );
    }
}

#[test]
fn b14_and_b17_what_extensions_take_out_of_a_backup_is_named() {
    let cluster = Cluster::private(Version::Installed);
    // Any extension will do: plpgsql is on every server, and takes members and another schema's place.
    for sql in [
        "CREATE TABLE config (i int)",
        "CREATE TABLE config_of_its_own (i int)",
        "ALTER EXTENSION plpgsql ADD TABLE config",
    ] {
        cluster.psql("postgres", sql);
    }
    let lab = Lab::new(&cluster);
    lab.define("postgres", "FULL").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
    for sql in [
        "CREATE INDEX mine ON config (i)",
        "CREATE INDEX of_no_interest ON config_of_its_own (i)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'",
        "CREATE TRIGGER watch BEFORE INSERT ON config FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE POLICY hidden ON config USING (i > 0)",
    ] {
        cluster.psql("postgres", sql);
    }
    let lab = Lab::new(&cluster);
    lab.define("postgres", "FULL").run();
    let reason = warning(&lab);
    for said in [
        "the index \"mine\" on public.config of the extension plpgsql (after a restore: CREATE INDEX mine ON public.config USING btree (i))",
        "the trigger \"watch\" on public.config of the extension plpgsql (after a restore: CREATE TRIGGER watch",
        "the row security policy \"hidden\" on public.config of the extension plpgsql",
    ] {
        assert!(reason.contains(said), "{reason}");
    }
    assert!(!reason.contains("of_no_interest"), "{reason}");
}

#[test]
fn b2_comments_and_settings_that_are_no_text_are_left_out_by_name() {
    let cluster = Cluster::private(Version::Installed);
    for sql in [
        "CREATE DATABASE l1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
        "CREATE DATABASE u1 TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
        "CREATE DATABASE a1 TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
        "CREATE ROLE r50",
    ] {
        cluster.psql("postgres", sql);
    }
    cluster.psql_script(
        "l1",
        "SET client_encoding TO 'UTF8';\n\
         COMMENT ON ROLE r50 IS 'Büro'; ALTER ROLE r50 SET app.x = 'Büro'; COMMENT ON DATABASE u1 IS 'Büro';\n\
         CREATE TABLE t (i int); GRANT SELECT ON t TO r50;\n",
    );
    for name in ["u1", "a1"] {
        cluster.psql(name, "CREATE TABLE t (i int)");
        cluster.psql(name, "GRANT SELECT ON t TO r50");
    }
    for name in ["u1", "a1"] {
        for code in ["FULL", "SCHEMA", "DATA"] {
            let lab = Lab::new(&cluster);
            lab.define(name, code).run();
            let reason = warning(&lab);
            for said in [
                "the comment on the role \"r50\": \"B\\xfcro\"",
                "a setting of the role \"r50\": \"app.x=B\\xfcro\"",
            ] {
                assert!(reason.contains(said), "{name} {code}: {reason}");
            }
            assert_eq!(
                reason.contains("the comment on the database: \"B\\xfcro\""),
                name == "u1",
                "{reason}"
            );
        }
    }
    // The database in whose encoding they were made sees them as what they are: they are given in a session of it.
    let lab = Lab::new(&cluster);
    lab.define("l1", "FULL").run();
    assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
    let written = |suffix: &str| {
        let names = lab.dumped();
        let name = names.iter().find(|name| name.ends_with(suffix)).unwrap();
        std::fs::read_to_string(lab.dump_dir().join(name)).unwrap()
    };
    let (roles, settings) = (written("-USERS.sql"), written("-DBCONFIG.sql"));
    assert!(!roles.contains("Büro"), "{roles}");
    let (_, inside) = settings.split_once("\n\\connect l1\n").unwrap();
    for statement in [
        "COMMENT ON ROLE \"r50\" IS 'Büro';",
        "ALTER ROLE \"r50\" SET \"app.x\" TO 'Büro';",
    ] {
        assert!(inside.contains(statement), "{settings}");
    }
    // A name cannot be left out.
    cluster.psql_script(
        "l1",
        "SET client_encoding TO 'UTF8'; ALTER ROLE r50 RENAME TO \"Büro\";\n",
    );
    let lab = Lab::new(&cluster);
    lab.define("u1", "FULL").run();
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(
        reason.contains(
            "the name of the role \"B\\xfcro\", which the database needs, is not valid UTF-8"
        ),
        "{reason}"
    );
}
