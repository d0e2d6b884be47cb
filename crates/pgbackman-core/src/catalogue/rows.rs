//! Reading columns: the only place where a row's text becomes a typed value. What is not understood is an error.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::error::CatalogError;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{DefId, SnapshotId};

/// A row with the words for what it is read for.
pub(super) struct Reader<'a> {
    row: &'a Row,
    action: &'static str,
}

impl<'a> Reader<'a> {
    /// `action` completes "could not …".
    pub(super) fn new(row: &'a Row, action: &'static str) -> Self {
        Self { row, action }
    }

    /// A column as the driver converts it.
    pub(super) fn get<T: FromSql<'a>>(&self, column: &str) -> Result<T, CatalogError> {
        self.row
            .try_get(column)
            .map_err(|error| self.unexpected(column, &error))
    }

    /// A text column whose value must parse: a code, a status, a number kept as text.
    pub(super) fn parse<T>(&self, column: &str) -> Result<T, CatalogError>
    where
        T: FromStr<Err: Display>,
    {
        let text: &str = self.get(column)?;
        text.parse()
            .map_err(|error| self.unexpected(column, &error))
    }

    /// What a backup or run is of, by `def_id` and `snapshot_id`; `None` where neither is known.
    pub(super) fn origin(&self) -> Result<Option<BackupOrigin>, CatalogError> {
        let definition = self.get::<Option<i64>>("def_id")?.map(DefId::new);
        let snapshot = self.get::<Option<i64>>("snapshot_id")?.map(SnapshotId::new);
        Ok(definition
            .map(BackupOrigin::Definition)
            .or(snapshot.map(BackupOrigin::Snapshot)))
    }

    /// A column that PostgreSQL has as a signed number and that cannot be negative.
    pub(super) fn unsigned<S, U>(&self, column: &str) -> Result<U, CatalogError>
    where
        S: FromSql<'a>,
        U: TryFrom<S, Error: Display>,
    {
        U::try_from(self.get::<S>(column)?).map_err(|error| self.unexpected(column, &error))
    }

    /// A path; NULL and the empty text are none, and so is the text `None`, which 1.x wrote where there was no file.
    pub(super) fn path(&self, column: &str) -> Result<Option<PathBuf>, CatalogError> {
        let text: Option<&str> = self.get(column)?;
        Ok(text
            .filter(|text| !text.is_empty() && *text != "None")
            .map(PathBuf::from))
    }

    fn unexpected(&self, column: &str, error: &dyn Display) -> CatalogError {
        CatalogError::Decode {
            action: self.action,
            reason: format!("column {column}: {error}"),
        }
    }
}

/// Reads every row with the same function.
pub(super) fn read_all<T>(
    rows: &[Row],
    action: &'static str,
    read: impl Fn(&Reader<'_>) -> Result<T, CatalogError>,
) -> Result<Vec<T>, CatalogError> {
    rows.iter()
        .map(|row| read(&Reader::new(row, action)))
        .collect()
}
