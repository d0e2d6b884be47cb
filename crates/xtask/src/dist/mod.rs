//! `cargo xtask dist`: the packages, a .deb and an .rpm, with everything a backup server needs.
//!
//! Both are made from one list of files ([`contents`]) by `cargo-deb` and `cargo-generate-rpm`, which read it from a
//! manifest written for them ([`manifest`]): so the packages cannot differ in what they install.

mod contents;
mod manifest;
mod stage;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::packages::{self, Purpose};
use crate::process::{output, run};
use crate::task::{Context, Result, TaskError, say, step};
use crate::{installation, workspace};

use stage::Stage;

/// What `cargo xtask dist --help` answers.
const USAGE: &str = "\
Usage: cargo xtask dist [--output DIR] [--package-version VERSION] [--unoptimised]

Builds an optimised PgBackMan and the packages pgbackman_<version>_<architecture>.deb and
pgbackman-<version>.<architecture>.rpm: programs, the catalogue's SQL, services, configuration, man pages, shell completions
and the manual. cargo-deb and cargo-generate-rpm are built once, at a fixed version, into a separate directory
(PGBACKMAN_TOOLS_DIR, by default /var/tmp/pgbackman-tools).

  --output DIR                directory for the packages (default: target/dist)
  --package-version VERSION   version of the packages (default: that of the workspace)
  --unoptimised               package the programs as they are built for tests; for work on the packages themselves";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    output: Option<PathBuf>,
    version: Option<String>,
    optimised: bool,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            output: None,
            version: None,
            optimised: true,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = |what: &str| {
                arguments
                    .next()
                    .ok_or_else(|| TaskError::new(format!("{argument} needs {what}")))
            };
            match argument.as_str() {
                "--output" => options.output = Some(PathBuf::from(value("a directory")?)),
                "--package-version" => options.version = Some(value("a version")?.clone()),
                "--unoptimised" => options.optimised = false,
                "-h" | "--help" => return Ok(None),
                unknown => return Err(TaskError::new(format!("unknown: {unknown}\n\n{USAGE}"))),
            }
        }
        Ok(Some(options))
    }
}

/// The task.
///
/// # Errors
///
/// When something cannot be built, found or packed.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let started = Instant::now();
    packages::ensure(Purpose::Dist, false)?;
    installation::build(options.optimised)?;
    let root = workspace::root()?;
    let dist = workspace::target_directory(&root).join("dist");
    let made = Dist {
        root: &root,
        built: &built(&root, options.optimised),
        optimised: options.optimised,
        output: options.output.as_deref().unwrap_or(&dist),
        version: options.version.as_deref(),
        remark_in_configuration: None,
    }
    .make()?;
    step("made");
    for package in [&made.deb, &made.rpm] {
        let size = package.metadata().map_or(0, |file| file.len());
        say(&format!("{} ({} KiB)", package.display(), size / 1024));
    }
    say(&format!("It took {} s.", started.elapsed().as_secs()));
    Ok(())
}

/// Where cargo puts programs.
pub(crate) fn built(root: &Path, optimised: bool) -> PathBuf {
    workspace::target_directory(root).join(if optimised { "release" } else { "debug" })
}

/// What is to be packed, and whereto.
#[derive(Debug)]
pub(crate) struct Dist<'a> {
    /// The workspace.
    pub(crate) root: &'a Path,
    /// The directory of the built programs.
    pub(crate) built: &'a Path,
    /// Whether those are optimised, and the packages are to be small.
    pub(crate) optimised: bool,
    /// Where the packages go.
    pub(crate) output: &'a Path,
    /// The packages' version; without it, the workspace's.
    pub(crate) version: Option<&'a str>,
    /// A line that is added to the shipped configuration: for trying an upgrade that changes it.
    pub(crate) remark_in_configuration: Option<&'a str>,
}

