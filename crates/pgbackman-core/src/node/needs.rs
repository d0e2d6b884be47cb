//! What a backup will need of the node it is restored on, read while it is taken ([`BackupNeeds`]).

use tokio_postgres::{GenericClient, Row};

use super::{Asking, NodeError, raw_names};
use crate::domain::locale::LocaleProvider;
use crate::domain::pg_version::PgRelease;
use crate::domain::restore::backup_needs::{BackupNeeds, DatabaseNeeds, ExtensionNeed};

const WHAT: &str = "the requirements of the backup";

/// What is backed up.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// The database that the client is connected to, with these roles.
    Database {
        /// The backup's roles.
        roles: &'a [String],
        /// Bytes that it takes, where that is known.
        size: Option<u64>,
    },
    /// The whole node.
    Cluster,
}

/// Reads it, in the client's transaction. The cost does not depend on the node's other databases, but for
/// [`Scope::Cluster`], which is about all of them.
pub async fn read(
    client: &impl GenericClient,
    release: PgRelease,
    scope: Scope<'_>,
) -> Result<BackupNeeds, NodeError> {
    raw_names::reading(client, async |client| {
        read_as_sent(client, release, scope).await
    })
    .await
}

async fn read_as_sent(
    client: &impl GenericClient,
    release: PgRelease,
    scope: Scope<'_>,
) -> Result<BackupNeeds, NodeError> {
    let whole = matches!(scope, Scope::Cluster);
    let rows = client
        .query(&databases_query(release.version_num()), &[&whole])
        .await
        .asking(WHAT)?;
    let databases = rows.iter().map(database).collect::<Result<_, _>>()?;
    let tablespaces = client
        .query(include_str!("sql/needed_tablespaces.sql"), &[&whole])
        .await
        .asking(WHAT)?;
    let needs = BackupNeeds {
        databases,
        tablespaces: texts(&tablespaces)?,
        escaping_strings: escaping_strings(client).await?,
        ..BackupNeeds::default()
    };
    match scope {
        Scope::Cluster => Ok(needs),
        Scope::Database { roles, size } => Ok(BackupNeeds {
            extensions: Some(extensions(client).await?),
            privileged_roles: privileged(client, release, roles).await?,
            size,
            objects: Some(objects(client).await?),
            ..needs
        }),
    }
}

/// Whether a client of this role gets strings in which a backslash escapes: with its own settings and those of the database.
async fn escaping_strings(client: &impl GenericClient) -> Result<bool, NodeError> {
    const SQL: &str = "SELECT s.reset_val OPERATOR(pg_catalog.=) 'off' FROM pg_catalog.pg_settings AS s \
                       WHERE s.name OPERATOR(pg_catalog.=) 'standard_conforming_strings'";
    let row = client.query_opt(SQL, &[]).await.asking(WHAT)?;
    row.map_or(Ok(false), |row| row.try_get(0).asking(WHAT))
}

/// The columns for locales by version: ICU and versions since 15, one column for all providers since 17.
fn databases_query(version: i32) -> String {
    const NONE: &str = "NULL::pg_catalog.text";
    let (provider, locale, collation_version) = match version {
        170_000.. => (
            "d.datlocprovider::pg_catalog.text",
            "d.datlocale",
            "d.datcollversion",
        ),
        150_000.. => (
            "d.datlocprovider::pg_catalog.text",
            "d.daticulocale",
            "d.datcollversion",
        ),
        _ => (NONE, NONE, NONE),
    };
    include_str!("sql/needed_databases.sql")
        .replace("/* provider */", provider)
        .replace("/* locale */", locale)
        .replace("/* version */", collation_version)
}

fn database(row: &Row) -> Result<DatabaseNeeds, NodeError> {
    let letter: Option<String> = row.try_get("provider").asking(WHAT)?;
    let provider = match letter {
        None => LocaleProvider::Libc,
        Some(letter) => LocaleProvider::from_letter(&letter).ok_or_else(|| NodeError::Answer {
            what: WHAT,
            reason: format!("the locale provider {letter:?} is unknown"),
        })?,
    };
    Ok(DatabaseNeeds {
        name: row.try_get("name").asking(WHAT)?,
        encoding: row.try_get("encoding").asking(WHAT)?,
        provider,
        collate: row.try_get("collate").asking(WHAT)?,
        ctype: row.try_get("ctype").asking(WHAT)?,
        locale: row.try_get("locale").asking(WHAT)?,
        collation_version: row.try_get("collation_version").asking(WHAT)?,
        tablespace: row.try_get("tablespace").asking(WHAT)?,
    })
}

async fn extensions(client: &impl GenericClient) -> Result<Vec<ExtensionNeed>, NodeError> {
    const SQL: &str =
        "SELECT extname::pg_catalog.text, extversion FROM pg_catalog.pg_extension ORDER BY 1";
    let rows = client.query(SQL, &[]).await.asking(WHAT)?;
    let extension = |row: &Row| {
        Ok(ExtensionNeed {
            name: row.try_get(0)?,
            version: row.try_get(1)?,
        })
    };
    rows.iter()
        .map(extension)
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Those of the roles that only a superuser can make; BYPASSRLS exists since 9.5.
async fn privileged(
    client: &impl GenericClient,
    release: PgRelease,
    roles: &[String],
) -> Result<Vec<String>, NodeError> {
    let bypass = if release.version_num() >= 90_500 {
        " OR rolbypassrls"
    } else {
        ""
    };
    let sql = format!(
        "SELECT rolname::pg_catalog.text FROM pg_catalog.pg_roles \
         WHERE rolname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) \
         AND (rolsuper OR rolreplication{bypass}) ORDER BY 1"
    );
    texts(&client.query(&sql, &[&roles]).await.asking(WHAT)?)
}

async fn objects(client: &impl GenericClient) -> Result<u64, NodeError> {
    let row = client
        .query_one(include_str!("sql/number_of_objects.sql"), &[])
        .await
        .asking(WHAT)?;
    let number: i64 = row.try_get(0).asking(WHAT)?;
    Ok(number.unsigned_abs())
}

fn texts(rows: &[Row]) -> Result<Vec<String>, NodeError> {
    rows.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_only_for_columns_it_has() {
        for (version, has, lacks) in [
            (
                90_200,
                "NULL::pg_catalog.text AS provider",
                "datlocprovider",
            ),
            (
                140_000,
                "NULL::pg_catalog.text AS collation_version",
                "datcollversion",
            ),
            (150_000, "daticulocale", "datlocale"),
            (180_000, "datlocale", "daticulocale"),
        ] {
            let sql = databases_query(version);
            assert!(
                sql.contains(has) && !sql.contains(lacks) && !sql.contains("/*"),
                "{version}: {sql}"
            );
        }
    }
}
