//! Whether a catalogue of this version's number holds what this software makes.
//!
//! Between two releases the schema grows under one number, so that the number says too little: a catalogue that an earlier
//! commit made lacks columns and functions, and every program would fail at some later moment. An installation and an
//! upgrade therefore note what they made, as the comment of the table `pgbackman_version`.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};
use tokio_postgres::GenericClient;

use super::embedded::{self, File, REPEATABLE, SCHEMA};
use crate::catalogue::error::{CatalogError, sql};
use crate::domain::text::hex::hex;

/// Completes "could not …".
const ACTION: &str = "read the structure of the catalogue";

/// The most columns that a refusal names.
const MOST_NAMED: usize = 3;

/// What a catalogue holds, seen from this software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Contents {
    /// What this software makes.
    Same,
    /// The same tables, as far as can be seen, with functions and views of another state of this software: those can be
    /// made again.
    OtherFunctions,
    /// Other tables, and what is known about them.
    OtherTables(String),
}

/// What this software makes, as it is noted.
static OWN: LazyLock<Note> = LazyLock::new(|| Note {
    tables: fingerprint(SCHEMA),
    functions: fingerprint(REPEATABLE),
});

/// What an installation or upgrade notes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    tables: String,
    functions: String,
}

impl Note {
    fn text(&self) -> String {
        format!("tables {}, functions {}", self.tables, self.functions)
    }

    fn read(text: &str) -> Option<Self> {
        let (tables, functions) = text.strip_prefix("tables ")?.split_once(", functions ")?;
        Some(Self {
            tables: tables.to_owned(),
            functions: functions.to_owned(),
        })
    }
}

/// The statement that notes what was made. The note is made of hexadecimal digits and words of this file.
pub(super) fn note() -> String {
    [
        "COMMENT ON TABLE public.pgbackman_version IS '",
        &OWN.text(),
        "'",
    ]
    .concat()
}

/// Looks at a catalogue of this version's number.
pub(super) async fn inspect(client: &impl GenericClient) -> Result<Contents, CatalogError> {
    let (columns, noted) = found(client).await?;
    Ok(judge(&columns, noted.as_deref()))
}

/// The columns of a catalogue's tables that this software needs and that are not there.
pub(super) async fn missing(client: &impl GenericClient) -> Result<Vec<String>, CatalogError> {
    let (columns, _) = found(client).await?;
    Ok(missing_of(&columns))
}

/// A few columns in words: `2 columns (a.b, a.c)`.
pub(super) fn describe(columns: &[String]) -> String {
    let named: Vec<&str> = columns
        .iter()
        .take(MOST_NAMED)
        .map(String::as_str)
        .collect();
    let named = named.join(", ");
    match columns.len() {
        1 => format!("the column {named}"),
        all if all <= MOST_NAMED => format!("the columns {named}"),
        all => format!("{all} columns, including {named}"),
    }
}

async fn found(client: &impl GenericClient) -> Result<(Vec<String>, Option<String>), CatalogError> {
    let row = client
        .query_one(include_str!("contents.sql"), &[&embedded::table_names()])
        .await
        .map_err(sql(ACTION))?;
    let columns = row.try_get("columns").map_err(sql(ACTION))?;
    let noted = row.try_get("noted").map_err(sql(ACTION))?;
    Ok((columns, noted))
}

fn judge(found: &[String], noted: Option<&str>) -> Contents {
    let missing = missing_of(found);
    if !missing.is_empty() {
        return Contents::OtherTables(format!("it lacks {}", describe(&missing)));
    }
    match noted.and_then(Note::read) {
        Some(note) if note == *OWN => Contents::Same,
        Some(note) if note.tables != OWN.tables => {
            Contents::OtherTables("its tables differ from those of this version".to_owned())
        }
        _ => Contents::OtherFunctions,
    }
}

fn missing_of(found: &[String]) -> Vec<String> {
    columns()
        .into_iter()
        .map(|(table, column)| format!("{table}.{column}"))
        .filter(|column| !found.contains(column))
        .collect()
}

/// Each column that the files of the schema make, with its table. They are written in one form: a table begins with a line
/// `CREATE TABLE name (` and ends with one that begins with `)`; a column has a line that begins with four spaces and its name.
fn columns() -> Vec<(&'static str, &'static str)> {
    let mut columns = Vec::new();
    let mut table = None;
    for line in SCHEMA.iter().flat_map(|file| file.text.lines()) {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            table = rest.split(' ').next();
        } else if line.starts_with(')') {
            table = None;
        } else if let (Some(table), Some(rest)) = (table, line.strip_prefix("    ")) {
            let name = rest.split(' ').next().unwrap_or_default();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                columns.push((table, name));
            }
        }
    }
    columns
}

/// What tells the statements of some files from others: comments, indentation and empty lines do not count.
fn fingerprint(files: &[File]) -> String {
    let mut hash = Sha256::new();
    let lines = files.iter().flat_map(|file| file.text.lines());
    for line in lines.map(str::trim) {
        if !line.is_empty() && !line.starts_with("--") {
            hash.update(line);
            hash.update("\n");
        }
    }
    hex(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<String> {
        columns()
            .into_iter()
            .map(|(table, column)| format!("{table}.{column}"))
            .collect()
    }

    #[test]
    fn item_8_a_catalogue_of_an_earlier_commit_is_told_by_its_columns_and_its_note() {
        let own = OWN.text();
        assert_eq!(judge(&all(), Some(&own)), Contents::Same);
        let mut older = all();
        older.retain(|column| column != "backup_catalog.files_since");
        let Contents::OtherTables(found) = judge(&older, Some(&own)) else {
            panic!("a missing column is not seen")
        };
        assert_eq!(found, "it lacks the column backup_catalog.files_since");
        // Before anything was noted, and with the functions of another commit.
        assert_eq!(judge(&all(), None), Contents::OtherFunctions);
        let other = Note {
            functions: String::new(),
            ..OWN.clone()
        };
        assert_eq!(judge(&all(), Some(&other.text())), Contents::OtherFunctions);
        let other = Note {
            tables: String::new(),
            ..OWN.clone()
        };
        assert!(matches!(
            judge(&all(), Some(&other.text())),
            Contents::OtherTables(_)
        ));
    }

    #[test]
    fn only_statements_count() {
        let of = |text| fingerprint(&[File { name: "", text }]);
        assert_eq!(of("SELECT 1;\n"), of("-- one\n\n    SELECT 1;\n"));
        assert_ne!(of("SELECT 1;"), of("SELECT 2;"));
    }

    #[test]
    fn columns_are_named_up_to_a_few() {
        let all = ["a.b", "a.c", "a.d", "a.e"].map(str::to_owned);
        assert_eq!(describe(&all[..2]), "the columns a.b, a.c");
        assert_eq!(describe(&all), "4 columns, including a.b, a.c, a.d");
    }
}