/// The packages that were made.
#[derive(Debug)]
pub(crate) struct Packages {
    /// For Debian and its family.
    pub(crate) deb: PathBuf,
    /// For Red Hat and its family.
    pub(crate) rpm: PathBuf,
}

impl Dist<'_> {
    /// Makes both packages.
    ///
    /// # Errors
    ///
    /// When a file is missing, or a tool fails.
    pub(crate) fn make(&self) -> Result<Packages> {
        let tools = tools::ensure()?;
        step("packages of PgBackMan");
        fs::create_dir_all(self.output)
            .context(|| format!("could not create {}", self.output.display()))?;
        let workspace_version = workspace_version(self.root)?;
        let version = self.version.unwrap_or(&workspace_version);
        let stage = Stage::fill(self, version)?;
        let architecture = output(Command::new("uname").arg("-m"))?.trim().to_owned();
        let deb = self.output.join(format!(
            "pgbackman_{version}_{}.deb",
            debian_architecture(&architecture)
        ));
        let rpm = self
            .output
            .join(format!("pgbackman-{version}.{architecture}.rpm"));
        for package in [&deb, &rpm] {
            let _ = fs::remove_file(package);
        }
        // What is only tried need not be small.
        let (light, payload) = if self.optimised {
            (&[][..], "zstd")
        } else {
            (&["--fast"][..], "gzip")
        };
        run(Command::new(&tools.deb)
            .args(["--no-build", "--no-strip", "--quiet"])
            .args(light)
            .arg("--manifest-path")
            .arg(stage.manifest())
            .arg("--output")
            .arg(&deb))?;
        depends_on_its_libraries(&deb)?;
        run(Command::new(&tools.rpm)
            .current_dir(stage.directory())
            .args(["--payload-compress", payload])
            .arg("--target-dir")
            .arg(stage.directory())
            .arg("--output")
            .arg(&rpm))?;
        Ok(Packages { deb, rpm })
    }
}

/// The libraries that every program is linked with. Where dpkg-shlibdeps fails, cargo-deb leaves all of them out without a word,
/// and the package installs where its programs do not start.
const LIBRARIES: [&str; 2] = ["libc6", "libssl"];

/// Looks into the package.
fn depends_on_its_libraries(deb: &Path) -> Result<()> {
    let depends = output(
        Command::new("dpkg-deb")
            .arg("--field")
            .arg(deb)
            .arg("Depends"),
    )?;
    match LIBRARIES.iter().find(|library| !names(&depends, library)) {
        None => Ok(()),
        Some(library) => Err(TaskError::new(format!(
            "{} does not depend on {library} (Depends: {}): dpkg-shlibdeps, of the package dpkg-dev, did not find it",
            deb.display(),
            depends.trim()
        ))),
    }
}

/// Whether one of these dependencies begins with a name.
fn names(depends: &str, library: &str) -> bool {
    depends
        .split([',', '|'])
        .any(|one| one.trim().starts_with(library))
}

/// The version under `[workspace.package]`.
fn workspace_version(root: &Path) -> Result<String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))
        .context(|| "could not read the workspace's Cargo.toml".into())?;
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "))
        .map(|value| value.trim_matches('"').to_owned())
        .ok_or_else(|| TaskError::new("the workspace's Cargo.toml has no version"))
}

/// Debian's name of a kind of machine.
fn debian_architecture(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f23_a_package_without_its_libraries_is_seen() {
        let computed = "libc6 (>= 2.34), libssl3 (>= 3.0.0), at, cron | cronie";
        let empty = "at, cron | cronie, postgresql-client, procps";
        for library in LIBRARIES {
            assert!(names(computed, library) && !names(empty, library));
        }
    }

    #[test]
    fn options_need_their_values() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(Options::parse(&words("--package-version")).is_err());
        let options = Options::parse(&words("--unoptimised --package-version 2.0.0-9"))
            .unwrap()
            .unwrap();
        assert_eq!(options.version.as_deref(), Some("2.0.0-9"));
        assert!(!options.optimised);
    }
}
