//! Tests that need root, where there is none: named, not silently passed.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::sync::OnceLock;

/// The file that gets a line for each test that could not run; `cargo xtask test` sets it and shows what it says.
const REPORT: &str = "PGBACKMAN_TEST_NOT_RUN";

/// Whether namespaces can be made here. If not, the calling test is named as not run, and has to return.
pub fn available() -> bool {
    static REASON: OnceLock<Option<String>> = OnceLock::new();
    let Some(reason) = REASON.get_or_init(obstacle) else {
        return true;
    };
    let thread = std::thread::current();
    let line = format!(
        "NOT RUN ({reason}): {}\n",
        thread.name().unwrap_or("a test")
    );
    eprint!("{line}");
    if let Some(path) = std::env::var_os(REPORT) {
        let report = File::options().create(true).append(true).open(&path);
        report
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the list of tests that were not run");
    }
    false
}

/// What keeps this process from making namespaces.
fn obstacle() -> Option<String> {
    if !nix::unistd::Uid::effective().is_root() {
        return Some("needs root".to_owned());
    }
    let tried = Command::new("unshare")
        .args(["--mount", "--pid", "--ipc", "--fork", "--", "true"])
        .output();
    let said = tried.expect("cannot start unshare (package util-linux)");
    if said.status.success() {
        return None;
    }
    Some(format!(
        "needs the right to make namespaces; {}",
        String::from_utf8_lossy(&said.stderr).trim()
    ))
}
