//! Tests of what a whole process has in common: the lock of a run is passed on to every program that the process starts, also
//! to those of other tests where `cargo test` runs many in one process, and they keep it for as long as they live.

use std::process::Command;

/// Says to the process that it is the test's own.
const MARK: &str = "PGBACKMAN_TEST_ALONE";
/// nextest says so: it starts a process for each test anyway.
const NEXTEST: &str = "NEXTEST";

/// Runs the body of a test in a process in which no other test runs; fails with what that process said. It must be called
/// in the test's own thread, whose name is the test's.
pub(crate) fn in_a_process_of_its_own(body: impl FnOnce()) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("main");
    // With one test at a time they run in the first thread.
    if name == "main"
        || [MARK, NEXTEST]
            .iter()
            .any(|mark| std::env::var_os(mark).is_some())
    {
        return body();
    }
    let said = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(MARK, "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&said.stdout), text(&said.stderr));
    assert!(
        said.status.success() && stdout.contains("1 passed"),
        "{name} in a process of its own: {}\n{stdout}\n{stderr}",
        said.status
    );
}
