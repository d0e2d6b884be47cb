//! The server to restore to: what it is, what it has, and what the role may do there.

use std::collections::BTreeSet;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::handoff::run::TargetServer;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::databases::NodeDatabase;
use pgbackman_core::node::{databases, identity};

use crate::args::Args;

/// What is said of a target that was not changed.
pub(crate) const UNTOUCHED: &str = "nothing on the target was changed";

/// The target, connected to a database in which nobody restores.
pub(crate) struct Target {
    /// How to reach it.
    pub(crate) server: TargetServer,
    /// The session.
    pub(crate) session: Session,
    /// Its release.
    pub(crate) release: PgRelease,
    /// Its databases.
    pub(crate) databases: Vec<NodeDatabase>,
    /// Its roles.
    pub(crate) roles: BTreeSet<String>,
    /// Its tablespaces.
    pub(crate) tablespaces: BTreeSet<String>,
    /// Extensions that can be created there.
    pub(crate) extensions: BTreeSet<String>,
    /// What the role may do.
    pub(crate) rights: Rights,
}

/// What the role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) superuser: bool,
    pub(crate) create_role: bool,
    pub(crate) create_db: bool,
}

impl Target {
    /// Connects and asks. A standby, and a server that lets nobody write, are refused.
    pub(crate) async fn reach(args: &Args, env: &Environment) -> Result<Self, Failure> {
        let server = TargetServer {
            host: args.node_fqdn.clone(),
            port: args.node_port,
            user: args.node_user.clone(),
        };
        let session = server
            .connect_beside(&args.target_dbname, env)
            .await
            .map_err(|error| {
                Failure::failed(format!(
                    "the target PgSQL node cannot be reached: {error}; {UNTOUCHED}"
                ))
            })?;
        if identity::is_in_recovery(&*session)
            .await
            .map_err(Failure::failed)?
        {
            return Err(Failure::failed(format!(
                "the target ({}) is a standby, which cannot be written to: restore to its primary",
                session.place()
            )));
        }
        // A role or database may be set to read-only by default; a restore says that it writes.
        session
            .batch_execute("SET default_transaction_read_only TO off; SET statement_timeout TO 0; SET lock_timeout TO 0")
            .await
            .map_err(doing("prepare the session with the target"))?;
        let release = identity::release(&*session)
            .await
            .map_err(Failure::failed)?;
        Ok(Self {
            release,
            databases: databases::list(&*session).await.map_err(Failure::failed)?,
            roles: names(&session, "SELECT rolname FROM pg_catalog.pg_roles").await?,
            tablespaces: names(&session, "SELECT spcname FROM pg_catalog.pg_tablespace").await?,
            extensions: names(
                &session,
                "SELECT name FROM pg_catalog.pg_available_extensions",
            )
            .await?,
            rights: rights(&session).await?,
            server,
            session,
        })
    }

    /// The database of this name.
    pub(crate) fn database(&self, name: &str) -> Option<&NodeDatabase> {
        self.databases.iter().find(|database| database.name == name)
    }
}

/// The first column as text.
pub(crate) async fn names(session: &Session, query: &str) -> Result<BTreeSet<String>, Failure> {
    const DOING: &str = "ask the target what it has";
    let rows = session.query(query, &[]).await.map_err(doing(DOING))?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(doing(DOING)))
        .collect()
}

async fn rights(session: &Session) -> Result<Rights, Failure> {
    const DOING: &str = "ask the target what the role may do";
    let row = session
        .query_one(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_catalog.pg_roles \
             WHERE rolname OPERATOR(pg_catalog.=) current_user",
            &[],
        )
        .await
        .map_err(doing(DOING))?;
    let flag = |at: usize| row.try_get(at).map_err(doing(DOING));
    Ok(Rights {
        superuser: flag(0)?,
        create_role: flag(1)?,
        create_db: flag(2)?,
    })
}
