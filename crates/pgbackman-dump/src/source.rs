//! The connection to the node: what the run needs to know of it, and the snapshot that all parts of the backup share.

use std::time::Duration;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::{ConnectTarget, Session, SessionOptions, connect};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::domain::status::BackupCode;

use crate::args::Args;
use crate::failure::{Failure, doing};

/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Databases to connect to for a whole cluster, in this order: one of them is there on any sensible node.
const MAINTENANCE_DATABASES: [&str; 2] = ["postgres", "template1"];

/// The node, connected.
pub(crate) struct Source {
    /// The session; it holds the snapshot for as long as it lives.
    pub(crate) session: Session,
    /// The database it is connected to.
    pub(crate) dbname: String,
    /// The server's release.
    pub(crate) release: PgRelease,
    /// Whether it is a standby.
    pub(crate) is_standby: bool,
    /// The database's OID; none for CLUSTER.
    pub(crate) datoid: Option<u32>,
    /// The size of the database, or of all of them, where the role may ask.
    pub(crate) size: Option<u64>,
    /// The cluster's own number, where the server tells it (since 9.6).
    pub(crate) system_identifier: Option<String>,
}

/// Where the node's databases are reached.
pub(crate) fn target(args: &Args, dbname: &str) -> ConnectTarget {
    ConnectTarget::node(&args.node_fqdn, args.node_port, &args.node_user, dbname).with_options(
        SessionOptions {
            application_name: "pgbackman_dump".to_owned(),
            // A database that is dumped must not choose which functions our questions call.
            settings: vec![("search_path".to_owned(), "pg_catalog".to_owned())],
            ..SessionOptions::default()
        },
    )
}

impl Source {
    /// Connects to the database to be dumped (for CLUSTER: to one that every node has) and asks what is to be known.
    pub(crate) async fn connect(args: &Args, env: &Environment) -> Result<Self, Failure> {
        let (session, dbname) = open(args, env).await?;
        const ASKING: &str = "ask the PgSQL node for its version";
        let row = session
            .query_one(
                "SELECT current_setting('server_version_num')::int4, pg_is_in_recovery()",
                &[],
            )
            .await
            .map_err(doing(ASKING))?;
        let release = PgRelease::from_version_num(row.try_get(0).map_err(doing(ASKING))?)
            .map_err(doing(ASKING))?;
        let is_standby = row.try_get(1).map_err(doing(ASKING))?;
        let whole_cluster = args.code == BackupCode::Cluster;
        Ok(Self {
            datoid: if whole_cluster {
                None
            } else {
                Some(datoid(&session).await?)
            },
            size: size(&session, whole_cluster).await,
            system_identifier: system_identifier(&session, release).await,
            session,
            dbname,
            release,
            is_standby,
        })
    }

    /// Whether this server can share a snapshot with a client of that version: `pg_dump --snapshot` exists since 9.5, and a
    /// standby exports snapshots since 10 (release notes of 9.5 and 10).
    pub(crate) fn can_share_snapshot(&self, client: PgMajor) -> bool {
        client >= PgMajor::old(9, 5)
            && (!self.is_standby || self.release.major() >= PgMajor::new(10))
    }

    /// Begins the transaction whose snapshot every part of the backup sees, and exports it where that can be.
    pub(crate) async fn begin(&self, client: PgMajor) -> Result<Option<String>, Failure> {
        // Limits that the database or the role has by default are not meant for a backup.
        let idle = if self.release.major() >= PgMajor::old(9, 6) {
            "SET idle_in_transaction_session_timeout = 0;"
        } else {
            ""
        };
        let statements = format!(
            "SET statement_timeout = 0; SET lock_timeout = 0; {idle} BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        );
        self.session
            .batch_execute(&statements)
            .await
            .map_err(doing("begin the transaction of the backup"))?;
        if !self.can_share_snapshot(client) {
            return Ok(None);
        }
        let row = self
            .session
            .query_one("SELECT pg_export_snapshot()", &[])
            .await
            .map_err(doing("export a snapshot"))?;
        row.try_get(0).map(Some).map_err(doing("export a snapshot"))
    }
}

async fn open(args: &Args, env: &Environment) -> Result<(Session, String), Failure> {
    if args.code != BackupCode::Cluster {
        let session = connect(&target(args, &args.dbname), env, CONNECT_TIMEOUT)
            .await
            .map_err(Failure::failed)?;
        return Ok((session, args.dbname.clone()));
    }
    let mut last = None;
    for dbname in MAINTENANCE_DATABASES {
        match connect(&target(args, dbname), env, CONNECT_TIMEOUT).await {
            Ok(session) => return Ok((session, dbname.to_owned())),
            Err(error) => last = Some(error),
        }
    }
    // The list is not empty, so there is an error.
    Err(last.map_or_else(
        || Failure::failed("no database to connect to"),
        Failure::failed,
    ))
}

async fn datoid(session: &Session) -> Result<u32, Failure> {
    const ASKING: &str = "ask the PgSQL node for the database's OID";
    let row = session
        .query_one(
            "SELECT oid FROM pg_database WHERE datname = current_database()",
            &[],
        )
        .await
        .map_err(doing(ASKING))?;
    row.try_get(0).map_err(doing(ASKING))
}

/// For information only: a role without the right to ask makes no backup fail.
async fn size(session: &Session, whole_cluster: bool) -> Option<u64> {
    let query = if whole_cluster {
        "SELECT sum(pg_database_size(oid))::int8 FROM pg_database WHERE datallowconn"
    } else {
        "SELECT pg_database_size(current_database())"
    };
    let row = session.query_one(query, &[]).await.ok()?;
    row.try_get::<_, Option<i64>>(0)
        .ok()?
        .and_then(|size| u64::try_from(size).ok())
}

async fn system_identifier(session: &Session, release: PgRelease) -> Option<String> {
    if release.major() < PgMajor::old(9, 6) {
        return None;
    }
    let row = session
        .query_one(
            "SELECT system_identifier::text FROM pg_control_system()",
            &[],
        )
        .await
        .ok()?;
    row.try_get(0).ok()
}
