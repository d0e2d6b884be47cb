//! Sessions: time limits, ends, and what a server sends unasked.

use std::time::Duration;

use pgbackman_core::conninfo::{
    AsyncEvent, DeadlineError, Environment, SessionOptions, connect_listening, with_deadline,
};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;
use tokio_postgres::error::SqlState;

use super::{TIMEOUT, ask, connect, over_socket, over_tcp};

fn env() -> Environment {
    Environment::new(0, "tester")
}

/// `Some` when as many backends of this process ID as `wanted` run a query at this moment.
async fn active(observer: &tokio_postgres::Client, pid: i32, wanted: i64) -> Option<()> {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'";
    let found: i64 = observer.query_one(sql, &[&pid]).await.unwrap().get(0);
    (found == wanted).then_some(())
}

#[tokio::test]
async fn trap_23_a_query_over_its_time_is_cancelled_on_the_server() {
    let cluster = Cluster::shared(Version::Installed);
    let observer = cluster.connect("postgres").await;
    let session = connect(&over_socket(cluster), &env()).await;
    let query = session.query("SELECT pg_sleep(600)", &[]);
    let error = with_deadline(&session.canceller(), Duration::from_millis(100), query)
        .await
        .unwrap_err();
    assert!(matches!(error, DeadlineError::Elapsed(_)), "{error}");
    // The error arrives before the server has put its session down as idle.
    let pid = session.backend_pid();
    wait::until_async(TIMEOUT, "the query has ended", || active(&observer, pid, 0)).await;
    assert_eq!(ask(&session, "SELECT 'still usable'").await, "still usable");
}

#[tokio::test]
async fn trap_23_a_dropped_query_is_cancelled_by_its_guard() {
    let cluster = Cluster::shared(Version::Installed);
    let observer = cluster.connect("postgres").await;
    let session = connect(&over_socket(cluster), &env()).await;
    let pid = session.backend_pid();
    {
        let _guard = session.canceller().on_drop();
        let query = session.query("SELECT pg_sleep(600)", &[]);
        let started = wait::until_async(TIMEOUT, "the query runs", || active(&observer, pid, 1));
        tokio::select! {
            _ = query => panic!("the query ended by itself"),
            () = started => {}
        }
    }
    wait::until_async(TIMEOUT, "the query has ended", || active(&observer, pid, 0)).await;
    assert!(!session.is_closed());
}

#[tokio::test]
async fn trap_23_a_terminated_session_is_closed_though_its_error_is_an_ordinary_one() {
    let cluster = Cluster::shared(Version::Installed);
    let observer = cluster.connect("postgres").await;
    let session = connect(&over_socket(cluster), &env()).await;
    let pid = session.backend_pid();
    let query = session.query("SELECT pg_sleep(600)", &[]);
    let terminate = async {
        wait::until_async(TIMEOUT, "the query runs", || active(&observer, pid, 1)).await;
        observer
            .query("SELECT pg_terminate_backend($1)", &[&pid])
            .await
            .unwrap();
    };
    let (result, ()) = tokio::join!(query, terminate);
    let error = result.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::ADMIN_SHUTDOWN));
    assert!(!error.is_closed());
    wait::until_async(TIMEOUT, "the session is closed", async || {
        session.is_closed().then_some(())
    })
    .await;
}

#[tokio::test]
async fn trap_23_a_listener_is_told_of_notifications_and_of_the_end() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let target = over_socket(cluster).with_dbname(database.name());
    let (session, mut events) = connect_listening(&target, &env(), TIMEOUT).await.unwrap();
    session.batch_execute("LISTEN news").await.unwrap();
    let observer = database.connect().await;
    observer.batch_execute("NOTIFY news, 'hint'").await.unwrap();
    assert_eq!(
        events.recv().await,
        Some(AsyncEvent::Notification {
            channel: "news".to_owned(),
            payload: "hint".to_owned()
        })
    );
    session
        .batch_execute("DO $$ BEGIN RAISE WARNING 'mind this'; END $$")
        .await
        .unwrap();
    assert_eq!(
        events.recv().await,
        Some(AsyncEvent::Notice("WARNING: mind this".to_owned()))
    );

    let pid = session.backend_pid();
    observer
        .query("SELECT pg_terminate_backend($1)", &[&pid])
        .await
        .unwrap();
    let Some(AsyncEvent::Closed(Some(reason))) = events.recv().await else {
        panic!("the end was not told");
    };
    assert!(reason.contains("terminating connection"), "{reason}");
    assert_eq!(events.recv().await, None);
    assert!(session.is_closed());
}

#[tokio::test]
async fn a_session_has_the_settings_it_was_asked_for() {
    let cluster = Cluster::shared(Version::Installed);
    let options = SessionOptions {
        application_name: "pgbackman_test".to_owned(),
        statement_timeout: Some(Duration::from_secs(7)),
        lock_timeout: Some(Duration::from_millis(1_500)),
        settings: vec![(
            "search_path".to_owned(),
            r#""odd \ path", public"#.to_owned(),
        )],
    };
    let session = connect(&over_socket(cluster).with_options(options), &env()).await;
    assert_eq!(
        ask(&session, "SHOW application_name").await,
        "pgbackman_test"
    );
    assert_eq!(ask(&session, "SHOW statement_timeout").await, "7s");
    assert_eq!(ask(&session, "SHOW lock_timeout").await, "1500ms");
    assert_eq!(
        ask(&session, "SHOW search_path").await,
        r#""odd \ path", public"#
    );
}

#[tokio::test]
async fn a_closed_session_leaves_no_backend() {
    let cluster = Cluster::shared(Version::Installed);
    let observer = cluster.connect("postgres").await;
    let target = over_tcp(cluster).with_setting("password", Cluster::PASSWORD);
    let session = connect(&target, &env()).await;
    let pid = session.backend_pid();
    session.close().await;
    let gone = async || -> Option<()> {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
        let found: i64 = observer.query_one(sql, &[&pid]).await.unwrap().get(0);
        (found == 0).then_some(())
    };
    wait::until_async(TIMEOUT, "the backend has ended", gone).await;
}
