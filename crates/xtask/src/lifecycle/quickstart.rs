//! `cargo xtask quickstart` as the README gives it: in a Debian with git and a C compiler, this machine's Rust and these sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::expect;
use super::machine::{Init, Machine, Network, outside};
use crate::debian::{Release, root};
use crate::process::{output, run as run_it};
use crate::task::{Context, Result, TaskError, say, step};
use crate::workspace;

/// What the README takes to be there, besides Rust.
const NEEDED: [&str; 4] = ["gcc", "libc6-dev", "git", "ca-certificates"];

/// Runs the quickstart in a machine, and removes it again.
///
/// # Errors
///
/// When it fails, or leaves something running.
pub(super) fn run(release: Release, place: &Path, sources: &Path, offline: bool) -> Result<()> {
    step(&format!("the quickstart on {release}"));
    if offline {
        say("not run: it installs missing packages over the network, but --offline was specified");
        return Ok(());
    }
    let name = format!("{}-with-compiler", release.codename());
    let prepared = root::derived(&name, release, offline, |root| {
        let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
        arguments.extend(NEEDED);
        root::apt(root, &arguments)
    })?;
    root::copy(&prepared, place)?;
    let rust = Rust::of_this_machine(sources)?;
    let options = rust.bound(sources, place)?;
    let console = place.with_extension("console");
    let machine = Machine::start_with(
        place,
        Init::Nothing,
        &console,
        Network::OfThisMachine,
        &options,
    )?;
    let quickstart = |arguments: &[&str]| {
        let mut command = machine.command("env");
        command
            .arg(format!("--chdir={}", sources.display()))
            .arg(format!("PATH={}", rust.path()))
            .arg(format!("CARGO_HOME={}", rust.cargo_home.display()))
            .arg(format!(
                "CARGO_TARGET_DIR={}",
                workspace::target_directory(sources).display()
            ))
            .args(["cargo", "xtask", "quickstart"])
            .args(arguments);
        command
    };
    run_it(&mut quickstart(&["--yes"]))?;
    let left = machine.processes();
    expect(
        left.iter().any(|name| name == "pgbackman_contr"),
        "its processes continue to run",
    )?;
    run_it(&mut quickstart(&["--clean"]))?;
    let left = machine.processes();
    expect(
        !left
            .iter()
            .any(|name| name.starts_with("pgbackman_") || name == "postgres" || name == "cron"),
        "nothing remains after --clean",
    )
}

/// Rust as this machine has it.
struct Rust {
    /// The toolchain's directory.
    toolchain: PathBuf,
    /// Where cargo keeps the sources of what a workspace depends on.
    cargo_home: PathBuf,
}

impl Rust {
    fn of_this_machine(sources: &Path) -> Result<Self> {
        let said = output(
            Command::new("rustc")
                .args(["--print", "sysroot"])
                .current_dir(sources),
        )?;
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
        let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
        Ok(Self {
            toolchain: PathBuf::from(said.trim()),
            cargo_home: cargo_home
                .ok_or_else(|| TaskError::new("neither CARGO_HOME nor HOME is set"))?,
        })
    }

    /// Its programs, and those of the machine.
    fn path(&self) -> String {
        format!(
            "{}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            self.toolchain.display()
        )
    }

    /// What lets the machine in a directory see all this where it is here. What it writes is thrown away with the machine.
    fn bound(&self, sources: &Path, place: &Path) -> Result<Vec<String>> {
        let mut options = Vec::new();
        for read in [self.toolchain.as_path(), sources] {
            options.push(format!("--bind-ro={}", read.display()));
        }
        for written in [
            self.cargo_home.join("registry"),
            workspace::target_directory(sources),
        ] {
            let inside = outside(place, &written.to_string_lossy());
            fs::create_dir_all(&inside)
                .context(|| format!("could not create {}", inside.display()))?;
            let written = written.display();
            options.push(format!("--overlay={written}::{written}"));
        }
        Ok(options)
    }
}
