//! Where the programs log to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pgbackman_tests::sandbox::Sandbox;

#[test]
fn trap_31_the_log_file_is_its_owners_alone() {
    let mut sandbox = Sandbox::new();
    sandbox.configure("logging", "log_level", "\"DEBUG\"");
    let _ = sandbox.run("pgbackman_control", ["--once"]);
    let mode = fs::metadata(sandbox.log_file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    let log = sandbox.log();
    assert!(log.contains(" pgbackman_control["), "{log}");
}

#[test]
fn a_log_file_that_cannot_be_written_is_named_and_stops_nothing() {
    let mut sandbox = Sandbox::new();
    sandbox.configure("logging", "log_file", "\"/nonexistent/pgbackman.log\"");
    let said = sandbox.run("pgbackman_control", ["--once"]);
    let message = "could not write to the log file /nonexistent/pgbackman.log, so events are written to standard error";
    assert!(said.stderr.contains(message), "{}", said.stderr);
}

/// The directory may be the jobs' user's, who must not be able to make root append to another file.
#[test]
fn a_symlink_in_the_place_of_the_log_file_is_not_followed() {
    let mut sandbox = Sandbox::new();
    sandbox.configure("logging", "log_level", "\"DEBUG\"");
    let victim = sandbox.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let _ = fs::remove_file(sandbox.log_file());
    std::os::unix::fs::symlink(&victim, sandbox.log_file()).unwrap();
    let said = sandbox.run("pgbackman_control", ["--once"]);
    assert!(
        said.stderr.contains("could not write to the log file"),
        "{}",
        said.stderr
    );
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
}
