//! Many backups, with real files, made of one that `pgbackman_dump` has taken.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use super::{Bench, catalogue};
use crate::task::{Context, Result, TaskError};

/// The definitions over which the copies are spread.
pub(super) const DEFINITIONS: usize = 100;

/// How a copy looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As PgBackMan 1.2 left its backups: six files, no manifest, no number of the run.
    Of12,
    /// As this one leaves them.
    Of20,
}

/// The backup that is copied.
#[derive(Debug)]
pub(super) struct Original {
    bck_id: String,
    stem: String,
    /// Its files: `dump` or `log`, what follows the stem, and the content.
    files: Vec<(&'static str, String, Vec<u8>)>,
    run: String,
    definition: String,
}

impl Original {
    /// The newest backup of the catalogue.
    ///
    /// # Errors
    ///
    /// When it has not the files that the catalogue says.
    pub(super) fn newest(bench: &Bench<'_>) -> Result<Self> {
        let row = catalogue::sql(
            bench,
            "SELECT bck_id, def_id, run_uuid, regexp_replace(pg_dump_file, '^.*/(.*)-DATABASE.sql$', '\\1') \
             FROM backup_catalog ORDER BY bck_id DESC LIMIT 1",
        )?;
        let [bck_id, definition, run, stem] = row.trim().split('|').collect::<Vec<_>>()[..] else {
            return Err(TaskError::new(format!("the catalogue contains {row:?}")));
        };
        let mut files = Vec::new();
        for part in ["dump", "log"] {
            let directory = node_directory(bench).join(part);
            for (name, content) in files_below(&directory)? {
                if let Some(rest) = name.strip_prefix(stem) {
                    files.push((part, rest.to_owned(), content));
                }
            }
        }
        Ok(Self {
            bck_id: bck_id.to_owned(),
            stem: stem.to_owned(),
            files,
            run: run.to_owned(),
            definition: definition.to_owned(),
        })
    }

    /// The files of a copy: `dump` or `log`, name, content.
    pub(super) fn files_of(&self, copy: usize, kind: Kind) -> BTreeMap<PathBuf, Vec<u8>> {
        let stem = stem(copy);
        let own = |content: &[u8]| {
            let text = String::from_utf8_lossy(content)
                .replace(&self.stem, &stem)
                .replace(&self.run, &run(copy))
                .replace(
                    &format!("\"definition\": {}", self.definition),
                    &format!("\"definition\": {}", definition(copy)),
                );
            text.into_bytes()
        };
        self.files
            .iter()
            .filter(|(_, rest, _)| kind == Kind::Of20 || !is_manifest(rest))
            .map(|(part, rest, content)| {
                let content = if is_manifest(rest) {
                    own(content)
                } else {
                    content.clone()
                };
                (Path::new(part).join(format!("{stem}{rest}")), content)
            })
            .collect()
    }

    /// Writes the files of copies below a directory, as the job user owns them.
    ///
    /// # Errors
    ///
    /// When one cannot be written.
    pub(super) fn write(
        &self,
        bench: &Bench<'_>,
        below: &Path,
        copies: impl Iterator<Item = usize>,
        kind: Kind,
    ) -> Result<()> {
        let owner = owner(bench);
        for copy in copies {
            for (path, content) in self.files_of(copy, kind) {
                write_file(&below.join(path), &content, owner)?;
            }
        }
        Ok(())
    }

