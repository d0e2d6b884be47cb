//! A server that was killed and whose parent does not wait for it (case R4): PostgreSQL takes its process for one that runs.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use pgbackman_tests::base::TempRoot;
use pgbackman_tests::wait::until;

use super::{DEADLINE, directory, embedded};

#[test]
fn r4_a_zombie_of_the_server_is_named_with_its_parent_instead_of_being_taken_for_a_server() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    embedded(&root, &dir, &[]).success();
    embedded(&root, &dir, &["--stop"]).success();

    // The same server as a child of this test: its command line is what it was started with.
    let data = dir.join("data");
    let options = fs::read_to_string(data.join("postmaster.opts")).unwrap();
    let words: Vec<&str> = options
        .split_whitespace()
        .map(|word| word.trim_matches('"'))
        .collect();
    let owner = fs::metadata(&data).unwrap();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if nix::unistd::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut server = command.spawn().unwrap();
    until(DEADLINE, "the server runs", || {
        let said = embedded(&root, &dir, &["--status"]);
        said.stdout.contains("It responds").then_some(())
    });
    server.kill().unwrap();
    let stat = format!("/proc/{}/stat", server.id());
    until(DEADLINE, "a zombie", || {
        fs::read_to_string(&stat)
            .unwrap()
            .contains(") Z ")
            .then_some(())
    });

    for action in ["--start", "--status", "--stop"] {
        let said = embedded(&root, &dir, &[action]).failure();
        assert!(
            said.contains(&format!(
                "its process {} still exists as a zombie",
                server.id()
            )) && said.contains(&format!("its parent, process {}", std::process::id())),
            "{action}: {said}"
        );
    }
    server.wait().unwrap();
    embedded(&root, &dir, &["--start"]).success();
    let said = embedded(&root, &dir, &["--status"]).success();
    assert!(said.contains("It responds"), "{said}");
    embedded(&root, &dir, &["--stop"]).success();
}
