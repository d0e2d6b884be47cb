//! The server to restore to: what it is, what it has, and what the role may do there.

pub(crate) mod existing_roles;
pub(crate) mod internal_options;
pub(crate) mod tried;

use std::collections::BTreeSet;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::handoff::run::TargetServer;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::databases::NodeDatabase;
use pgbackman_core::node::target_fit::Listed;
use pgbackman_core::node::{databases, raw_names, target};

use crate::args::Args;

/// What is said of a target that was not changed.
pub(crate) const UNTOUCHED: &str = "the target was not changed";

/// The target, connected to a database in which nobody restores.
pub(crate) struct Target {
    /// How to reach it.
    pub(crate) server: TargetServer,
    /// The session.
    pub(crate) session: Session,
    /// What is known of it.
    pub(crate) facts: TargetFacts,
    /// Its databases.
    pub(crate) databases: Vec<NodeDatabase>,
    /// Its parameters, in lower case.
    pub(crate) parameters: BTreeSet<String>,
    /// The compressions of columns that it was built with; none before 14.
    pub(crate) compressions: BTreeSet<String>,
    /// Its own collations, as every new database has them.
    pub(crate) collations: BTreeSet<String>,
}

impl Target {
    /// Connects and asks for what the backup needs.
    pub(crate) async fn reach(
        args: &Args,
        needs: &BackupNeeds,
        names_are_bytes: bool,
        server: TargetServer,
        env: &Environment,
    ) -> Result<Self, Failure> {
        let mut session = server
            .connect_beside(&args.target_dbname, env)
            .await
            .map_err(|error| {
                Failure::failed(format!(
                    "could not connect to the target PgSQL node: {error}; {UNTOUCHED}"
                ))
            })?;
        // A role or database may be set to read-only by default; a restore says that it writes.
        session
            .batch_execute("SET default_transaction_read_only TO off; SET statement_timeout TO 0; SET lock_timeout TO 0")
            .await
            .map_err(doing("prepare the session with the target"))?;
        if names_are_bytes {
            raw_names::take_as_bytes(&*session)
                .await
                .map_err(Failure::failed)?;
        }
        let mut facts = target::facts(&mut session, Some(needs))
            .await
            .map_err(Failure::failed)?;
        let tablespace = needs
            .databases
            .first()
            .and_then(|database| database.tablespace.as_deref());
        facts.free_space = target::free_space_here(&session, &server.host, tablespace).await;
        Ok(Self {
            facts,
            databases: databases::list(&*session).await.map_err(Failure::failed)?,
            parameters: target::parameters(&session)
                .await
                .map_err(Failure::failed)?,
            compressions: target::compressions(&session)
                .await
                .map_err(Failure::failed)?,
            collations: names(
                &session,
                "SELECT DISTINCT c.collname::pg_catalog.text FROM pg_catalog.pg_collation AS c \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.collnamespace \
                 WHERE n.nspname OPERATOR(pg_catalog.=) 'pg_catalog'",
            )
            .await?,
            server,
            session,
        })
    }

    /// What it lists of itself.
    pub(crate) const fn listed(&self) -> Listed<'_> {
        Listed {
            parameters: &self.parameters,
            compressions: &self.compressions,
        }
    }

    /// The database of this name.
    pub(crate) fn database(&self, name: &str) -> Option<&NodeDatabase> {
        self.databases.iter().find(|database| database.name == name)
    }
}

async fn names(session: &Session, query: &str) -> Result<BTreeSet<String>, Failure> {
    const DOING: &str = "read the objects of the target";
    let rows = session.query(query, &[]).await.map_err(doing(DOING))?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(doing(DOING)))
        .collect()
}
