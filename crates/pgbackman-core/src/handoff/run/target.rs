//! The server that a restore changes, and what it changes there.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::config::Environment;
use crate::conninfo::{
    AsyncEvent, ConnectError, ConnectTarget, Session, connect, connect_listening,
};

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(20);
/// Databases to connect to for renaming another one.
const MEETING_PLACES: [&str; 2] = ["postgres", "template1"];

/// A server to restore to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetServer {
    /// Host name, address or socket directory.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The role that restores.
    pub user: String,
    /// The name under which a run's own sessions appear, which no other run has; `None`: that of the program.
    #[serde(skip)]
    pub application: Option<String>,
}

/// A database that was there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Its OID.
    pub oid: u32,
    /// Its name before.
    pub from: String,
    /// Its name afterwards.
    pub to: String,
    /// Whether anybody may connect to it: not while it is being renamed.
    pub allows_connections: bool,
}

/// A database that the restore makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its name. Nobody had it when this was written down.
    pub name: String,
    /// Its OID, once it exists.
    pub oid: Option<u32>,
    /// The name it gets when the restore fails.
    pub aside: String,
    /// The name under which it is made, which nobody else gives to a database: of its own name it is only once its OID is written
    /// down. The session that makes it has it as its application name, without the number of a script's database (CLUSTER). `None`:
    /// an older program makes it by a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

impl Made {
    /// The application name of the session that makes the database with this mark.
    pub(super) fn maker(mark: &str) -> &str {
        mark.match_indices('_')
            .nth(1)
            .map_or(mark, |(at, _)| &mark[..at])
    }
}

/// What a restore changes about the target's databases, written down before it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Databases that are renamed.
    pub renamed: Vec<Renamed>,
    /// Databases that are made.
    pub made: Vec<Made>,
    /// Whether contents have begun to be written: then nothing gets its old name back.
    pub contents_begun: bool,
}

impl TargetServer {
    /// Connects to a database of the server in which nobody restores: `postgres`, or `template1`; not to `avoid`.
    pub async fn connect_beside(
        &self,
        avoid: &str,
        env: &Environment,
    ) -> Result<Session, ConnectError> {
        let [first, second] = if avoid == MEETING_PLACES[0] {
            [MEETING_PLACES[1], MEETING_PLACES[1]]
        } else {
            MEETING_PLACES
        };
        match self.connect(first, env).await {
            Err(error) if error.lacks_database() => self.connect(second, env).await,
            outcome => outcome,
        }
    }

    /// Connects to a database of the server.
    pub async fn connect(&self, dbname: &str, env: &Environment) -> Result<Session, ConnectError> {
        connect(&self.database(dbname), env, CONNECT).await
    }

    /// The same, and hears what the server sends unasked.
    pub async fn connect_listening(
        &self,
        dbname: &str,
        env: &Environment,
    ) -> Result<(Session, UnboundedReceiver<AsyncEvent>), ConnectError> {
        connect_listening(&self.database(dbname), env, CONNECT).await
    }

    /// The same server for sessions that do not belong to a run.
    #[must_use]
    pub fn of_no_run(&self) -> Self {
        Self {
            application: None,
            ..self.clone()
        }
    }

    /// The name under which its sessions appear on the server.
    pub fn application_name(&self) -> &str {
        self.application.as_deref().unwrap_or("pgbackman_restore")
    }

    fn database(&self, dbname: &str) -> ConnectTarget {
        ConnectTarget::node(&self.host, self.port, &self.user, dbname)
            .with_application_name(self.application_name())
    }
}
