//! What is asked of a PgSQL node: versions, databases, roles, settings, replay.

mod databases;
mod hostile;
mod hostile_scene;
mod qualified;
mod replay;
mod roles;
mod settings;
mod target;

use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::pgtools::argv::{Server, psql_file};
use pgbackman_tests::postgres::Cluster;
use tokio_postgres::Client;

async fn release(client: &Client) -> PgRelease {
    pgbackman_core::node::identity::release(client)
        .await
        .unwrap()
}

/// Runs a roles or settings file as an operator does; gives what `psql` said where it failed.
fn run_file(cluster: &Cluster, content: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    let socket = cluster.socket_dir().to_str().unwrap();
    let server = Server {
        host: socket,
        port: cluster.port(),
        user: Cluster::SUPERUSER,
    };
    let said = cluster
        .command("psql")
        .args(psql_file(&server, "postgres", file.path()))
        .output()
        .unwrap();
    if said.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&said.stderr).into_owned())
    }
}
