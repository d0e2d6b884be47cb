//! axe-core, which finds what in a page people with disabilities cannot use: a pinned file of npm's registry, unpacked once beside
//! the test servers. Nothing of it is part of the product.

use std::fs;
use std::path::PathBuf;

use super::npm::{self, Tarball};
use crate::servers::test_servers;
use crate::task::{Context, Result, TaskError, say, step};

/// Tells the tests where the script is.
pub(crate) const VARIABLE: &str = "PGBACKMAN_TEST_AXE";

/// The release.
const TARBALL: Tarball = Tarball {
    package: "axe-core",
    version: "4.14.1",
    sha256: "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
};

/// The directory of this release.
fn directory() -> PathBuf {
    let Tarball {
        package, version, ..
    } = TARBALL;
    test_servers::directory().join(format!("{package}-{version}"))
}

/// The script in it.
fn script() -> PathBuf {
    directory().join("axe.min.js")
}

/// Whether it is there.
pub(crate) fn is_ready() -> bool {
    script().is_file()
}

/// The script, fetched unless `offline`.
///
/// # Errors
///
/// When it is not there and cannot be fetched.
pub(crate) fn ensure(offline: bool) -> Result<PathBuf> {
    step("axe-core");
    if !is_ready() {
        if offline {
            return Err(TaskError::new(format!(
                "{} does not exist, and --offline downloads nothing: run `cargo xtask test --browser` once with the \
                 network",
                script().display()
            )));
        }
        fetch()?;
    }
    say(&format!("{} {}", TARBALL.package, TARBALL.version));
    Ok(script())
}

fn fetch() -> Result<()> {
    let parent = test_servers::directory();
    let making = || format!("could not download axe-core to {}", parent.display());
    fs::create_dir_all(&parent).context(making)?;
    let lock = fs::File::create(parent.join(".axe.lock")).context(making)?;
    // Held until the end of this function.
    lock.lock().context(making)?;
    if is_ready() {
        // Another run was here first.
        return Ok(());
    }
    let staging = parent.join(".fetching-axe");
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).context(making)?;
    npm::download_and_unpack(&TARBALL, &staging)?;
    test_servers::make_readable(&staging)?;
    let _ = fs::remove_dir_all(directory());
    fs::rename(staging.join("package"), directory()).context(making)?;
    fs::remove_dir_all(&staging).context(making)
}
