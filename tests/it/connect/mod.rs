//! Configuration and connections: what libpq users expect, TLS, password files.

pub(crate) mod certificates;
mod client_identity;
mod hosts;
mod logging;
mod passwords;
mod pooler;
mod sessions;
mod tls;

use std::path::Path;
use std::time::Duration;

use pgbackman_core::conninfo::{ConnectTarget, Environment, Session};
use pgbackman_tests::postgres::Cluster;

/// More than any of these connections needs.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The environment of a user who has nothing but a home directory.
fn environment(home: &Path) -> Environment {
    Environment::new(nix::unistd::Uid::effective().as_raw(), "tester").with_home(home)
}

/// The superuser's connection to a cluster over TCP, where it needs a password.
fn over_tcp(cluster: &Cluster) -> ConnectTarget {
    ConnectTarget::node("127.0.0.1", cluster.port(), Cluster::SUPERUSER, "postgres")
}

/// The superuser's connection over the socket, where it needs none.
fn over_socket(cluster: &Cluster) -> ConnectTarget {
    let directory = cluster.socket_dir().to_string_lossy().into_owned();
    ConnectTarget::node(directory, cluster.port(), Cluster::SUPERUSER, "postgres")
}

async fn connect(target: &ConnectTarget, env: &Environment) -> Session {
    let session = pgbackman_core::conninfo::connect(target, env, TIMEOUT)
        .await
        .unwrap();
    // With TLS and without, the server's first messages name the process that the session has.
    assert_eq!(session.pooler_warning(), None);
    session
}

async fn refusal(
    target: &ConnectTarget,
    env: &Environment,
) -> pgbackman_core::conninfo::ConnectError {
    pgbackman_core::conninfo::connect(target, env, TIMEOUT)
        .await
        .unwrap_err()
}

/// One value of a query without parameters.
async fn ask(session: &Session, sql: &str) -> String {
    session.query_one(sql, &[]).await.unwrap().get(0)
}
