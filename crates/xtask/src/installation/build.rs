//! Building the programs of an installation.

use crate::process::run;
use crate::programs;
use crate::task::{Result, step};
use crate::workspace;

/// Builds them, optimised or not: unoptimised takes a third of the time, and is fast enough to look at.
///
/// # Errors
///
/// When the build fails.
pub(crate) fn build(optimised: bool) -> Result<()> {
    step("building (this takes some minutes the first time)");
    let root = workspace::root()?;
    let mut cargo = workspace::cargo(&root, false);
    cargo.arg("build").args(workspace::quiet());
    if optimised {
        cargo.arg("--release");
    }
    for program in programs::all(&root)? {
        cargo.args(["--package", &program.package, "--bin", &program.name]);
    }
    run(&mut cargo)
}
