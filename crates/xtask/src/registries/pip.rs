//! Fetching one file from the Python package index through its own client, pinned by hash.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{run, succeeds};
use crate::task::{Context, Result, TaskError};

/// The first `python3` that has pip.
pub(crate) fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        succeeds(Command::new(python).args(["-m", "pip", "--version"]))
            && succeeds(Command::new(python).args(["-m", "zipfile", "--help"]))
    })
}

/// A file of the index: one release of a package for one kind of machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wheel {
    /// The package.
    pub(crate) package: &'static str,
    /// Its release.
    pub(crate) version: &'static str,
    /// The Python release the file was made for, as in `3.11`. Which Python unpacks it does not matter.
    pub(crate) python_version: &'static str,
    /// The application binary interface the file was made for, as in `cp311`.
    pub(crate) abi: &'static str,
    /// The kind of machine, as in `manylinux_2_28_x86_64`.
    pub(crate) platform: &'static str,
    /// The file's SHA-256.
    pub(crate) sha256: &'static str,
}

/// Downloads a wheel into a directory; pip refuses a file with another hash.
///
/// # Errors
///
/// When there is no pip, no network, or another file than the pinned one.
pub(crate) fn download(wheel: &Wheel, into: &Path) -> Result<()> {
    let python = python().ok_or_else(|| TaskError::new("python3 with pip is not installed"))?;
    let requirements = into.join("requirements.txt");
    fs::write(
        &requirements,
        format!(
            "{}=={} --hash=sha256:{}\n",
            wheel.package, wheel.version, wheel.sha256
        ),
    )
    .context(|| format!("could not write {}", requirements.display()))?;
    run(Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--require-hashes"])
        .args(["--only-binary=:all:", "--implementation", "cp"])
        .args(["--python-version", wheel.python_version])
        .args(["--abi", wheel.abi, "--platform", wheel.platform])
        .arg("--dest")
        .arg(into)
        .arg("--requirement")
        .arg(&requirements))
}

/// Unpacks a wheel (a zip archive) into a directory.
///
/// # Errors
///
/// When there is no Python, or the archive is damaged.
pub(crate) fn unpack(wheel_file: &Path, into: &Path) -> Result<()> {
    let python = python()
        .ok_or_else(|| TaskError::new("python3, which unpacks wheels, is not installed"))?;
    run(Command::new(python)
        .args(["-m", "zipfile", "--extract"])
        .arg(wheel_file)
        .arg(into))
}
