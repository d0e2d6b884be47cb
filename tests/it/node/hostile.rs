//! A database whose owner put operators and settings of his own before PostgreSQL's, and a server whose event triggers act at the
//! login (case S2): nothing of theirs runs in our sessions.

use std::fmt::Write as _;

use std::path::Path;

use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Environment, Session, connect};
use pgbackman_core::node::{databases, target};
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};

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