    /// Makes the rows of copies: the first `expired` ended a month ago, the others are an hour old.
    ///
    /// # Errors
    ///
    /// When the catalogue refuses.
    pub(super) fn insert(
        &self,
        bench: &Bench<'_>,
        copies: std::ops::Range<usize>,
        expired: usize,
        kind: Kind,
    ) -> Result<()> {
        let of_20 = kind == Kind::Of20;
        let path = |column: &str| {
            format!(
                "replace(c.{column}, '{}', '{}' || n)",
                self.stem,
                stem_before_number()
            )
        };
        let statement = format!(
            "INSERT INTO backup_catalog (def_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
                 pg_dump_file, pg_dump_file_size, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_file_size, \
                 pg_dump_roles_log_file, pg_dump_dbconfig_file, pg_dump_dbconfig_file_size, pg_dump_dbconfig_log_file, \
                 global_log_file, execution_status, execution_method, pgsql_node_release, pg_dump_release, run_uuid, \
                 manifest_file) \
             SELECT d.def_id, c.procpid, d.backup_server_id, d.pgsql_node_id, d.dbname, moment, moment, '1 s', \
                 {}, c.pg_dump_file_size, {}, {}, c.pg_dump_roles_file_size, {}, {}, c.pg_dump_dbconfig_file_size, {}, c.global_log_file, 'SUCCEEDED', 'CRON', c.pgsql_node_release, \
                 c.pg_dump_release, {}, {} \
             FROM backup_catalog AS c, generate_series({}, {}) AS n \
             JOIN backup_definition AS d ON d.def_id = 1 + n % {DEFINITIONS}, \
             LATERAL (SELECT CASE WHEN n < {} THEN now() - interval '30 days' - n * interval '1 min' \
                                  ELSE now() - interval '1 hour' END) AS at (moment) \
             WHERE c.bck_id = {}",
            path("pg_dump_file"),
            path("pg_dump_log_file"),
            path("pg_dump_roles_file"),
            path("pg_dump_roles_log_file"),
            path("pg_dump_dbconfig_file"),
            path("pg_dump_dbconfig_log_file"),
            if of_20 {
                "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid"
            } else {
                "NULL"
            },
            if of_20 {
                path("manifest_file")
            } else {
                "NULL".to_owned()
            },
            copies.start,
            copies.end - 1,
            copies.start + expired,
            self.bck_id,
        );
        catalogue::sql(bench, &statement)?;
        catalogue::sql(bench, "VACUUM ANALYZE backup_catalog").map(drop)
    }
}

/// Whom the files of backups belong to, where that is not whoever writes them.
pub(super) fn owner(bench: &Bench<'_>) -> Option<(u32, u32)> {
    bench
        .account
        .is_of_root()
        .then_some((bench.account.uid, bench.account.gid))
}

/// The directory of the bench's node.
pub(super) fn node_directory(bench: &Bench<'_>) -> PathBuf {
    bench.layout.backups().join("pgsql_node_1")
}

/// Every file below a directory with its content, archives taken apart.
///
/// # Errors
///
/// When one cannot be read.
pub(super) fn files_below(directory: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let failed = |path: &Path| format!("could not read {}", path.display());
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).context(|| failed(directory))? {
        let path = entry.context(|| failed(directory))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            for (inside, content) in files_below(&path)? {
                files.insert(format!("{name}/{inside}"), content);
            }
        } else {
            files.insert(name, fs::read(&path).context(|| failed(&path))?);
        }
    }
    Ok(files)
}

fn stem_before_number() -> &'static str {
    "copy-"
}

pub(super) fn stem(copy: usize) -> String {
    format!("{}{copy}", stem_before_number())
}

fn run(copy: usize) -> String {
    format!("00000000-0000-4000-8000-{copy:012}")
}

fn definition(copy: usize) -> usize {
    1 + copy % DEFINITIONS
}

pub(super) fn is_manifest(name: &str) -> bool {
    name.ends_with("-MANIFEST.json")
}

pub(super) fn write_file(path: &Path, content: &[u8], owner: Option<(u32, u32)>) -> Result<()> {
    let failed = || format!("could not write {}", path.display());
    let parent = path.parent().unwrap_or(path);
    if !parent.is_dir() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .context(failed)?;
        own(parent, owner)?;
    }
    fs::write(path, content).context(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).context(failed)?;
    own(path, owner)
}

fn own(path: &Path, owner: Option<(u32, u32)>) -> Result<()> {
    match owner {
        Some((uid, gid)) => chown(path, Some(uid), Some(gid))
            .context(|| format!("could not give {} away", path.display())),
        None => Ok(()),
    }
}
