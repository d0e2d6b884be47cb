//! The files a row says a backup has, exactly as it says it: whoever deletes has to see an empty text or `..`, too.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::catalogue::error::CatalogError;
use crate::catalogue::rows::Reader;
use crate::domain::backup::names;

/// What 1.x wrote where there was no file.
const NO_FILE_OF_1_X: &str = "None";

/// The paths of a row of `backup_catalog`, `catalog_entries_to_delete` or `orphaned_result`. `None` where there is no file;
/// an empty path is one that the row holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFiles {
    /// The database's archive: a directory, or one file.
    pub dump: Option<PathBuf>,
    /// The roles.
    pub roles: Option<PathBuf>,
    /// The database's settings.
    pub dbconfig: Option<PathBuf>,
    /// The logs of the three.
    pub logs: Vec<PathBuf>,
    /// The manifest.
    pub manifest: Option<PathBuf>,
}

/// The columns, for a SELECT.
pub(super) const COLUMNS: &str = "pg_dump_file, pg_dump_roles_file, pg_dump_dbconfig_file, pg_dump_log_file, \
     pg_dump_roles_log_file, pg_dump_dbconfig_log_file, manifest_file";

impl BackupFiles {
    /// What is run after the contents, where the backup has such a file. No row names it, and no backup of 1.x has one: it lies
    /// beside the archive, and the manifest lists it.
    pub fn after(&self) -> Option<PathBuf> {
        self.manifest.as_ref()?;
        names::after_beside(self.dump.as_deref()?)
    }

    /// Every path.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        [&self.dump, &self.roles, &self.dbconfig, &self.manifest]
            .into_iter()
            .flatten()
            .chain(&self.logs)
            .map(PathBuf::as_path)
    }

    /// Takes the paths out that are not to be touched, and returns them.
    pub fn leave_out(&mut self, not_to_be_touched: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        let mut left_out = Vec::new();
        for path in [
            &mut self.dump,
            &mut self.roles,
            &mut self.dbconfig,
            &mut self.manifest,
        ] {
            left_out.extend(path.take_if(|path| not_to_be_touched(path)));
        }
        left_out.extend(self.logs.extract_if(.., |path| not_to_be_touched(path)));
        left_out
    }

    /// Reads the seven columns.
    pub(super) fn read(row: &Reader<'_>) -> Result<Self, CatalogError> {
        let path = |column| {
            let text: Option<&str> = row.get(column)?;
            Ok(text
                .filter(|text| *text != NO_FILE_OF_1_X)
                .map(PathBuf::from))
        };
        let logs = [
            "pg_dump_log_file",
            "pg_dump_roles_log_file",
            "pg_dump_dbconfig_log_file",
        ];
        Ok(Self {
            dump: path("pg_dump_file")?,
            roles: path("pg_dump_roles_file")?,
            dbconfig: path("pg_dump_dbconfig_file")?,
            logs: logs
                .into_iter()
                .filter_map(|column| path(column).transpose())
                .collect::<Result<_, _>>()?,
            manifest: path("manifest_file")?,
        })
    }
}
