//! Servers start, are told apart, stop, hang, and leave nothing behind.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use pgbackman_tests::built::built_binary;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::wait;

#[tokio::test]
async fn every_release_serves_connections_and_has_an_identifier_of_its_own() {
    let mut identifiers = Vec::new();
    for version in Version::ALL {
        let cluster = Cluster::private(version);
        let client = cluster.connect("postgres").await;
        let number: String = client
            .query_one("SHOW server_version_num", &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!(number.parse::<u32>().unwrap() / 10_000, version.major());
        identifiers.push(cluster.psql(
            "postgres",
            "SELECT system_identifier FROM pg_control_system()",
        ));
        let twin = Cluster::private(version);
        identifiers.push(twin.psql(
            "postgres",
            "SELECT system_identifier FROM pg_control_system()",
        ));
    }
    identifiers.sort();
    identifiers.dedup();
    assert_eq!(identifiers.len(), 2 * Version::ALL.len(), "{identifiers:?}");
}

#[tokio::test]
async fn a_stopped_server_comes_back_on_its_port_and_a_hanging_one_answers_later() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE TABLE kept (n int)");
    let port = cluster.port();
    cluster.stop(StopMode::Fast);
    cluster.start();
    assert_eq!(cluster.port(), port);
    assert_eq!(cluster.psql("postgres", "SELECT count(*) FROM kept"), "0");

    let client = cluster.connect("postgres").await;
    cluster.hang();
    let waited = tokio::time::timeout(
        Duration::from_millis(300),
        client.query_one("SELECT 1", &[]),
    )
    .await;
    assert!(
        waited.is_err(),
        "a server that stands still does not answer"
    );
    cluster.resume();
    client.query_one("SELECT 1", &[]).await.unwrap();
}

#[test]
fn a_connection_over_tcp_needs_the_password() {
    let cluster = Cluster::private(Version::Installed);
    let over_tcp = |password: &str| {
        cluster
            .command("psql")
            .env("PGHOST", "127.0.0.1")
            .env("PGPASSWORD", password)
            .args(["-X", "-w", "-c", "SELECT 1", "postgres"])
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(over_tcp(Cluster::PASSWORD));
    assert!(!over_tcp("wrong"));
}

#[test]
fn a_standby_replays_what_its_primary_writes() {
    for version in Version::ALL {
        let primary = Cluster::private(version);
        let standby = primary.standby();
        primary.psql("postgres", "CREATE TABLE seen AS SELECT 1 AS n");
        primary.wait_for_replay(&standby);
        assert_eq!(standby.psql("postgres", "SELECT n FROM seen"), "1");
        assert_eq!(standby.psql("postgres", "SELECT pg_is_in_recovery()"), "t");
    }
}

#[test]
fn a_database_of_a_shared_server_goes_with_its_test() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let name = database.name().to_owned();
    database.psql("CREATE TABLE t (n int)");
    let count = || {
        cluster.psql(
            "postgres",
            &format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"),
        )
    };
    assert_eq!(count(), "1");
    drop(database);
    assert_eq!(count(), "0");
}

#[test]
fn killing_the_owner_of_servers_ends_them_and_removes_their_directories() {
    let mut owner = Command::new(built_binary("pgbackman-test-cluster"))
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said: Vec<String> = BufReader::new(owner.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| line != "ready")
        .collect();
    let dirs: Vec<PathBuf> = said
        .iter()
        .map(|line| {
            line.split_once('=')
                .unwrap()
                .1
                .rsplit_once(':')
                .unwrap()
                .0
                .into()
        })
        .collect();
    assert_eq!(dirs.len(), Version::ALL.len(), "{said:?}");
    let postmasters: Vec<_> = dirs
        .iter()
        .map(|dir| pgbackman_tests::watchdog::postmaster_of(&dir.join("data")).unwrap())
        .collect();

    owner.kill().unwrap();
    owner.wait().unwrap();

    for (dir, postmaster) in dirs.iter().zip(postmasters) {
        wait::until(
            Duration::from_secs(30),
            format!("the end of {postmaster} in {}", dir.display()),
            || (!dir.exists() && !pgbackman_tests::processes::is_running(postmaster)).then_some(()),
        );
    }
}
