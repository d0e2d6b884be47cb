//! `cargo xtask test --packages`: what happens to a machine when the packages come, are replaced by newer ones, and go.
//!
//! A bare Debian in a directory, of each release that they are made for, is booted with systemd, and lives through installation,
//! the two commands of a first backup, backups by its own cron, a restore, an upgrade and a purge. A second one without an init
//! system is run by the init script, and in a third one with a compiler the quickstart is run from the sources. The .rpm is
//! installed and removed by `rpm` in one more.

mod machine;
mod minor;
mod observed;
mod quickstart;
mod root;
mod rpm;
mod script;
mod story;
mod watched;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::debian::Release;
use crate::dist::{self, Dist};
use crate::packages::{self, Purpose};
use crate::process::{is_root, run as run_it};
use crate::task::{Result, TaskError, say, step};
use crate::{installation, workspace};

/// Where machines live while they are tried.
const DIRECTORY: &str = "/var/tmp/pgbackman-test-packages";
/// The releases that the .deb is made for. It is built on the first of them.
pub(crate) const RELEASES: [Release; 2] = [Release::Bookworm, Release::Trixie];
/// The version that takes the place of the first one.
const NEWER: &str = "2.0.1";

/// The whole life, on some releases.
///
/// # Errors
///
/// When a step of it does not go as it should; the machine's directory is left for a look.
pub(crate) fn run(releases: &[Release], offline: bool) -> Result<()> {
    if !is_root()? {
        return Err(TaskError::new(
            "only root can create the machine that tests packages",
        ));
    }
    // The machines of two runs would be in the same directories.
    root::alone(|| live(releases, offline))
}

fn live(releases: &[Release], offline: bool) -> Result<()> {
    let started = Instant::now();
    packages::ensure(Purpose::Packages, offline)?;
    installation::build(false)?;
    let workspace = workspace::root()?;
    let directory = PathBuf::from(DIRECTORY);
    let _ = fs::remove_dir_all(&directory);
    let (first, newer) = both(&workspace, &directory)?;
    judged_by_lintian(&first.deb)?;
    for release in releases {
        let place = directory.join(release.codename());
        let bare = root::bare(*release, &first.deb, offline)?;
        step(&format!("{release}"));
        script::run(&bare, &place.join("without-systemd"), &first.deb)?;
        story::run(&bare, &place.join("with-systemd"), &first.deb, &newer.deb)?;
        quickstart::run(*release, &place.join("quickstart"), &workspace, offline)?;
        if *release == RELEASES[0] {
            rpm::run(&bare, &place.join("rpm"), &first.rpm, &newer.rpm)?;
        }
    }
    let _ = fs::remove_dir_all(&directory);
    step(&format!(
        "the packages work ({} s)",
        started.elapsed().as_secs()
    ));
    Ok(())
}

/// The packages, and newer ones whose configuration is another.
fn both(workspace: &Path, directory: &Path) -> Result<(dist::Packages, dist::Packages)> {
    let built = dist::built(workspace, false);
    let make = |name: &str, version: Option<&str>| {
        Dist {
            root: workspace,
            built: &built,
            optimised: false,
            output: &directory.join(name),
            version,
            remark_in_configuration: version.map(|_| "# A new version has something new to say."),
        }
        .make()
    };
    let first = make("first", None)?;
    let newer = make("newer", Some(NEWER))?;
    say(&format!("two versions in {}", directory.display()));
    Ok((first, newer))
}

/// What lintian says that is not meant for this package: it is not uploaded to Debian, where its first version would close a
/// bug; and what is done to `pgbackman.service` is done to the services that it wants.
const NOT_FOR_US: &str =
    "initial-upload-closes-no-bugs,systemd-service-file-refers-to-unusual-wantedby-target";

/// Debian's own judge finds neither an error nor a warning.
fn judged_by_lintian(deb: &Path) -> Result<()> {
    step("lintian");
    run_it(
        Command::new("lintian")
            .args(["--allow-root", "--fail-on", "error,warning"])
            .args(["--tag-display-limit", "0", "--suppress-tags", NOT_FOR_US])
            .arg(deb),
    )?;
    say("it finds nothing");
    Ok(())
}

/// Fails unless something holds.
fn expect(holds: bool, what: &str) -> Result<()> {
    if holds {
        say(what);
        return Ok(());
    }
    Err(TaskError::new(format!("check failed: {what}")))
}
