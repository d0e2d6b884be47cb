//! mdBook, which renders the manual: one pinned release, built once from its sources by cargo.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{find_program, output, run};
use crate::task::{Result, say};
use crate::workspace;

/// The release. Without the features that serve and watch a book it has half of the dependencies.
const VERSION: &str = "0.5.4";

/// Where the program is; it is built where it is missing.
///
/// # Errors
///
/// When it cannot be fetched or built.
pub(super) fn program(root: &Path) -> Result<PathBuf> {
    let directory = workspace::target_directory(root).join("mdbook");
    let own = directory.join("bin/mdbook");
    let installed = find_program("mdbook").into_iter();
    if let Some(found) = installed.chain([own.clone()]).find(|one| is_right(one)) {
        return Ok(found);
    }
    say(&format!(
        "downloading and building mdBook {VERSION}, once; this takes a few minutes"
    ));
    run(workspace::cargo(root, false)
        .args(["install", "--locked", "mdbook"])
        .args(workspace::quiet())
        .args(["--version", VERSION])
        .args(["--no-default-features", "--features", "search"])
        .arg("--root")
        .arg(&directory))?;
    Ok(own)
}

/// Whether a program is mdBook of that release.
fn is_right(program: &Path) -> bool {
    output(Command::new(program).arg("--version"))
        .is_ok_and(|said| said.trim() == format!("mdbook v{VERSION}"))
}
