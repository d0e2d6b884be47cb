//! A Debian 13 in a directory, with the crons that the tests of `cargo xtask test --crons` run there: Debian 12's, its own, and
//! cronie. Their packages exclude each other, so none is installed: each has its files in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::debian::{Release, root};
use crate::process::{is_root, run};
use crate::task::{Context, Result, TaskError};

/// Tells the tests where the system is.
pub(crate) const VARIABLE: &str = "PGBACKMAN_TEST_CRONS";
/// The directory in it that has a directory for each cron.
const CRONS: &str = "crons";
/// Where apt keeps what it has fetched.
const ARCHIVES: &str = "var/cache/apt/archives";

/// The system, made once.
///
/// # Errors
///
/// When it is not there and cannot be made.
pub(crate) fn ensure(offline: bool) -> Result<PathBuf> {
    if !is_root()? {
        return Err(TaskError::new("only root can run its own cron"));
    }
    root::derived("trixie-crons", Release::Trixie, offline, |system| {
        root::apt(system, &["install", "--yes", "libfaketime"])?;
        let twelve = root::bare_with(Release::Bookworm, offline, |bare| download(bare, "cron"))?;
        unpack(&twelve, "cron", &system.join(CRONS).join("debian-12"))?;
        for (package, name) in [("cron", "debian-13"), ("cronie", "cronie")] {
            download(system, package)?;
            unpack(system, package, &system.join(CRONS).join(name))?;
        }
        Ok(())
    })
}

fn download(system: &Path, package: &str) -> Result<()> {
    root::apt(system, &["install", "--yes", "--download-only", package])
}

/// Puts a fetched package's files into a directory, and beside them its file's name, which has the version.
fn unpack(system: &Path, package: &str, directory: &Path) -> Result<()> {
    let archives = system.join(ARCHIVES);
    let prefix = format!("{package}_");
    let fetched = fs::read_dir(&archives)
        .context(|| format!("could not read {}", archives.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&prefix)
        })
        .max_by_key(|path| path.metadata().and_then(|found| found.modified()).ok());
    let Some(fetched) = fetched else {
        return Err(TaskError::new(format!(
            "apt did not download {package} to {}",
            archives.display()
        )));
    };
    fs::create_dir_all(directory)
        .context(|| format!("could not create {}", directory.display()))?;
    run(Command::new("dpkg-deb")
        .arg("--extract")
        .arg(&fetched)
        .arg(directory))?;
    let name = fetched.file_stem().unwrap_or_default().to_string_lossy();
    fs::write(directory.join("version"), format!("{name}\n"))
        .context(|| format!("could not write into {}", directory.display()))
}
