//! Whether software and catalogue fit together: asked by every program before anything else.

use thiserror::Error;
use tokio_postgres::Client;

use super::error::CatalogError;
use super::migrate::{self, Schema};

/// The schema version this software works with.
pub const SCHEMA_VERSION: i32 = 10;

/// Its tag.
pub const SCHEMA_TAG: &str = "v_2_0_0";

/// Why software and catalogue do not fit together.
#[derive(Debug, Error)]
pub enum VersionMismatch {
    /// The database is older: it can be upgraded.
    #[error(
        "the catalogue database has version [{version}:{tag}] and this software needs [{SCHEMA_VERSION}:{SCHEMA_TAG}]; \
         upgrade it with `pgbackman_setup database`, or start the shell `pgbackman`, which offers it"
    )]
    Older {
        /// The version found.
        version: i32,
        /// Its tag.
        tag: String,
    },
    /// The database is newer: the software has to be upgraded.
    #[error(
        "the catalogue database has version [{version}:{tag}], which is newer than this software's \
         [{SCHEMA_VERSION}:{SCHEMA_TAG}]; install a newer PgBackMan"
    )]
    Newer {
        /// The version found.
        version: i32,
        /// Its tag.
        tag: String,
    },
    /// There is no catalogue, or a damaged one.
    #[error("the database is not a usable PgBackMan catalogue: {found}")]
    Unusable {
        /// What was found.
        found: String,
    },
    /// It could not be asked.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Checks that the catalogue has this software's version.
pub async fn check(client: &Client) -> Result<(), VersionMismatch> {
    match migrate::status(client).await? {
        Schema::Current => Ok(()),
        Schema::Older { version, tag } => Err(VersionMismatch::Older { version, tag }),
        Schema::Newer { version, tag } => Err(VersionMismatch::Newer { version, tag }),
        Schema::Empty => Err(VersionMismatch::Unusable {
            found: "it is empty; make the catalogue with `pgbackman_setup database`".to_owned(),
        }),
        Schema::Unusable { found } => Err(VersionMismatch::Unusable { found }),
    }
}
