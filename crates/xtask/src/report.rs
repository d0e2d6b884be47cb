//! `cargo xtask report`: the page of a made-up fleet, and pictures of it, to be checked.

use std::path::PathBuf;

use crate::packages::{self, Purpose};
use crate::process::run;
use crate::servers::test_servers;
use crate::task::{Result, TaskError, say};
use crate::workspace;

/// What `cargo xtask report --help` answers.
const USAGE: &str = "\
Usage: cargo xtask report [--dir DIR]

Creates an invented fleet of 40 databases over 90 days, always the same, in a private catalogue. Writes into DIR (default:
target/report) the page that pgbackman_report creates from it, and pictures of the page: at the width of a desktop and of a
phone, in dark colours, and as it is printed. Installs Chromium and downloads the tests' servers if they are missing.";

/// The task.
///
/// # Errors
///
/// When something is missing or fails.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let root = workspace::root()?;
    let directory = match arguments {
        [] => workspace::target_directory(&root).join("report"),
        [flag, directory] if flag == "--dir" => PathBuf::from(directory),
        [flag] if flag == "-h" || flag == "--help" => {
            println!("{USAGE}");
            return Ok(());
        }
        _ => return Err(TaskError::new(format!("not understood\n\n{USAGE}"))),
    };
    packages::ensure(Purpose::Browser, false)?;
    // The harness's sandbox names the client programs of all of them.
    let servers = test_servers::ensure(false)?;
    run(workspace::cargo(&root, false)
        .args(["build", "--package", "pgbackman-tests", "--bins"])
        .args(workspace::quiet()))?;
    run(workspace::cargo(&root, false)
        .args(["run", "--quiet", "--package", "pgbackman-tests"])
        .args(["--bin", "pgbackman-test-demo", "--"])
        .env(test_servers::DIRECTORY_VARIABLE, servers)
        .arg(&directory)
        .arg("--pictures"))?;
    say(&format!("look at {}", directory.display()));
    Ok(())
}
