//! Making and upgrading the catalogue's schema (`docs/spec/catalogue.md`, "Migrations").
//!
//! Tables change by numbered steps; functions, triggers, views and grants are one set that every upgrade applies again.
//! An installation or an upgrade is one transaction under an advisory lock: it happens whole or not at all, and twice is
//! once.

mod adopt;
mod apply;
mod contents;
mod embedded;
mod planted;
mod replace;
mod state;

use std::convert::Infallible;

use thiserror::Error;
use tokio_postgres::Client;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::schema::SCHEMA_VERSION;

pub use planted::status_for_administrator;
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
    #[error("could not create a catalogue of version {SCHEMA_VERSION} in this database: {found}")]
    Refused {
        /// What was found.
        found: String,
    },
    /// Objects of others depend on what has to be replaced and cannot be saved and made again.
    #[error(
        "the upgrade would break objects that others have built on the catalogue's views and functions; drop them and \
         create them again afterwards, or upgrade as a superuser if only the owner is the obstacle: {}",
        objects.join("; ")
    )]
    Dependents {
        /// The objects and why they are in the way.
        objects: Vec<String>,
    },
    /// Objects of the old catalogue belong to roles for which the upgrade cannot act.
    #[error(
        "these objects of the catalogue do not belong to {OWNER_ROLE}, and the role {role} cannot change their owner: \
         {}; upgrade as a superuser, with `pgbackman_setup database --upgrade`",
        objects.join(", ")
    )]
    ForeignOwners {
        /// The connected role.
        role: String,
        /// Each object with its owner.
        objects: Vec<String>,
    },
    /// Objects that are not what this software makes would run in the administrator's session.
    #[error(
        "the database has objects that do not belong to PgBackMan and that could run in the administrator's session; \
         find out who created them, and drop them: {}",
        objects.join("; ")
    )]
    Planted {
        /// The objects and what is wrong with them.
        objects: Vec<String>,
    },
    /// The catalogue was made before a release of its version, and is not what that version became.
    #[error(
        "an earlier, unreleased state of this software created this catalogue of version {version}, which cannot be \
         upgraded ({found}); create a new catalogue in an empty database, or continue with the software that created \
         it"
    )]
    Unreleased {
        /// The version that it says to be of.
        version: i32,
        /// What was found.
        found: String,
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

/// Why there was no upgrade of a catalogue that is saved first.
#[derive(Debug, Error)]
pub enum SavingError<E> {
    /// It could not be saved before it was changed.
    #[error("could not dump the catalogue before the upgrade: {0}")]
    NotSaved(E),
    /// The upgrade itself.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

impl From<SavingError<Infallible>> for MigrateError {
    fn from(error: SavingError<Infallible>) -> Self {
        match error {
            SavingError::NotSaved(never) => match never {},
            SavingError::Migrate(error) => error,
        }
    }
}

/// Keeps installations and upgrades from beginning for as long as the session lasts; `false` where one is under way. It calls no
/// function that is not the server's own.
pub async fn keep_out(client: &Client) -> Result<bool, CatalogError> {
    let action = "check whether the catalogue is being upgraded";
    let row = client
        .query_one(
            "SELECT pg_catalog.pg_try_advisory_lock($1)",
            &[&apply::LOCK],
        )
        .await
        .map_err(sql(action))?;
    row.try_get(0).map_err(sql(action))
}

/// Makes the catalogue in an empty database. In a catalogue of this version nothing happens; an older one is refused
/// (use [`upgrade`]).
///
/// The roles [`OWNER_ROLE`] and, if it shall read, [`READER_ROLE`] must exist, and the connected role must be the owner
/// role or a member of it.
pub async fn install(client: &mut Client) -> Result<Applied, MigrateError> {
    Ok(apply::run(client, apply::Wanted::Install, async |_| Ok(())).await?)
}

/// Upgrades a catalogue of versions 1 to 5, or of an earlier one of 2.0, to this one, with every row; in one of this version
/// nothing happens, unless its functions and views are of another state of this software: they are made again.
pub async fn upgrade(client: &mut Client) -> Result<Applied, MigrateError> {
    Ok(upgrade_saving(client, async |_| Ok(())).await?)
}

/// As [`upgrade`], and calls `save` with the old version first: at a moment when everybody can read the catalogue and
/// nobody can change it any more, neither programs nor operators. What `save` reads is what is upgraded. It must use another
/// connection; if it fails, nothing is upgraded.
pub async fn upgrade_saving<E>(
    client: &mut Client,
    save: impl AsyncFnOnce(i32) -> Result<(), E>,
) -> Result<Applied, SavingError<E>> {
    apply::run(client, apply::Wanted::Upgrade, save).await
}

/// `file`: the file of `sql/`, or what was done.
fn failed(file: &str, error: &tokio_postgres::Error) -> MigrateError {
    MigrateError::Sql {
        file: file.to_owned(),
        source: CatalogError::from_postgres("create or upgrade the catalogue", error),
    }
}
