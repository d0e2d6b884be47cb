//! What is asked of a PgSQL node.
//!
//! Everything works on a client that the caller connected ([`crate::conninfo`]) and, for a backup, brought into the
//! transaction whose snapshot is exported ([`snapshot::open`]). Names in the queries are qualified, so that no
//! `search_path` of the database can redirect them.
#![forbid(unsafe_code)]

pub mod acl;
pub mod archive_choice;
pub mod builtins;
pub mod configuration;
pub mod databases;
pub mod existing_roles;
pub mod identity;
pub mod left_out;
pub mod locks;
pub mod needs;
pub mod raw_names;
pub mod rename;
pub mod replay_pause;
pub mod roles;
pub mod script_names;
pub mod setting_trial;
pub mod settings;
mod shared_text;
pub mod shortcomings;
pub mod snapshot;
pub mod target;
pub mod target_fit;

use thiserror::Error;

/// What went wrong when a node was asked.
#[derive(Debug, Error)]
pub enum NodeError {
    /// A query failed; the source has the server's own words.
    #[error("could not read {what} from the PgSQL node: {}", reason(.source))]
    Query {
        /// What was asked for, in words.
        what: &'static str,
        /// Why it failed.
        source: tokio_postgres::Error,
    },
    /// The answer is not what a PostgreSQL server gives.
    #[error("the PgSQL node returned an unexpected result for {what}: {reason}")]
    Answer {
        /// What was asked for, in words.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {} s", .seconds)]
    Timeout {
        /// What was waited for, in words.
        what: &'static str,
        /// How long.
        seconds: u64,
    },
}

/// The server's message with its detail and hint, or the driver's.
fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => [Some(server.message()), server.detail(), server.hint()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; "),
        None => error.to_string(),
    }
}

impl NodeError {
    /// The code of the server's error, where it sent one.
    pub fn sql_state(&self) -> Option<&tokio_postgres::error::SqlState> {
        match self {
            Self::Query { source, .. } => source.code(),
            Self::Answer { .. } | Self::Timeout { .. } => None,
        }
    }
}

/// Names what was asked when a query fails.
trait Asking<T> {
    /// Turns the driver's error into [`NodeError::Query`].
    fn asking(self, what: &'static str) -> Result<T, NodeError>;
}

impl<T> Asking<T> for Result<T, tokio_postgres::Error> {
    fn asking(self, what: &'static str) -> Result<T, NodeError> {
        self.map_err(|source| NodeError::Query { what, source })
    }
}
