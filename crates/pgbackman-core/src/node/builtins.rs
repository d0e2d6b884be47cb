//! What a target has in `pg_catalog`, asked where a backup of a newer version may use more.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::{Asking, NodeError};
use crate::domain::pg_version::{PgMajor, PgRelease};
use crate::pgtools::other_version::Builtins;

const WHAT: &str = "the built-in objects of the target";

/// The first `pg_dump` that writes every name with its schema.
const NAMES_SCHEMAS: PgMajor = PgMajor::new(11);

/// Where a backup comes from, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The release of the node.
    pub source: Option<PgRelease>,
    /// The release of the client that made it.
    pub made_by: Option<PgRelease>,
}

impl Origin {
    /// Whether it is of a newer version than this one.
    pub fn is_newer_than(self, target: PgMajor) -> bool {
        self.source.is_some_and(|source| source.major() > target)
    }
}

/// Asks for it, on a connection to any of the target's databases. Nothing where the backup is of no newer version, or was made by
/// a client that leaves out schemas: then nothing can be told from names.
///
/// # Errors
/// When the target cannot be asked.
pub async fn for_backup(
    client: &Client,
    target: PgMajor,
    origin: Origin,
) -> Result<Builtins, NodeError> {
    let names_schemas = origin
        .made_by
        .is_some_and(|made_by| made_by.major() >= NAMES_SCHEMAS);
    if !origin.is_newer_than(target) || !names_schemas {
        return Ok(Builtins::default());
    }
    let rows = client
        .query(include_str!("sql/builtins.sql"), &[])
        .await
        .asking(WHAT)?;
    let mut found = Builtins::default();
    for row in rows {
        let kind: &str = row.try_get(0).asking(WHAT)?;
        let names: Vec<String> = row.try_get(1).asking(WHAT)?;
        let names: BTreeSet<String> = names.into_iter().collect();
        match kind {
            "types" => found.types = names,
            "functions" => found.functions = names,
            "relations" => found.relations = names,
            "configurations" => found.configurations = names,
            "dictionaries" => found.dictionaries = names,
            _ => found.words = names,
        }
    }
    Ok(found)
}
