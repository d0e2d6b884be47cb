//! A database whose owner put operators and settings of his own before PostgreSQL's, and a server whose event triggers act at the
//! login (case S2): nothing of theirs runs in our sessions.

use std::fmt::Write as _;

use std::path::Path;

use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Environment, Session, connect};
use pgbackman_core::handoff::cache;
use pgbackman_core::node::{databases, target};
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};

use crate::dump::support::Lab;
use crate::restore::support::RestoreLab;

/// Types for which the owner has operators.
const TYPES: [&str; 6] = ["name", "oid", "text", "\"char\"", "int4", "bool"];

/// Plants the operators, each of which notes that it was called, before PostgreSQL's.
fn plant(database: &TestDatabase<'_>) {
    let mut sql = "CREATE SCHEMA evil; CREATE TABLE evil.log (what text);".to_owned();
    for (number, kind) in TYPES.into_iter().enumerate() {
        for (operator, name, answer) in [
            ("=", "eq", "$1 operator(pg_catalog.=) $2"),
            ("<>", "ne", "$1 operator(pg_catalog.<>) $2"),
        ] {
            write!(
                sql,
                "CREATE FUNCTION evil.{name}{number}({kind}, {kind}) RETURNS bool LANGUAGE plpgsql AS \
                 $$ begin insert into evil.log values ('{name}'); return {answer}; end $$;
                 CREATE OPERATOR evil.{operator} (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = evil.{name}{number});"
            )
            .unwrap();
        }
    }
    write!(
        sql,
        "ALTER DATABASE \"{}\" SET search_path = evil, pg_catalog;",
        database.name()
    )
    .unwrap();
    database.cluster().psql_script(database.name(), &sql);
}

fn socket(cluster: &Cluster) -> String {
    cluster.socket_dir().to_str().unwrap().to_owned()
}

async fn session(cluster: &Cluster, user: &str, dbname: &str) -> Session {
    let place = ConnectTarget::node(socket(cluster), cluster.port(), user, dbname);
    let env = Environment::new(0, "tester").with_home(Path::new("/nonexistent"));
    connect(&place, &env, DEFAULT_TIMEOUT).await.unwrap()
}

#[tokio::test]
async fn s2_no_operator_of_a_databases_owner_runs_in_our_sessions() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        plant(&database);
        let mut session = session(cluster, Cluster::SUPERUSER, database.name()).await;
        let path: String = session
            .query_one("SHOW search_path", &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!(path, "pg_catalog,pg_temp");
        let facts = target::facts(&mut session, None).await.unwrap();
        assert!(facts.databases.contains(database.name()));
        assert!(!databases::list(&*session).await.unwrap().is_empty());
        let found = session
            .query_one(
                include_str!("../../../crates/pgbackman-core/src/node/sql/number_of_tables.sql"),
                &[],
            )
            .await
            .unwrap();
        assert_eq!(found.get::<_, i64>(0), 1);
        let log = cluster.psql(database.name(), "SELECT count(*) FROM evil.log");
        assert_eq!(log.trim(), "0", "{version:?}");
    }
}

#[tokio::test]
async fn s2_a_role_that_may_not_switch_event_triggers_off_connects_all_the_same() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        for _ in 0..2 {
            let session = session(cluster, "pgbackman_role_ro", database.name()).await;
            assert!(!session.is_without_event_triggers());
            let path: String = session
                .query_one("SHOW search_path", &[])
                .await
                .unwrap()
                .get(0);
            assert_eq!(path, "pg_catalog,pg_temp");
        }
        let administrator = session(cluster, Cluster::SUPERUSER, database.name()).await;
        let is_known: bool = administrator
            .query_one(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'event_triggers')",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(administrator.is_without_event_triggers(), is_known);
    }
}

#[tokio::test]
async fn s2_a_login_event_trigger_does_not_run_in_a_superusers_session() {
    let cluster = Cluster::shared(Version::V18);
    let database = cluster.database();
    cluster.psql_script(
        database.name(),
        "CREATE TABLE log (what text);
         CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
             $$ begin insert into public.log values (current_user); end $$;
         CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION note();",
    );
    let notes = "SET event_triggers = off; SELECT count(*) FROM public.log";
    let before = cluster.psql(database.name(), notes);
    let session = session(cluster, Cluster::SUPERUSER, database.name()).await;
    assert!(session.is_without_event_triggers());
    session.close().await;
    let count = |text: &str| text.lines().last().unwrap().trim().parse::<u32>().unwrap();
    // The look itself is one.
    let after = cluster.psql(database.name(), notes);
    assert_eq!(count(&after), count(&before) + 1);
}

#[test]
fn s2_an_older_server_refuses_one_session_and_not_one_of_each_run() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE DATABASE shop");
    let lab = RestoreLab::of(Lab::new(&cluster), &cluster);
    let refusals = || {
        let log = cluster.log();
        let line = "unrecognized configuration parameter \"event_triggers\"";
        log.matches(line).count()
    };
    let backup = lab.backup("shop", "FULL");
    assert_eq!(refusals(), 1);
    lab.lab.define("shop", "SCHEMA").succeed();
    lab.restore(&backup, "again").succeed();
    assert_eq!(refusals(), 1);
}

#[test]
fn s2_a_server_that_was_upgraded_is_taken_for_what_it_is_now() {
    let cluster = Cluster::private(Version::V18);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql_script(
        "shop",
        "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
             $$ begin raise log 'PLANTED %', current_setting('application_name'); end $$;
         CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION note();",
    );
    let lab = Lab::new(&cluster);
    // As a run before the upgrade has left it.
    let kept = cache::directory(&lab.sandbox.backup_root()).join("older_servers.json");
    let place = format!("socket {}/.s.PGSQL.{}", socket(&cluster), cluster.port());
    let known = serde_json::json!({"version": 1, "logins": [[place, "postgres"]]});
    std::fs::write(&kept, known.to_string()).unwrap();
    lab.give_to_jobs(&kept);
    let planted = || cluster.log().matches("PLANTED pgbackman_dump").count();
    lab.define("shop", "FULL").succeed();
    // The first session finds it out; nothing of the dump itself runs with it.
    assert_eq!(planted(), 1);
    lab.define("shop", "SCHEMA").succeed();
    assert_eq!(planted(), 1);
}
