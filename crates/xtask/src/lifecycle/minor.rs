//! What happens to every machine sooner or later at night: a minor update of PostgreSQL's package, while the catalogue runs.
//!
//! The machine has been installed from what its release had in the beginning; now it gets the updates. Debian restarts its own
//! clusters for that, and knows nothing of ours, whose server would continue and load libraries of another minor release.

use std::path::Path;
use std::time::Duration;

use super::machine::{Machine, outside};
use super::observed::{BACKUPS, count_manifests, query, succeeded};
use super::{expect, root};
use crate::task::{Context, Result, TaskError, say, step};

/// How soon the catalogue has to run with what is installed.
const SOON: Duration = Duration::from_secs(60);
/// How soon a backup that cron has started after the update has to be in the catalogue.
const NEXT_BACKUP: Duration = Duration::from_secs(240);

/// Updates PostgreSQL and looks at what becomes of the catalogue and of backups. The machine takes one every minute.
///
/// # Errors
///
/// When something is not as it should be.
pub(super) fn run(machine: &mut Machine, place: &Path) -> Result<()> {
    step("a minor update of PostgreSQL below the running catalogue");
    let package = server_package(machine)?;
    let before = version(machine, &package)?;
    let taken = succeeded(machine, "orders")?;
    root::all_suites(place)?;
    if candidate(machine, &package)? == before {
        raise(machine, &package, &before)?;
    } else {
        machine.run("apt-get", &[&INSTALL[..], &[&package]].concat())?;
    }
    let after = version(machine, &package)?;
    expect(
        after != before,
        &format!("{package} {before} has been updated to {after}"),
    )?;
    machine.wait(SOON, "the catalogue to run with it", |machine| {
        (running(machine).ok()? == installed(machine, &package).ok()?).then_some(())
    })?;
    say(&format!("the catalogue runs with {}", running(machine)?));
    let said = machine.run(
        "pgbackman_setup",
        &[
            "embedded",
            "--dir",
            "/var/lib/pgbackman-catalogue",
            "--status",
        ],
    )?;
    expect(
        said.contains(&running(machine)?),
        &format!("--status reports it: {}", said.trim()),
    )?;
    machine.wait(NEXT_BACKUP, "backups after the update", |machine| {
        (succeeded(machine, "orders").ok()? > taken + 1).then_some(())
    })?;
    nothing_is_lost(machine, place)?;
    let (code, said) = machine.code("pgbackman_setup", &["server", "--check"])?;
    expect(
        code == Some(0),
        &format!(
            "everything is OK in pgbackman_setup server --check{}",
            if code == Some(0) { "" } else { &said }
        ),
    )
}

/// How a package is updated, as unattended-upgrades does it.
const INSTALL: [&str; 8] = [
    "install",
    "--yes",
    "--quiet",
    "--only-upgrade",
    "--option",
    "Dpkg::Use-Pty=0",
    "--option",
    "Dpkg::Options::=--force-confold",
];

/// Every backup that is there is in the catalogue, and no result waits.
fn nothing_is_lost(machine: &mut Machine, place: &Path) -> Result<()> {
    let root = outside(place, BACKUPS);
    let waiting = root.join("pending_updates");
    machine.wait(
        SOON,
        "all results to be registered in the catalogue",
        |machine| {
            let none_waits = std::fs::read_dir(&waiting).map_or(true, |entries| {
                !entries.flatten().any(|entry| entry.path().is_file())
            });
            let known = query(
                machine,
                "SELECT count(*) FROM backup_catalog WHERE execution_status = 'SUCCEEDED'",
            )
            .ok()?;
            // A backup may end between the two looks.
            (none_waits && known.trim() == count_manifests(&root).to_string()).then_some(())
        },
    )?;
    say("every backup is in the catalogue, and no result is pending");
    Ok(())
}

/// The package of the installed server, as in `postgresql-15`.
fn server_package(machine: &Machine) -> Result<String> {
    let said = machine.run(
        "dpkg-query",
        &[
            "--show",
            "--showformat=${db:Status-Status} ${Package}\\n",
            "postgresql-[0-9]*",
        ],
    )?;
    said.lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .find(|name| {
            name.trim_start_matches("postgresql-")
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        })
        .map(str::to_owned)
        .ok_or_else(|| TaskError::new("the machine has no server of PostgreSQL"))
}

/// The version of an installed package.
fn version(machine: &Machine, package: &str) -> Result<String> {
    machine.run(
        "dpkg-query",
        &["--show", "--showformat=${Version}", package],
    )
}

/// The version that apt would install now.
fn candidate(machine: &Machine, package: &str) -> Result<String> {
    let said = machine.run("apt-cache", &["policy", package])?;
    said.lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))
        .map(str::to_owned)
        .ok_or_else(|| TaskError::new(format!("apt knows nothing of {package}:\n{said}")))
}

/// The release that answers in the catalogue, as in `15.20`.
fn running(machine: &Machine) -> Result<String> {
    Ok(first_word(&query(machine, "SHOW server_version")?))
}

/// The release on disk.
fn installed(machine: &Machine, package: &str) -> Result<String> {
    let major = package.trim_start_matches("postgresql-");
    let program = format!("/usr/lib/postgresql/{major}/bin/postgres");
    let said = machine.run(&program, &["--version"])?;
    let release = said.split_once("(PostgreSQL)").map(|(_, rest)| rest);
    Ok(first_word(release.unwrap_or_default()))
}

fn first_word(text: &str) -> String {
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Where the mirror has one minor release only: the same package again under a higher version. The server stays what it is, and
/// dpkg does all that it does for a newer one.
fn raise(machine: &Machine, package: &str, version: &str) -> Result<()> {
    say(&format!(
        "{version} is the only available version: installing it again under a higher number"
    ));
    machine.run("mkdir", &["/root/raised"])?;
    let name = format!("{package}_{version}_*.deb");
    let found = machine.run("find", &["/var/cache/apt/archives", "-name", &name])?;
    let file = found.trim();
    machine.run("dpkg-deb", &["--raw-extract", file, "/root/raised/content"])?;
    let higher = format!("s/^Version: .*/Version: {version}.1/");
    machine.run(
        "sed",
        &["--in-place", &higher, "/root/raised/content/DEBIAN/control"],
    )?;
    machine.run(
        "dpkg-deb",
        &[
            "-Znone",
            "--build",
            "/root/raised/content",
            "/root/raised/newer.deb",
        ],
    )?;
    machine
        .run("dpkg", &["--install", "/root/raised/newer.deb"])
        .map(drop)
        .context(|| format!("could not install {package} under a higher number"))
}
