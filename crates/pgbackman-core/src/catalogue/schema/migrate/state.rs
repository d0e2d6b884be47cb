//! What a database is: empty, a catalogue of some version, or something else.

use tokio_postgres::GenericClient;

use super::contents::{self, Contents};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::schema::{RELEASED_VERSION, SCHEMA_TAG, SCHEMA_VERSION};

/// Completes "could not …".
const ACTION: &str = "read the catalogue's version";

/// What a database is to this software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// The schema `public` has no table: a catalogue can be made.
    Empty,
    /// A catalogue of this software's version.
    Current,
    /// A catalogue that can be upgraded.
    Older {
        /// Its version.
        version: i32,
        /// Its tag.
        tag: String,
    },
    /// A catalogue of this software's version with functions and views of another state of it: an upgrade makes them again.
    OtherFunctions,
    /// A catalogue of a newer software.
    Newer {
        /// Its version.
        version: i32,
        /// Its tag.
        tag: String,
    },
    /// Not a catalogue, or one that is damaged or half upgraded.
    Unusable {
        /// What was found.
        found: String,
    },
}

/// The tables of 1.0.
const TABLES_OF_1_0: &[&str] = &[
    "at_definition_status",
    "backup_catalog",
    "backup_code",
    "backup_definition",
    "backup_server",
    "backup_server_config",
    "backup_server_default_config",
    "catalog_entries_to_delete",
    "job_definition_status",
    "job_execution_method",
    "job_execution_status",
    "job_queue",
    "pgbackman_version",
    "pgsql_node",
    "pgsql_node_config",
    "pgsql_node_default_config",
    "pgsql_node_stopped",
    "pgsql_node_to_delete",
    "restore_catalog",
    "restore_definition",
    "restore_logs_to_delete",
    "server_status",
    "snapshot_definition",
];

/// The tables that 1.1 added.
const TABLES_OF_1_1: &[&str] = &["alert_type", "alerts"];

/// Tables that tell a catalogue of 2.0 from one of 1.x; every version of 2.0 has them.
const TABLES_OF_2_0: &[&str] = &[
    "clone_definition",
    "deleted_run",
    "past_backup",
    "former_backup_directory",
    "former_crontab_file",
    "orphaned_result",
    "run_in_progress",
];

/// The first version of 2.0; the later ones have these tables, too.
const FIRST_OF_2_0: i32 = 10;

/// Looks at the database without changing it.
pub async fn status(client: &impl GenericClient) -> Result<Schema, CatalogError> {
    let tables = tables(client).await?;
    if !has(&tables, "pgbackman_version") {
        return Ok(without_version(&tables));
    }
    let row = client
        .query_opt("SELECT version, tag FROM public.pgbackman_version ORDER BY version DESC, registered DESC LIMIT 1", &[])
        .await
        .map_err(sql(ACTION))?;
    let Some(row) = row else {
        return Ok(unusable("its table pgbackman_version is empty"));
    };
    let version: i32 = row.try_get(0).map_err(sql(ACTION))?;
    let tag: String = row.try_get(1).map_err(sql(ACTION))?;
    match with_version(version, tag, &tables) {
        Schema::Current => Ok(with_contents(contents::inspect(client).await?)),
        other => Ok(other),
    }
}

/// Judges a catalogue of this version's number by what it is made of.
fn with_contents(contents: Contents) -> Schema {
    match contents {
        Contents::Same => Schema::Current,
        Contents::OtherFunctions => Schema::OtherFunctions,
        Contents::OtherTables(found) => {
            let why = if SCHEMA_VERSION > RELEASED_VERSION {
                "An earlier, unreleased state of this software created it, and it cannot be upgraded: create a new \
                 catalogue in an empty database, or continue with the software that created it"
            } else {
                "Something other than this software has changed it: restore it from a dump"
            };
            unusable(&format!(
                "it claims to have version [{SCHEMA_VERSION}:{SCHEMA_TAG}], but {found}. {why}"
            ))
        }
    }
}

/// The tables of the schema `public`, without what belongs to extensions; in order of name.
async fn tables(client: &impl GenericClient) -> Result<Vec<String>, CatalogError> {
    let rows = client
        .query(
            "SELECT c.relname::text FROM pg_catalog.pg_class AS c \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm') \
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d \
                               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY 1",
            &[],
        )
        .await
        .map_err(sql(ACTION))?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(sql(ACTION)))
        .collect()
}

