//! The bare Debian that the packages are installed in: made once by `debootstrap`, copied for each machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine::{NAME, nspawn};
use crate::process::run;
use crate::task::{Context, Result, say, step};

/// The environment variable that names another directory for it.
const DIRECTORY_VARIABLE: &str = "PGBACKMAN_TEST_DEBIAN_DIR";
/// The directory otherwise: it outlives `target/`.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-test-debian";
/// The release that the packages are tried on.
const RELEASE: &str = "bookworm";
/// Where it comes from.
const MIRROR: &str = "http://deb.debian.org/debian";

/// The cached bare system.
///
/// # Errors
///
/// When it is not there and cannot be made.
pub(super) fn bare() -> Result<PathBuf> {
    step("a bare Debian 12");
    let directory = std::env::var_os(DIRECTORY_VARIABLE)
        .map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from);
    let bare = directory.join(RELEASE);
    if bare.is_dir() {
        say(&format!("{} is there", bare.display()));
        return Ok(bare);
    }
    fs::create_dir_all(&directory).context(|| format!("could not make {}", directory.display()))?;
    let unfinished = directory.join(format!("{RELEASE}.unfinished"));
    let _ = fs::remove_dir_all(&unfinished);
    say("fetching it, once");
    run(Command::new("debootstrap")
        .arg("--variant=minbase")
        .arg("--include=systemd-sysv,init-system-helpers")
        .arg(RELEASE)
        .arg(&unfinished)
        .arg(MIRROR)
        .stdout(std::process::Stdio::null()))?;
    fs::rename(&unfinished, &bare).context(|| format!("could not name {}", bare.display()))?;
    Ok(bare)
}

/// A copy for one machine, with what is to be installed in `/packages`.
///
/// # Errors
///
/// When it cannot be copied.
pub(super) fn copy(bare: &Path, to: &Path, packages: &[&Path]) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).context(|| format!("could not make {}", parent.display()))?;
    }
    run(Command::new("cp")
        .args(["--archive", "--reflink=auto"])
        .arg(bare)
        .arg(to))?;
    let inside = to.join("packages");
    fs::create_dir_all(&inside).context(|| format!("could not make {}", inside.display()))?;
    for package in packages {
        let name = package.file_name().unwrap_or_default();
        fs::copy(package, inside.join(name))
            .context(|| format!("could not copy {}", package.display()))?;
    }
    let (host, _) = NAME.split_once('.').unwrap_or((NAME, ""));
    fs::write(
        to.join("etc/hosts"),
        format!("127.0.0.1 localhost\n127.0.1.1 {NAME} {host}\n"),
    )
    .and_then(|()| fs::write(to.join("etc/hostname"), format!("{NAME}\n")))
    .context(|| "could not name the machine".into())
}

/// Fetches what a package depends on into the bare system's own cache, without installing any of it: so machines need no
/// network.
///
/// # Errors
///
/// When a dependency is not to be had.
pub(super) fn fetch_dependencies(bare: &Path, package: &Path) -> Result<()> {
    step("what the package depends on");
    let staged = bare.join("var/cache/pgbackman.deb");
    fs::copy(package, &staged).context(|| format!("could not copy {}", package.display()))?;
    let fetched = apt(bare, &["update"]).and_then(|()| {
        apt(
            bare,
            &[
                "install",
                "--yes",
                "--download-only",
                "/var/cache/pgbackman.deb",
            ],
        )
    });
    let _ = fs::remove_file(&staged);
    fetched
}

fn apt(root: &Path, arguments: &[&str]) -> Result<()> {
    run(nspawn(root)
        .args(["--pipe", "apt-get", "--quiet", "--quiet"])
        .args(["--option", "Acquire::Retries=3"])
        // The cache is kept: it is what machines install from.
        .args(["--option", "APT::Keep-Downloaded-Packages=true"])
        .args(arguments)
        .stdout(std::process::Stdio::null()))
}
