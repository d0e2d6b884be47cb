//! The .rpm, as far as it can be tried without a system of its family: `rpm` itself installs, replaces and removes it, with its
//! scripts, in a directory with the tools that they call.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{expect, root};
use crate::process::{output, run as run_it};
use crate::task::{Context, Result, step};

/// What must be in it, among others.
const SOME_FILES: [&str; 7] = [
    "/usr/bin/pgbackman_control",
    "/usr/lib/systemd/system/pgbackman-control.service",
    "/usr/lib/sysusers.d/pgbackman.conf",
    "/usr/share/man/man8/pgbackman_dump.8.gz",
    "/etc/pgbackman/pgbackman.conf",
    "/usr/share/bash-completion/completions/pgbackman",
    "/usr/share/zsh/site-functions/_pgbackman",
];

/// Looks at the package, installs, upgrades and removes it.
///
/// # Errors
///
/// When something is not as it should be.
pub(super) fn run(bare: &Path, place: &Path, first: &Path, newer: &Path) -> Result<()> {
    step("the .rpm");
    let files = output(Command::new("rpm").args(["-qpl"]).arg(first))?;
    for file in SOME_FILES {
        expect(files.lines().any(|line| line == file), file)?;
    }
    let configuration = output(Command::new("rpm").args(["-qpc"]).arg(first))?;
    expect(
        configuration.contains("/etc/pgbackman/pgbackman.conf"),
        "the configuration is marked as configuration",
    )?;
    let requires = output(Command::new("rpm").args(["-qp", "--requires"]).arg(first))?;
    expect(
        requires.contains("cronie") && requires.contains("libssl.so.3"),
        "it requires cron and the libraries of its programs",
    )?;
    root::copy(bare, place, &[])?;
    let rpm = |arguments: &[&str]| {
        let mut command = Command::new("rpm");
        // What is required has names of another family here.
        command.arg("--root").arg(place).args(arguments);
        command
    };
    run_it(&mut rpm(&["--initdb"]))?;
    run_it(rpm(&["--install", "--nodeps", "--ignorearch", "--ignoreos"]).arg(first))?;
    let passwd = fs::read_to_string(place.join("etc/passwd"))
        .context(|| "the machine has no users".into())?;
    expect(
        passwd.contains("pgbackman:") && place.join("srv/pgbackman").is_dir(),
        "its scripts have created the user and the directories",
    )?;
    let config = place.join("etc/pgbackman/pgbackman.conf");
    fs::write(&config, "# an administrator's\n").context(|| "no configuration".into())?;
    let backup = place.join("srv/pgbackman/x-MANIFEST.json");
    fs::write(&backup, "{}").context(|| "there is no directory for backups".into())?;
    run_it(rpm(&["--upgrade", "--nodeps", "--ignorearch", "--ignoreos"]).arg(newer))?;
    expect(
        fs::read_to_string(&config).unwrap_or_default() == "# an administrator's\n",
        "an upgrade keeps the configuration",
    )?;
    run_it(&mut rpm(&["--erase", "--nodeps", "pgbackman"]))?;
    expect(
        !place.join("usr/bin/pgbackman_control").exists() && backup.exists(),
        "its removal keeps the backups",
    )
}
