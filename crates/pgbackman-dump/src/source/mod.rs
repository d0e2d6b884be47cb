//! The connection to the node: what the run needs to know of it, and the snapshot that all parts of the backup share.

pub(crate) mod lock_watch;
pub(crate) mod locks;
pub(crate) mod needs;

use std::time::Duration;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::{ConnectError, ConnectTarget, Session, connect};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::{self, PausedNode};
use pgbackman_core::node::{databases, identity, snapshot};

use crate::args::Args;
use pgbackman_core::job::failure::{Failure, doing};

/// How long one attempt to connect may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// First client that takes `--snapshot` (release notes of 9.5).
const FIRST_CLIENT_WITH_SNAPSHOT: PgMajor = PgMajor::old(9, 5);

/// The node, connected.
pub(crate) struct Source {
    /// The session; it holds the snapshot for as long as it lives.
    pub(crate) session: Session,
    /// The server's release.
    pub(crate) release: PgRelease,
    /// The encoding of the database; for CLUSTER, of the one that the session is in.
    pub(crate) encoding: String,
    /// Whether it is a standby.
    pub(crate) is_standby: bool,
    /// The database's OID; none for CLUSTER.
    pub(crate) datoid: Option<u32>,
    /// The size of the database, or of all for CLUSTER, where the role may ask.
    pub(crate) size: Option<u64>,
    /// How many databases that is.
    pub(crate) databases: u64,
    /// The cluster's own number, where the server tells it.
    pub(crate) system_identifier: Option<String>,
}

impl Source {
    /// Connects to the database to be dumped (for CLUSTER: to one that every node has) and asks what is to be known.
    pub(crate) async fn connect(args: &Args, env: &Environment) -> Result<Self, Failure> {
        let session = open(args, env).await?;
        let release = identity::release(&*session)
            .await
            .map_err(Failure::failed)?;
        // For information only: a role without the right to ask makes no backup fail.
        let (datoid, size, databases) = if args.code == BackupCode::Cluster {
            match databases::total_size(&*session).await {
                Ok((size, databases)) => (None, Some(size), databases),
                Err(_) => (None, None, 0),
            }
        } else {
            let oid = databases::current(&*session)
                .await
                .map_err(Failure::failed)?
                .oid;
            (Some(oid), databases::size(&*session, oid).await.ok(), 1)
        };
        Ok(Self {
            encoding: databases::encoding(&*session)
                .await
                .map_err(Failure::failed)?,
            is_standby: identity::is_in_recovery(&*session)
                .await
                .map_err(Failure::failed)?,
            system_identifier: identity::system_identifier(&*session, release)
                .await
                .map_err(Failure::failed)?,
            session,
            release,
            datoid,
            size,
            databases,
        })
    }

    /// One more session with the same database.
    pub(crate) async fn another(args: &Args, env: &Environment) -> Result<Session, Failure> {
        open(args, env).await
    }

    /// Begins the transaction whose snapshot every part of the backup sees, and exports it where server and client can
    /// share it.
    pub(crate) async fn begin(&self, client: PgMajor) -> Result<Option<String>, Failure> {
        let exported = snapshot::open(&self.session, self.release)
            .await
            .map_err(Failure::failed)?;
        Ok(exported.filter(|_| client >= FIRST_CLIENT_WITH_SNAPSHOT))
    }

    /// The names of all roles of the node but the predefined ones, for a whole cluster's backup.
    pub(crate) async fn all_roles(&self) -> Result<Vec<String>, Failure> {
        const ASKING: &str = "list the roles of the PgSQL node";
        const QUERY: &str = "SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles \
                             WHERE pg_catalog.left(rolname::pg_catalog.text, 3) OPERATOR(pg_catalog.<>) 'pg_' ORDER BY 1";
        let rows = self
            .session
            .query(QUERY, &[])
            .await
            .map_err(doing(ASKING))?;
        rows.iter()
            .map(|row| row.try_get(0).map_err(doing(ASKING)))
            .collect()
    }

    /// Ends the transaction and the session.
    pub(crate) async fn end(self) {
        self.session.close().await;
    }
}

async fn open(args: &Args, env: &Environment) -> Result<Session, Failure> {
    if args.code == BackupCode::Cluster {
        let node = PausedNode {
            host: args.node_fqdn.clone(),
            port: args.node_port,
            user: args.node_user.clone(),
        };
        return run::connect_to_node(&node, env)
            .await
            .map_err(Failure::failed);
    }
    connect_to(args, env, &args.dbname)
        .await
        .map_err(Failure::failed)
}

/// Connects to a database of the node.
pub(crate) async fn connect_to(
    args: &Args,
    env: &Environment,
    dbname: &str,
) -> Result<Session, ConnectError> {
    let target = ConnectTarget::node(&args.node_fqdn, args.node_port, &args.node_user, dbname)
        .with_application_name("pgbackman_dump");
    connect(&target, env, CONNECT_TIMEOUT).await
}
