//! What a backup of a node will not hold, or what will not come back from it, where the server's catalogs show it: `pg_dump` and
//! `pg_dumpall` say nothing of it and end with exit status 0.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Row};

use super::{Asking, NodeError};
use crate::pgtools::archive_sequences::SequenceState;
use crate::pgtools::quote::identifier;

const WHAT: &str = "what is missing from the backup";

/// A database that `pg_dumpall` passes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Its name.
    pub name: String,
    /// Whether its removal was cut short; otherwise it allows no connections.
    pub is_invalid: bool,
}

/// An object of an operator's own on the table of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnObject {
    /// "index", "constraint", "statistics object", "trigger", "rule", "row security policy", or "row security" of the table.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table, qualified and quoted where it must be.
    pub relation: String,
    /// The extension.
    pub extension: String,
    /// What makes it again, without a semicolon each: the object, then its owner or state, then its comment.
    pub statements: Vec<String>,
    /// Whether it was dropped after the snapshot was taken, so that the server does not tell what it was.
    pub is_gone: bool,
}

impl OwnObject {
    /// The statements that make what is there of some objects, in their order.
    pub fn statements_of(objects: &[Self]) -> Vec<&str> {
        objects
            .iter()
            .filter(|object| !object.is_gone)
            .flat_map(|object| object.statements.iter().map(String::as_str))
            .collect()
    }
}

/// A role or a database, or a role in a database, that has settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsOf {
    /// The role.
    pub role: Option<String>,
    /// The database.
    pub database: Option<String>,
}

/// A sequence that would give a value that its column has reached already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its state in the archive.
    pub sequence: SequenceState,
    /// The table, qualified, and quoted where it must be.
    pub relation: String,
    /// The column.
    pub column: String,
    /// The greatest value of the column in the snapshot; of a descending sequence the smallest.
    pub reached: i64,
}

/// Functions that set a list of names to nothing, with their arguments.
pub async fn empty_list_functions(client: &Client) -> Result<Vec<String>, NodeError> {
    names(
        client,
        include_str!("sql/left_out/empty_list_functions.sql"),
    )
    .await
}

/// Roles and databases for which a list of names is set to nothing.
pub async fn empty_list_settings(client: &Client) -> Result<Vec<SettingsOf>, NodeError> {
    let sql = include_str!("sql/left_out/empty_list_settings.sql");
    rows(client, sql, |row| {
        Ok(SettingsOf {
            role: row.try_get("role")?,
            database: row.try_get("database")?,
        })
    })
    .await
}

/// Databases that `pg_dumpall` passes over; not `template0`, which every node has.
pub async fn passed_over_databases(client: &Client) -> Result<Vec<PassedOver>, NodeError> {
    let sql = include_str!("sql/left_out/passed_over_databases.sql");
    rows(client, sql, |row| {
        Ok(PassedOver {
            name: row.try_get("name")?,
            is_invalid: row.try_get("is_invalid")?,
        })
    })
    .await
}

/// Tables whose rows a standby does not have.
pub async fn unlogged_tables(client: &Client) -> Result<Vec<String>, NodeError> {
    names(client, include_str!("sql/left_out/unlogged_tables.sql")).await
}

/// Extensions and the schema that must be there before them.
pub async fn schemas_of_extensions(client: &Client) -> Result<Vec<(String, String)>, NodeError> {
    let sql = include_str!("sql/left_out/schemas_of_extensions.sql");
    rows(client, sql, |row| {
        Ok((row.try_get("name")?, row.try_get("schema")?))
    })
    .await
}

/// What an operator has put on tables of extensions (since 10), in the order in which it is to be made.
pub async fn own_objects_of_extension_tables(client: &Client) -> Result<Vec<OwnObject>, NodeError> {
    // How the server writes constants and names must not depend on what the role or the database says.
    client
        .batch_execute(
            "SET standard_conforming_strings TO on; SET quote_all_identifiers TO off; SET extra_float_digits TO 3; \
             SET DateStyle TO 'ISO, YMD'; SET IntervalStyle TO postgres",
        )
        .await
        .asking(WHAT)?;
    let sql = include_str!("sql/left_out/own_objects_of_extension_tables.sql");
    rows(client, sql, |row| {
        Ok(OwnObject {
            kind: row.try_get("kind")?,
            name: row.try_get("name")?,
            relation: row.try_get("relation")?,
            extension: row.try_get("extension")?,
            statements: row.try_get("statements")?,
            is_gone: row.try_get("is_gone")?,
        })
    })
    .await
}

/// Whether the database has sequences (since 10).
pub async fn has_sequences(client: &Client) -> Result<bool, NodeError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_sequence)";
    let row = client.query_one(sql, &[]).await.asking(WHAT)?;
    row.try_get(0).asking(WHAT)
}

/// The last value of each sequence, by OID; none where it has given no value yet.
pub type SequencePositions = BTreeMap<u32, Option<i64>>;

/// Where the sequences are (since 10), to be asked before the snapshot of a backup is taken. A sequence that somebody holds locked
/// is not waited for long: then it fails.
///
/// # Errors
/// When the node cannot be asked, or a sequence is locked.
pub async fn sequence_positions(client: &Client) -> Result<SequencePositions, NodeError> {
    client
        .batch_execute("SET lock_timeout TO '2s'")
        .await
        .asking(WHAT)?;
    let sql = include_str!("sql/left_out/sequence_positions.sql");
    let read = rows(client, sql, |row| {
        Ok((row.try_get("oid")?, row.try_get("last")?))
    })
    .await;
    client
        .batch_execute("SET lock_timeout TO 0")
        .await
        .asking(WHAT)?;
    Ok(read?.into_iter().collect())
}

