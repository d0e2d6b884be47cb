//! The directory of a machine: a copy of a bare Debian, with a name and what is to be installed.

use std::fs;
use std::path::{Path, PathBuf};

use super::machine::{NAME, outside};
use crate::debian::{Release, root};
use crate::task::{Context, Result, say};

/// Does something while no other run does the same.
///
/// # Errors
///
/// When the lock cannot be had, or `work` fails.
pub(super) fn alone(work: impl FnOnce() -> Result<()>) -> Result<()> {
    root::locked("packages", work)
}

/// The bare system of a release, in whose cache lies what a package depends on: so machines need no network.
///
/// # Errors
///
/// When it cannot be made, or a dependency is not to be had.
pub(super) fn bare(release: Release, package: &Path, offline: bool) -> Result<PathBuf> {
    root::bare_with(release, offline, |bare| {
        say("downloading the package's dependencies");
        let staged = bare.join("var/cache/pgbackman.deb");
        fs::copy(package, &staged).context(|| format!("could not copy {}", package.display()))?;
        let fetch = || {
            root::apt(
                bare,
                &[
                    "install",
                    "--yes",
                    "--download-only",
                    "/var/cache/pgbackman.deb",
                ],
            )
        };
        // What a machine has at first, and what its updates bring.
        let fetched = fetch().and_then(|()| {
            first_suite(bare)?;
            let first = fetch();
            all_suites(bare)?;
            first
        });
        let _ = fs::remove_file(&staged);
        fetched
    })
}

/// Lets a system install from the first of its suites only, which is what its release had in the beginning.
///
/// # Errors
///
/// When its sources cannot be read or written.
pub(super) fn first_suite(place: &Path) -> Result<()> {
    let (sources, all) = sources(place);
    let text =
        fs::read_to_string(&sources).context(|| format!("could not read {}", sources.display()))?;
    let first = text.lines().next().unwrap_or_default();
    fs::write(&all, &text)
        .and_then(|()| fs::write(&sources, format!("{first}\n")))
        .context(|| format!("could not write {}", sources.display()))
}

/// Lets it install from all of them again: there are updates.
///
/// # Errors
///
/// When its sources cannot be moved.
pub(super) fn all_suites(place: &Path) -> Result<()> {
    let (sources, all) = sources(place);
    fs::rename(&all, &sources).context(|| format!("could not write {}", sources.display()))
}

/// The sources of a system's apt, and where all of them wait while it uses the first.
fn sources(place: &Path) -> (PathBuf, PathBuf) {
    let sources = outside(place, "/etc/apt/sources.list");
    let all = sources.with_extension("all");
    (sources, all)
}

/// A copy for one machine, with what is to be installed in `/packages`.
///
/// # Errors
///
/// When it cannot be copied.
pub(super) fn copy(bare: &Path, to: &Path, packages: &[&Path]) -> Result<()> {
    let name = bare.file_name().unwrap_or_default().to_string_lossy();
    root::locked(&name, || root::copy(bare, to))?;
    let inside = to.join("packages");
    fs::create_dir_all(&inside).context(|| format!("could not create {}", inside.display()))?;
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
