//! Whether software and catalogue fit together: asked by every program before anything else.

use thiserror::Error;
use tokio_postgres::{Client, GenericClient};

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::catalogue::schema::migrate::{self, Schema};
use crate::catalogue::schema::{SCHEMA_TAG, SCHEMA_VERSION};

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
    /// Its functions and views are of another state of this software: they can be made again.
    #[error(
        "the catalogue database has version [{SCHEMA_VERSION}:{SCHEMA_TAG}], as this software needs, but functions and \
         views of another state of it; replace them with `pgbackman_setup database --upgrade`, or start the shell \
         `pgbackman`, which offers it"
    )]
    OtherFunctions,
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
    judge(migrate::status(client).await?)
}

/// Whether what was found is a catalogue of this software's version.
///
/// # Errors
///
/// [`VersionMismatch`] says what it is.
pub fn judge(found: Schema) -> Result<(), VersionMismatch> {
    match found {
        Schema::Current => Ok(()),
        Schema::Older { version, tag } => Err(VersionMismatch::Older { version, tag }),
        Schema::OtherFunctions => Err(VersionMismatch::OtherFunctions),
        Schema::Newer { version, tag } => Err(VersionMismatch::Newer { version, tag }),
        Schema::Empty => Err(VersionMismatch::Unusable {
            found: "it is empty; create the catalogue with `pgbackman_setup database`".to_owned(),
        }),
        Schema::Unusable { found } => Err(VersionMismatch::Unusable { found }),
    }
}

/// The version that a catalogue has, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// When it was installed or upgraded to, as the shell shows times.
    pub registered: String,
    /// The version.
    pub version: i32,
    /// Its tag.
    pub tag: String,
}

/// The version of a catalogue.
pub async fn installed(client: &impl GenericClient) -> Result<Installed, CatalogError> {
    let action = "read the version of the catalogue";
    let row = client
        .query_one(
            "SELECT to_char(registered, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS registered, version, tag \
             FROM pgbackman_version ORDER BY version DESC, registered DESC LIMIT 1",
            &[],
        )
        .await
        .map_err(sql(action))?;
    let row = Reader::new(&row, action);
    Ok(Installed {
        registered: row.get("registered")?,
        version: row.get("version")?,
        tag: row.get("tag")?,
    })
}