/// Which of the sequences are behind the column that owns them, in the client's snapshot (since 10), and were not before the snapshot
/// was taken: a sequence that nobody uses, since the application writes the column itself, is behind in the database, too. Only
/// columns are checked whose end an index finds at once.
pub async fn sequences_behind(
    client: &Client,
    sequences: &[SequenceState],
    before: Option<&SequencePositions>,
) -> Result<Vec<Behind>, NodeError> {
    let names: Vec<&str> = sequences.iter().map(|s| s.name.as_str()).collect();
    let owned = client
        .query(
            include_str!("sql/left_out/sequences_of_columns.sql"),
            &[&names],
        )
        .await
        .asking(WHAT)?;
    let mut behind = Vec::new();
    for row in owned {
        let number: i64 = row.try_get("n").asking(WHAT)?;
        let increment: i64 = row.try_get("increment").asking(WHAT)?;
        let Some(sequence) = usize::try_from(number - 1)
            .ok()
            .and_then(|at| sequences.get(at))
        else {
            continue;
        };
        let name = |column| row.try_get::<_, String>(column).asking(WHAT);
        let (schema, table) = (identifier(&name("schema")?), identifier(&name("relation")?));
        let column = name("column")?;
        let (end, quoted) = (
            if increment > 0 { "max" } else { "min" },
            identifier(&column),
        );
        let sql =
            format!("SELECT pg_catalog.{end}({quoted})::pg_catalog.int8 FROM {schema}.{table}");
        let reached: Option<i64> = client
            .query_one(&sql, &[])
            .await
            .asking(WHAT)?
            .try_get(0)
            .asking(WHAT)?;
        let oid: u32 = row.try_get("oid").asking(WHAT)?;
        let is_new = |reached: &i64| {
            is_behind(sequence, increment, *reached)
                && !was_behind(before.and_then(|all| all.get(&oid)), increment, *reached)
        };
        if let Some(reached) = reached.filter(is_new) {
            behind.push(Behind {
                sequence: sequence.clone(),
                relation: format!("{schema}.{table}"),
                column,
                reached,
            });
        }
    }
    Ok(behind)
}

/// Whether the next value of a sequence is one that its column has reached.
fn is_behind(sequence: &SequenceState, increment: i64, reached: i64) -> bool {
    let next = if sequence.is_called {
        sequence.last.saturating_add(increment)
    } else {
        sequence.last
    };
    if increment > 0 {
        next <= reached
    } else {
        next >= reached
    }
}

/// The same of a sequence before the snapshot was taken; where that is not known it was not.
fn was_behind(before: Option<&Option<i64>>, increment: i64, reached: i64) -> bool {
    match before {
        None => false,
        // It began with a value that the column has by now.
        Some(None) => true,
        Some(Some(last)) => {
            let next = last.saturating_add(increment);
            if increment > 0 {
                next <= reached
            } else {
                next >= reached
            }
        }
    }
}

async fn names(client: &Client, sql: &str) -> Result<Vec<String>, NodeError> {
    rows(client, sql, |row| row.try_get("name")).await
}

async fn rows<T>(
    client: &Client,
    sql: &str,
    read: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<Vec<T>, NodeError> {
    let rows = client.query(sql, &[]).await.asking(WHAT)?;
    rows.iter().map(read).collect::<Result<_, _>>().asking(WHAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b19_a_sequence_that_was_behind_before_the_snapshot_is_no_news() {
        for (before, increment, expected) in [
            (None, 1, false),
            (Some(None), 1, true),
            (Some(Some(5)), 1, true),
            (Some(Some(99)), 1, true),
            (Some(Some(100)), 1, false),
            (Some(Some(101)), -1, true),
            (Some(Some(100)), -1, false),
        ] {
            assert_eq!(
                was_behind(before.as_ref(), increment, 100),
                expected,
                "{before:?} {increment}"
            );
        }
    }

    #[test]
    fn b19_a_sequence_is_behind_where_its_next_value_is_taken() {
        let state = |last, is_called| SequenceState {
            name: "s".into(),
            last,
            is_called,
        };
        for (last, is_called, increment, reached, expected) in [
            (1, false, 1, 100, true),
            (99, true, 1, 100, true),
            (100, true, 1, 100, false),
            (101, false, 1, 100, false),
            (100, false, 1, 100, true),
            (-1, false, -1, -100, true),
            (-100, true, -1, -100, false),
            (i64::MAX, true, 1, i64::MAX, true),
        ] {
            assert_eq!(
                is_behind(&state(last, is_called), increment, reached),
                expected,
                "{last} {is_called} {increment} {reached}"
            );
        }
    }

    #[test]
    fn b14_what_was_dropped_meanwhile_is_not_made_again() {
        let object = |statement: &str, is_gone| OwnObject {
            kind: "rule".into(),
            name: "r".into(),
            relation: "public.t".into(),
            extension: "e".into(),
            statements: vec![statement.into()],
            is_gone,
        };
        let objects = [
            object("CREATE RULE a", false),
            object("CREATE RULE b", true),
        ];
        assert_eq!(OwnObject::statements_of(&objects), ["CREATE RULE a"]);
    }
}
