//! Making and upgrading the catalogue's schema (`docs/spec/catalogue.md`, "Migrations").
//!
//! Tables change by numbered steps; functions, triggers, views and grants are one set that every upgrade applies anew.
//! An installation or an upgrade is one transaction under an advisory lock: it happens whole or not at all, and twice is
//! once.

mod apply;
mod embedded;
mod replace;
mod state;

use thiserror::Error;
use tokio_postgres::Client;

use super::error::CatalogError;

pub use state::{Schema, status};

/// The role that owns every object of the catalogue.
pub const OWNER_ROLE: &str = "pgbackman_role_rw";

/// The role that may read everything but secrets.
pub const READER_ROLE: &str = "pgbackman_role_ro";

/// What an installation or upgrade did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The version that was found; `None` for an empty database.
    pub from: Option<i32>,
    /// Whether anything had to be done.
    pub changed: bool,
    /// What an administrator should know: objects of 1.x that could not be removed.
    pub remarks: Vec<String>,
}

/// Why a catalogue was not made or upgraded. Nothing was changed then.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database is not in a state to start from.
    #[error("this database cannot be made a catalogue of version 10: {found}")]
    Refused {
        /// What was found.
        found: String,
    },
    /// Objects of others depend on what has to be replaced and cannot be saved and made again.
    #[error(
        "the upgrade would break what others built on the catalogue's views and functions; drop it and make it again \
         afterwards, or upgrade as a superuser where only the owner stands in the way: {}",
        objects.join("; ")
    )]
    Dependents {
        /// The objects and why they stand in the way.
        objects: Vec<String>,
    },
    /// The database refused a statement of a file, or cannot be reached.
    #[error("{file}: {source}")]
    Sql {
        /// The file of `sql/`, or what was done.
        file: String,
        /// The database's answer.
        source: CatalogError,
    },
}

/// Makes the catalogue in an empty database. In a catalogue of this version nothing happens; an older one is refused
/// (use [`upgrade`]).
///
/// The roles [`OWNER_ROLE`] and, if it shall read, [`READER_ROLE`] must exist, and the connected role must be the owner
/// role or a member of it.
pub async fn install(client: &mut Client) -> Result<Applied, MigrateError> {
    apply::run(client, apply::Wanted::Install).await
}

/// Upgrades a catalogue of versions 1 to 5 to this one, with every row; in one of this version nothing happens.
pub async fn upgrade(client: &mut Client) -> Result<Applied, MigrateError> {
    apply::run(client, apply::Wanted::Upgrade).await
}

/// `file`: the file of `sql/`, or what was done.
fn failed(file: &str, error: &tokio_postgres::Error) -> MigrateError {
    MigrateError::Sql {
        file: file.to_owned(),
        source: CatalogError::from_postgres("make or upgrade the catalogue", error),
    }
}
