//! What the catalogue may not decide: where backups and crontabs lie, which programs run, where client binaries come
//! from. A value of the catalogue passes here before it is used; `docs/spec/setup.md`, "What the catalogue may not
//! decide".
//!
//! The checks are of the text: `..` is refused, `.` and doubled slashes are dropped, and what remains has to lie inside.
//! [`check_backup_path_on_disk`] also follows the symlinks that exist at that moment; whoever deletes or changes owners
//! goes through directory handles besides.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{BackupServerSection, patterns};

/// A value outside the local trust boundaries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {} is refused: {reason}. The local configuration sets the limits: [backup_server] {key} = {allowed}", value.display())]
pub struct TrustError {
    /// What kind of value it is, as "the backup directory".
    pub what: &'static str,
    /// The value.
    pub value: PathBuf,
    /// Why it is refused.
    pub reason: String,
    /// The key of the configuration that sets the boundary.
    pub key: &'static str,
    /// The boundary.
    pub allowed: String,
}

/// A program that a job may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobProgram {
    /// `pgbackman_dump`
    Dump,
    /// `pgbackman_restore`
    Restore,
}

impl JobProgram {
    /// The program's file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dump => "pgbackman_dump",
            Self::Restore => "pgbackman_restore",
        }
    }
}

/// Allows a directory that is one of `backup_roots` or is below one, and returns it without `.` and doubled slashes.
///
/// # Errors
///
/// [`TrustError`] for a relative path, one with `..` or a control character, or one outside.
pub fn check_backup_path(
    section: &BackupServerSection,
    path: &Path,
) -> Result<PathBuf, TrustError> {
    let boundary = Boundary::backup_roots(section);
    let normal = boundary.normalise(path)?;
    if section
        .backup_roots
        .iter()
        .any(|root| normal.starts_with(root))
    {
        return Ok(normal);
    }
    Err(boundary.refuse(path, "it is outside the backup roots"))
}

/// Like [`check_backup_path`], and also refuses a path that a symlink leads out of the root that contains it. What does
/// not exist yet is judged by its nearest existing parent.
///
/// # Errors
///
/// [`TrustError`] as [`check_backup_path`], or when a part of the path cannot be checked.
pub fn check_backup_path_on_disk(
    section: &BackupServerSection,
    path: &Path,
) -> Result<PathBuf, TrustError> {
    let boundary = Boundary::backup_roots(section);
    let normal = check_backup_path(section, path)?;
    let unreadable = |error: io::Error| {
        boundary.refuse(path, &format!("it cannot be checked for symlinks: {error}"))
    };
    let real = real_path(&normal).map_err(unreadable)?;
    for root in section
        .backup_roots
        .iter()
        .filter(|root| normal.starts_with(root))
    {
        if real.starts_with(real_path(root).map_err(unreadable)?) {
            return Ok(normal);
        }
    }
    let reason = format!(
        "a symlink points outside the backup roots, to {}",
        real.display()
    );
    Err(boundary.refuse(path, &reason))
}

/// Allows a file directly in one of `crontab_dirs` under a name that cron does not ignore (trap 19).
///
/// # Errors
///
/// [`TrustError`] for another directory, or a name with a character other than letters, digits, `_` and `-`.
pub fn check_crontab_path(
    section: &BackupServerSection,
    path: &Path,
) -> Result<PathBuf, TrustError> {
    let boundary = Boundary {
        what: "the crontab",
        key: "crontab_dirs",
        allowed: &section.crontab_dirs,
    };
    let normal = boundary.normalise(path)?;
    let inside = section
        .crontab_dirs
        .iter()
        .any(|directory| normal.parent() == Some(directory.as_path()));
    if !inside {
        return Err(boundary.refuse(path, "it is not directly in a crontab directory"));
    }
    let name = normal
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let known_to_cron = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(known_to_cron) {
        return Err(boundary.refuse(
            path,
            "cron only reads files whose names consist of letters, digits, `_` and `-`",
        ));
    }
    Ok(normal)
}

/// Allows the program under its own name directly in `program_dir`.
///
/// # Errors
///
/// [`TrustError`] for any other path.
pub fn check_program(
    section: &BackupServerSection,
    program: JobProgram,
    path: &Path,
) -> Result<PathBuf, TrustError> {
    let boundary = Boundary {
        what: "the program",
        key: "program_dir",
        allowed: std::slice::from_ref(&section.program_dir),
    };
    let normal = boundary.normalise(path)?;
    if normal == section.program_dir.join(program.name()) {
        return Ok(normal);
    }
    let reason = format!("it is not `{}` in the program directory", program.name());
    Err(boundary.refuse(path, &reason))
}

/// Allows a directory that one of the patterns of `bin_dirs` matches.
///
/// # Errors
///
/// [`TrustError`] for any other path.
pub fn check_bin_dir(section: &BackupServerSection, path: &Path) -> Result<PathBuf, TrustError> {
    let boundary = Boundary {
        what: "the directory of client programs",
        key: "bin_dirs",
        allowed: &section.bin_dirs,
    };
    let normal = boundary.normalise(path)?;
    if section
        .bin_dirs
        .iter()
        .any(|pattern| patterns::matches(pattern, &normal))
    {
        return Ok(normal);
    }
    Err(boundary.refuse(path, "no pattern of allowed directories matches it"))
}

/// The existing directories that the patterns of `bin_dirs` name: pattern after pattern in the order of the
/// configuration, sorted by name within one. What cannot be read counts as absent.
pub fn existing_bin_dirs(section: &BackupServerSection) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for pattern in &section.bin_dirs {
        for directory in patterns::expand(pattern) {
            if !found.contains(&directory) {
                found.push(directory);
            }
        }
    }
    found
}

/// One boundary, for its messages.
struct Boundary<'a> {
    what: &'static str,
    key: &'static str,
    allowed: &'a [PathBuf],
}

impl<'a> Boundary<'a> {
    const fn backup_roots(section: &'a BackupServerSection) -> Self {
        Self {
            what: "the backup directory",
            key: "backup_roots",
            allowed: section.backup_roots.as_slice(),
        }
    }

    fn refuse(&self, value: &Path, reason: &str) -> TrustError {
        let allowed: Vec<String> = self
            .allowed
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        TrustError {
            what: self.what,
            value: value.to_owned(),
            reason: reason.to_owned(),
            key: self.key,
            allowed: allowed.join(", "),
        }
    }

    /// The path without `.` and doubled slashes; only an absolute one without `..` has such a form.
    fn normalise(&self, path: &Path) -> Result<PathBuf, TrustError> {
        if !path.is_absolute() {
            return Err(self.refuse(path, "it is not an absolute path"));
        }
        if path.components().any(|part| part == Component::ParentDir) {
            return Err(self.refuse(path, "it contains `..`"));
        }
        if path.to_string_lossy().contains(char::is_control) {
            return Err(self.refuse(path, "it contains a control character"));
        }
        // `components` itself drops `.` and empty parts.
        Ok(path.components().collect())
    }
}

/// The path with every existing symlink followed; the part that does not exist is kept as it is.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut missing = Vec::new();
    for ancestor in path.ancestors() {
        match fs::symlink_metadata(ancestor) {
            Ok(_) => {
                let mut real = fs::canonicalize(ancestor)?;
                real.extend(missing.iter().rev());
                return Ok(real);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                missing.extend(ancestor.file_name().map(ToOwned::to_owned));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests;
