//! An administrator and a catalogue whose objects others may have replaced.
//!
//! The role of the programs owns the catalogue, so that whoever has its password can put a view in the place of a table, or
//! give a table a trigger, a rule, or a default of their own; what of it runs in the session of a superuser runs as a
//! superuser. So an administrator reads `pg_catalog` alone until it is known that the rest is what `sql/` makes.

use tokio_postgres::{Client, GenericClient};

use super::{MigrateError, Schema, embedded, failed, status};
use crate::catalogue::error::CatalogError;

/// The names of files are for messages.
const WHAT: &str = "look for objects that do not belong to the catalogue";

/// Until the end of the transaction names and operators are PostgreSQL's, and a view that takes a table's place after the look is not read:
/// where the server has that setting, in the minor releases of August 2024 and later.
const ALONE: &str = "SET LOCAL search_path TO pg_catalog, pg_temp; \
     SELECT pg_catalog.set_config('restrict_nonsystem_relation_kind', 'view, foreign-table', true) \
     FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'";

/// Lifts the second part of [`ALONE`].
const NOT_ALONE: &str = "SELECT pg_catalog.set_config('restrict_nonsystem_relation_kind', '', true) \
     FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'";

/// What the database is, read in a transaction of an administrator's session.
pub(super) async fn trusted_status(client: &impl GenericClient) -> Result<Schema, MigrateError> {
    client
        .batch_execute(ALONE)
        .await
        .map_err(|error| failed(WHAT, &error))?;
    refuse(client).await?;
    let found = status(client).await.map_err(asked)?;
    client
        .batch_execute(NOT_ALONE)
        .await
        .map_err(|error| failed(WHAT, &error))?;
    Ok(found)
}

/// As [`super::status`], for the session of an administrator: refuses what is not the catalogue's before it reads anything of it.
///
/// # Errors
///
/// [`MigrateError::Planted`] names what is not what this software makes.
pub async fn status_for_administrator(client: &mut Client) -> Result<Schema, MigrateError> {
    let transaction = client
        .transaction()
        .await
        .map_err(|error| failed("begin", &error))?;
    let found = trusted_status(&transaction).await?;
    transaction
        .commit()
        .await
        .map_err(|error| failed("commit", &error))?;
    Ok(found)
}

/// Keeps others from making or replacing functions and operators until the end of the transaction: between the look and the
/// upgrade they could take the place of those that it means. Only a superuser may lock the catalogs, and only from a superuser
/// there is something to be won.
pub(super) async fn hold_still(client: &impl GenericClient) -> Result<(), MigrateError> {
    const ASKING: &str = "SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER";
    const LOCKING: &str =
        "LOCK TABLE pg_catalog.pg_proc, pg_catalog.pg_operator IN SHARE ROW EXCLUSIVE MODE";
    let row = client
        .query_one(ASKING, &[])
        .await
        .map_err(|error| failed(WHAT, &error))?;
    if row.try_get(0).map_err(|error| failed(WHAT, &error))? {
        client
            .batch_execute(LOCKING)
            .await
            .map_err(|error| failed("prevent others from creating functions", &error))?;
    }
    Ok(())
}

/// Refuses objects that could run somebody's code in this session.
pub(super) async fn refuse(client: &impl GenericClient) -> Result<(), MigrateError> {
    let tables = embedded::table_names();
    let functions = [embedded::LEGACY_FUNCTIONS, &embedded::function_names()].concat();
    let rows = client
        .query(
            include_str!("planted.sql"),
            &[&tables, &functions, &embedded::view_names()],
        )
        .await
        .map_err(|error| failed(WHAT, &error))?;
    let objects = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<String>, _>>()
        .map_err(|error| failed(WHAT, &error))?;
    if objects.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::Planted { objects })
    }
}

fn asked(source: CatalogError) -> MigrateError {
    MigrateError::Sql {
        file: "version".to_owned(),
        source,
    }
}
