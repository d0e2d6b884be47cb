//! Several hosts, the kind of server wanted, and servers that do not answer.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use pgbackman_core::conninfo::{ConnectFailure, ConnectTarget, Environment, connect};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::{Mode, Proxy};

use super::{TIMEOUT, ask, refusal};

fn env() -> Environment {
    Environment::new(0, "tester")
}

/// A target with several places, as the configuration names them.
fn places(hosts: &[String], ports: &[u16]) -> ConnectTarget {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    ConnectTarget::like_psql(Some(&hosts.join(",")), None, Some(Cluster::SUPERUSER), None)
        .with_setting("port", ports.join(","))
        .with_setting("password", Cluster::PASSWORD)
}

/// A port on which nobody listens any more.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn the_first_host_that_answers_is_taken() {
    let cluster = Cluster::shared(Version::Installed);
    let hosts = ["127.0.0.1".to_owned(), "127.0.0.1".to_owned()];
    let session = connect(
        &places(&hosts, &[closed_port(), cluster.port()]),
        &env(),
        TIMEOUT,
    )
    .await
    .unwrap();
    assert_eq!(
        session.place(),
        format!("host 127.0.0.1 (127.0.0.1), port {}", cluster.port())
    );

    let error = refusal(&places(&hosts, &[closed_port(), closed_port()]), &env()).await;
    assert_eq!(error.attempts.len(), 2, "{error}");
    assert!(error.to_string().matches("refused").count() == 2, "{error}");
    assert!(error.may_pass());
}

#[tokio::test]
async fn target_session_attrs_finds_primary_and_standby() {
    let primary = Cluster::private(Version::Installed);
    let standby = primary.standby();
    primary.wait_for_replay(&standby);
    let hosts =
        [&standby, &primary].map(|cluster| cluster.socket_dir().to_string_lossy().into_owned());
    let both = places(&hosts, &[standby.port(), primary.port()]);
    for (wanted, port) in [
        ("any", standby.port()),
        ("read-write", primary.port()),
        ("primary", primary.port()),
        ("read-only", standby.port()),
        ("standby", standby.port()),
        ("prefer-standby", standby.port()),
    ] {
        let target = both.clone().with_setting("target_session_attrs", wanted);
        let session = connect(&target, &env(), TIMEOUT).await.unwrap();
        assert_eq!(
            ask(&session, "SHOW port").await,
            port.to_string(),
            "{wanted}"
        );
    }
    let alone =
        places(&hosts[..1], &[standby.port()]).with_setting("target_session_attrs", "read-write");
    let error = refusal(&alone, &env()).await;
    assert!(
        matches!(error.failure(), Some(ConnectFailure::WrongKind(_))),
        "{error}"
    );
    let alone = places(&hosts[1..], &[primary.port()])
        .with_setting("target_session_attrs", "prefer-standby");
    connect(&alone, &env(), TIMEOUT).await.unwrap();
}

#[tokio::test]
async fn a_server_that_never_answers_ends_within_the_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let limit = Duration::from_millis(400);
    let started = Instant::now();
    let error = connect(&places(&["127.0.0.1".to_owned()], &[port]), &env(), limit)
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Some(&ConnectFailure::Timeout(limit)));
    assert!(error.may_pass());
    assert!(started.elapsed() >= limit && started.elapsed() < Duration::from_secs(10));

    // A server that answers comes after it, and PGCONNECT_TIMEOUT shortens the wait for the one that does not.
    let cluster = Cluster::shared(Version::Installed);
    let hosts = ["127.0.0.1".to_owned(), "127.0.0.1".to_owned()];
    let env = env().with_var("PGCONNECT_TIMEOUT", "5");
    let started = Instant::now();
    connect(
        &places(&hosts, &[port, cluster.port()]),
        &env,
        Duration::from_secs(60),
    )
    .await
    .unwrap();
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_server_that_hangs_half_way_ends_within_the_time() {
    let cluster = Cluster::shared(Version::Installed);
    let proxy = Proxy::tcp(cluster);
    let target = places(&["127.0.0.1".to_owned()], &[proxy.port()]);
    for bytes in [1, 60, 200] {
        proxy.set(Mode::HangAfter(bytes));
        let error = connect(&target, &env(), Duration::from_millis(300))
            .await
            .unwrap_err();
        assert!(
            matches!(error.failure(), Some(ConnectFailure::Timeout(_))),
            "{bytes}: {error}"
        );
        proxy.cut();
    }
    proxy.set(Mode::Pass);
    connect(&target, &env(), TIMEOUT).await.unwrap();
}
