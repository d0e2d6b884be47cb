//! Systems in directories: the bare ones, what was made of them once, and their copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Release;
use super::sources::Mirrors;
use crate::process::{output, run};
use crate::task::{Context, Result, TaskError, say, step};

/// The environment variable that names another directory for them.
const DIRECTORY_VARIABLE: &str = "PGBACKMAN_TEST_DEBIAN_DIR";
/// The directory otherwise: it outlives `target/`.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-test-debian";
/// What a system that boots needs besides the smallest Debian.
const INCLUDED: &str = "systemd-sysv,init-system-helpers";
/// What of this machine's settings of apt holds for a system in a directory, too: how the mirror is reached, and what its lists
/// may be.
const PASSED_SETTINGS: [&str; 4] = [
    "Acquire::http::Proxy ",
    "Acquire::https::Proxy ",
    "Acquire::Check-Valid-Until ",
    "Acquire::Check-Date ",
];
/// The variables of the environment that do the same.
const PASSED_VARIABLES: [&str; 3] = ["http_proxy", "https_proxy", "no_proxy"];

/// The cached bare system of a release. It is shared: only copies of it are changed, see [`copy`] and [`derived`].
///
/// # Errors
///
/// When it is not there and cannot be made.
pub(crate) fn bare(release: Release, offline: bool) -> Result<PathBuf> {
    step(&format!("a bare {release}"));
    cached(release.codename(), offline, |unfinished| {
        let mirrors = Mirrors::of_this_machine()?;
        say(&format!("downloading it from {}, once", mirrors.releases));
        let included = if mirrors.releases.starts_with("https:") {
            format!("{INCLUDED},ca-certificates")
        } else {
            INCLUDED.to_owned()
        };
        run(Command::new("debootstrap")
            .arg("--variant=minbase")
            .arg(format!("--include={included}"))
            .arg(release.codename())
            .arg(unfinished)
            .arg(&mirrors.releases)
            .stdout(Stdio::null()))
    })
}

/// The cached bare system of a release, with something fetched into its cache of packages by `fetch` (nothing installed), unless
/// `offline`: copies of it need no network.
///
/// # Errors
///
/// When it is not there and cannot be made, or `fetch` fails.
pub(crate) fn bare_with(
    release: Release,
    offline: bool,
    fetch: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let bare = bare(release, offline)?;
    if !offline {
        locked(release.codename(), || {
            update(&bare, release)?;
            fetch(&bare)
        })?;
    }
    Ok(bare)
}

/// A system with something installed, made once of a bare one and cached under a name of its own. `install` gets the directory of
/// a copy whose lists of packages are up to date.
///
/// # Errors
///
/// When it is not there and cannot be made.
pub(crate) fn derived(
    name: &str,
    release: Release,
    offline: bool,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let bare = bare(release, offline)?;
    step(&format!("{release} as {name}"));
    cached(name, offline, |unfinished| {
        locked(release.codename(), || copy(&bare, unfinished))?;
        update(unfinished, release)?;
        install(unfinished)
    })
}

/// A copy of a system, whose dpkg does not flush every file to the disk: no copy outlives a crash of this machine.
///
/// # Errors
///
/// When it cannot be made.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).context(|| format!("could not create {}", parent.display()))?;
    }
    run(Command::new("cp")
        .args(["--archive", "--reflink=auto", "--no-target-directory"])
        .arg(from)
        .arg(to))?;
    let setting = to.join("etc/dpkg/dpkg.cfg.d/90no-flush");
    fs::write(&setting, "force-unsafe-io\n")
        .context(|| format!("could not write {}", setting.display()))
}

/// `apt-get` in a system that does not run.
///
/// # Errors
///
/// When it fails.
pub(crate) fn apt(root: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = nspawn(root);
    for variable in PASSED_VARIABLES {
        if let Ok(value) = std::env::var(variable) {
            command.arg(format!("--setenv={variable}={value}"));
        }
    }
    run(command
        .args(["--setenv=DEBIAN_FRONTEND=noninteractive", "--pipe"])
        .args(["apt-get", "--quiet", "--quiet"])
        .args(["--option", "Acquire::Retries=3"])
        .args(["--option", "Dpkg::Use-Pty=0"])
        // The cache is kept: it is what machines install from.
        .args(["--option", "APT::Keep-Downloaded-Packages=true"])
        .args(arguments)
        .stdout(Stdio::null()))
}

/// `systemd-nspawn` on a directory: processes and mounts of its own, this machine's network.
pub(crate) fn nspawn(root: &Path) -> Command {
    let mut command = Command::new("systemd-nspawn");
    command
        .args(["--quiet", "--directory"])
        .arg(root)
        // Nobody else knows of it: there may be no systemd outside.
        .args(["--register=no", "--keep-unit"])
        .args(["--resolv-conf=copy-host", "--timezone=off"])
        .stdin(Stdio::null());
    command
}

/// Does something while no other run changes the cached system of this name, nor copies it.
///
/// # Errors
///
/// When the lock cannot be had, or `work` fails.
pub(crate) fn locked<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let directory = directory();
    fs::create_dir_all(&directory).context(|| {
        format!(
            "could not create {}; {DIRECTORY_VARIABLE} names another place",
            directory.display()
        )
    })?;
    let path = directory.join(format!(".{name}.lock"));
    // Held until the end of this function.
    let _lock = fs::File::create(&path)
        .and_then(|lock| lock.lock().map(|()| lock))
        .context(|| format!("could not lock {}", path.display()))?;
    work()
}

/// The cached system of a name; one that is not there is made beside its final place and then renamed, so that half a system is
/// never taken for one. Two runs do not make the same.
fn cached(name: &str, offline: bool, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let directory = directory();
    let place = directory.join(name);
    if place.is_dir() {
        say(&format!("{} exists", place.display()));
        return Ok(place);
    }
    if offline {
        return Err(TaskError::new(format!(
            "{} does not exist, and --offline downloads nothing",
            place.display()
        )));
    }
    locked(name, || {
        if place.is_dir() {
            // Another run was here first.
            return Ok(());
        }
        let unfinished = directory.join(format!("{name}.unfinished"));
        let _ = fs::remove_dir_all(&unfinished);
        make(&unfinished)?;
        fs::rename(&unfinished, &place)
            .context(|| format!("could not move {} into place", unfinished.display()))
    })?;
    Ok(place)
}

/// Lets a system install from this machine's mirror, and reads the mirror's lists.
fn update(root: &Path, release: Release) -> Result<()> {
    let sources = root.join("etc/apt/sources.list");
    fs::write(&sources, Mirrors::of_this_machine()?.lines(release))
        .context(|| format!("could not write {}", sources.display()))?;
    let settings = output(Command::new("apt-config").args(["dump", "--format", "%F \"%v\";%n"]))?;
    let settings: Vec<&str> = settings
        .split_inclusive('\n')
        .filter(|line| PASSED_SETTINGS.iter().any(|name| line.starts_with(name)))
        .collect();
    let file = root.join("etc/apt/apt.conf.d/90this-machine");
    fs::write(&file, settings.concat())
        .context(|| format!("could not write {}", file.display()))?;
    apt(root, &["update"])
}

fn directory() -> PathBuf {
    std::env::var_os(DIRECTORY_VARIABLE)
        .map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from)
}
