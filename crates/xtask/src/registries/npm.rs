//! Fetching one file from npm's registry through its own client, pinned by hash.

use std::path::Path;
use std::process::Command;

use crate::process::{find_program, output, run};
use crate::task::{Result, TaskError};

/// A file of the registry: one release of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tarball {
    /// The package.
    pub(crate) package: &'static str,
    /// Its release.
    pub(crate) version: &'static str,
    /// The file's SHA-256.
    pub(crate) sha256: &'static str,
}

/// Whether npm is here.
pub(crate) fn is_there() -> bool {
    find_program("npm").is_some()
}

/// Downloads a package's file into an empty directory and unpacks it there as `package`; nothing of it is run. A file with
/// another hash is refused before it is opened.
///
/// # Errors
///
/// When there is no npm, no network, or another file than the pinned one.
pub(crate) fn download_and_unpack(tarball: &Tarball, into: &Path) -> Result<()> {
    let Tarball {
        package,
        version,
        sha256,
    } = tarball;
    let said = output(
        Command::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(into)
            .arg(format!("{package}@{version}"))
            .current_dir(into),
    )?;
    let name = said.lines().last().unwrap_or_default().trim();
    let file = into.join(name);
    let found = output(Command::new("sha256sum").arg("--binary").arg(&file))?;
    let found = found.split_whitespace().next().unwrap_or_default();
    if found != *sha256 {
        return Err(TaskError::new(format!(
            "{package} {version} is not the expected file: its SHA-256 is {found} instead of {sha256}"
        )));
    }
    run(Command::new("tar")
        .args(["--extract", "--gzip", "--no-same-owner", "--file"])
        .arg(&file)
        .arg("--directory")
        .arg(into))
}
