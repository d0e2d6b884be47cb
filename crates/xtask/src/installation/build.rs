//! Building the programs of an installation.

use crate::process::run;
use crate::task::{Result, step};
use crate::workspace;

/// Builds them, optimised or not: unoptimised takes a third of the time, and is fast enough to look at.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn build(optimised: bool) -> Result<()> {
    step("building (the first time this takes some minutes)");
    let root = workspace::root()?;
    let mut cargo = workspace::cargo(&root, false);
    cargo.args(["build", "--quiet", "--bins"]);
    if optimised {
        cargo.arg("--release");
    }
    for package in ["shell", "control", "dump", "restore", "tools"] {
        cargo.args(["--package", &format!("pgbackman-{package}")]);
    }
    run(&mut cargo)
}