fn without_version(tables: &[String]) -> Schema {
    if tables.is_empty() {
        return Schema::Empty;
    }
    let some: Vec<&str> = tables.iter().take(5).map(String::as_str).collect();
    unusable(&format!(
        "it has no table pgbackman_version, but {} other table(s) and view(s) in the schema public ({}{})",
        tables.len(),
        some.join(", "),
        if tables.len() > some.len() {
            ", …"
        } else {
            ""
        }
    ))
}

/// Judges a version by the tables that belong to it.
fn with_version(version: i32, tag: String, tables: &[String]) -> Schema {
    let needed: &[&[&str]] = match version {
        1 => &[TABLES_OF_1_0],
        2..=5 => &[TABLES_OF_1_0, TABLES_OF_1_1],
        FIRST_OF_2_0..=SCHEMA_VERSION => &[TABLES_OF_1_0, TABLES_OF_1_1, TABLES_OF_2_0],
        _ if version > SCHEMA_VERSION => return Schema::Newer { version, tag },
        _ => {
            return unusable(&format!(
                "it claims to have version [{version}:{tag}], which does not exist"
            ));
        }
    };
    let missing: Vec<&str> = needed
        .concat()
        .into_iter()
        .filter(|table| !has(tables, table))
        .collect();
    if !missing.is_empty() {
        return unusable(&format!(
            "it claims to have version [{version}:{tag}], but has no table {}",
            missing.join(", ")
        ));
    }
    if version == SCHEMA_VERSION {
        if tag != SCHEMA_TAG {
            return unusable(&format!(
                "it claims to have version [{version}:{tag}]; the tag should be {SCHEMA_TAG}"
            ));
        }
        return Schema::Current;
    }
    let early: Vec<&str> = TABLES_OF_2_0
        .iter()
        .copied()
        .filter(|table| version < FIRST_OF_2_0 && has(tables, table))
        .collect();
    if !early.is_empty() {
        return unusable(&format!(
            "it claims to have version [{version}:{tag}], but already has the table {} of version {SCHEMA_VERSION}: an \
             upgrade was interrupted",
            early.join(", ")
        ));
    }
    Schema::Older { version, tag }
}

fn has(tables: &[String], table: &str) -> bool {
    tables.iter().any(|name| name == table)
}

fn unusable(found: &str) -> Schema {
    Schema::Unusable {
        found: found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parts: &[&[&str]]) -> Vec<String> {
        parts.concat().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_version_is_believed_only_with_its_tables() {
        let of_1_2 = names(&[TABLES_OF_1_0, TABLES_OF_1_1]);
        assert!(matches!(
            with_version(3, "v_1_2_0".into(), &of_1_2),
            Schema::Older { version: 3, .. }
        ));
        assert!(matches!(
            with_version(3, "v_1_2_0".into(), &of_1_2[1..]),
            Schema::Unusable { .. }
        ));
        assert!(matches!(
            with_version(10, "v_2_0_0".into(), &of_1_2),
            Schema::Unusable { .. }
        ));
        assert!(matches!(
            with_version(7, "v_7".into(), &of_1_2),
            Schema::Unusable { .. }
        ));
        assert!(matches!(
            with_version(14, "v_3".into(), &of_1_2),
            Schema::Newer { version: 14, .. }
        ));
        let half = names(&[TABLES_OF_1_0, TABLES_OF_1_1, &["run_in_progress"]]);
        assert!(matches!(
            with_version(3, "v_1_2_0".into(), &half),
            Schema::Unusable { .. }
        ));
        let whole = names(&[TABLES_OF_1_0, TABLES_OF_1_1, TABLES_OF_2_0]);
        assert!(matches!(
            with_version(10, "v_2_0_0".into(), &whole),
            Schema::Older { version: 10, .. }
        ));
        assert_eq!(with_version(13, "v_2_0_3".into(), &whole), Schema::Current);
        assert!(matches!(
            with_version(13, "v_x".into(), &whole),
            Schema::Unusable { .. }
        ));
    }

    #[test]
    fn foreign_tables_are_named() {
        assert_eq!(without_version(&[]), Schema::Empty);
        let Schema::Unusable { found } = without_version(&["customers".to_owned()]) else {
            panic!("not refused")
        };
        assert!(found.contains("customers"), "{found}");
    }
}
