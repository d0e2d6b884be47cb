//! Where PostgreSQL's programs are on this machine.

use std::path::{Path, PathBuf};

use crate::process::is_executable;
use crate::task::{Result, TaskError};

/// Whether some PostgreSQL is installed together with its contributed extensions (`hstore` stands for all of them).
pub(super) fn is_there() -> bool {
    installed_bin_directories().iter().any(|bin| {
        let major = bin.parent().and_then(Path::file_name).unwrap_or_default();
        [
            // Debian: programs below /usr/lib/postgresql/15, extensions below /usr/share/postgresql/15.
            Path::new("/usr/share/postgresql").join(major),
            // PostgreSQL's own packages for Red Hat: everything below /usr/pgsql-15.
            bin.join("../share"),
            // Red Hat's own package.
            PathBuf::from("/usr/share/pgsql"),
        ]
        .iter()
        .any(|share| share.join("extension/hstore.control").is_file())
    })
}

/// The directories of installed PostgreSQL servers' programs, the newest major last.
pub(crate) fn installed_bin_directories() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(major) = name.strip_prefix(prefix).and_then(|n| n.parse().ok()) else {
                continue;
            };
            found.push((major, entry.path().join("bin")));
        }
    }
    found.push((0, PathBuf::from("/usr/bin")));
    found.retain(|(_, bin)| is_executable(&bin.join("postgres")));
    found.sort();
    found.into_iter().map(|(_, bin)| bin).collect()
}

/// The newest installed PostgreSQL's programs.
///
/// # Errors
///
/// When there is none.
pub(crate) fn newest_bin_directory() -> Result<PathBuf> {
    installed_bin_directories()
        .pop()
        .ok_or_else(|| TaskError::new("no PostgreSQL server is installed"))
}
