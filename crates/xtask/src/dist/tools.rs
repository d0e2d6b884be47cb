//! The two programs that make packages, each built once at a fixed version into a directory that outlives `target/`.
//!
//! They are tools and no dependencies: as libraries they would be built with every fresh clone, for minutes.

use std::path::{Path, PathBuf};

use crate::process::{is_executable, run};
use crate::task::{Result, TaskError, say, step};
use crate::workspace;

/// The environment variable that names another directory.
const DIRECTORY_VARIABLE: &str = "PGBACKMAN_TOOLS_DIR";
/// The directory otherwise.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-tools";

/// The version of `cargo-deb`.
const DEB: (&str, &str) = ("cargo-deb", "3.8.0");
/// The version of `cargo-generate-rpm`.
const RPM: (&str, &str) = ("cargo-generate-rpm", "0.21.1");

/// Where both are.
#[derive(Debug)]
pub(super) struct Tools {
    /// `cargo-deb`
    pub(super) deb: PathBuf,
    /// `cargo-generate-rpm`
    pub(super) rpm: PathBuf,
}

/// Sees to it that both are there.
///
/// # Errors
///
/// When one cannot be fetched or built.
pub(super) fn ensure() -> Result<Tools> {
    step("tools for packages");
    let directory = std::env::var_os(DIRECTORY_VARIABLE)
        .map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from);
    Ok(Tools {
        deb: ensure_one(&directory, DEB)?,
        rpm: ensure_one(&directory, RPM)?,
    })
}

fn ensure_one(directory: &Path, (name, version): (&str, &str)) -> Result<PathBuf> {
    let own = directory.join(format!("{name}-{version}"));
    let program = own.join("bin").join(name);
    if is_executable(&program) {
        say(&format!("{name} {version} exists"));
        return Ok(program);
    }
    say(&format!(
        "building {name} {version}, once (some minutes), into {}",
        own.display()
    ));
    let root = workspace::root()?;
    run(workspace::cargo(&root, false)
        .arg("install")
        .args(workspace::quiet())
        .args(["--locked", "--root"])
        .arg(&own)
        .args(["--version", version, name])
        // Neither the workspace's settings nor its target directory are meant for it.
        .current_dir("/")
        .env_remove("CARGO_TARGET_DIR"))
    .map_err(|error| {
        TaskError::new(format!(
            "{error}: it is required to build packages (set {DIRECTORY_VARIABLE} to the directory that contains it)"
        ))
    })?;
    Ok(program)
}
