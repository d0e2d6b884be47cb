//! Proxies pass, hang, refuse, cut, and break off after so many bytes; over TCP and over sockets.

use std::process::Output;
use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::{Mode, Proxy};

fn psql(cluster: &Cluster, proxy: &Proxy, sql: &str) -> Output {
    cluster
        .command("/usr/bin/timeout")
        .args(["2"])
        .arg(cluster.version().bin_dir().join("psql"))
        .env("PGHOST", proxy.host())
        .env("PGPORT", proxy.port().to_string())
        .env("PGPASSWORD", Cluster::PASSWORD)
        .args(["-X", "-A", "-t", "-c", sql, "postgres"])
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_proxy_does_to_connections_what_it_is_told() {
    let cluster = Cluster::shared(Version::Installed);
    for mut proxy in [Proxy::tcp(cluster), Proxy::unix(cluster)] {
        assert_eq!(psql(cluster, &proxy, "SELECT 42").stdout, b"42\n");

        proxy.set(Mode::Hang);
        assert_eq!(
            psql(cluster, &proxy, "SELECT 42").status.code(),
            Some(124),
            "timeout(1) had to end it"
        );

        proxy.set(Mode::CutAfter(5_000));
        let cut = psql(cluster, &proxy, "SELECT repeat('x', 100000)");
        assert!(
            stderr(&cut).contains("server closed the connection unexpectedly"),
            "{}",
            stderr(&cut)
        );

        proxy.set(Mode::HangAfter(5_000));
        assert_eq!(
            psql(cluster, &proxy, "SELECT repeat('x', 100000)")
                .status
                .code(),
            Some(124)
        );

        proxy.set(Mode::Pass);
        proxy.refuse();
        let refused = psql(cluster, &proxy, "SELECT 42");
        assert!(
            stderr(&refused).contains("Connection refused"),
            "{}",
            stderr(&refused)
        );

        proxy.accept();
        assert_eq!(psql(cluster, &proxy, "SELECT 42").stdout, b"42\n");
        assert_eq!(proxy.accepted(), 5);
    }
}

#[tokio::test]
async fn cutting_ends_a_connection_that_is_waiting() {
    let cluster = Cluster::shared(Version::Installed);
    let proxy = Proxy::unix(cluster);
    let (client, connection) = tokio_postgres::Config::new()
        .host(proxy.host())
        .port(proxy.port())
        .user(Cluster::SUPERUSER)
        .dbname("postgres")
        .connect(tokio_postgres::NoTls)
        .await
        .unwrap();
    let ended = tokio::spawn(connection);
    client.query_one("SELECT 1", &[]).await.unwrap();
    proxy.cut();
    let ended = tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the client notices")
        .unwrap();
    assert!(ended.is_err() || client.is_closed());
}
