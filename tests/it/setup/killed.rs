//! A setup that is killed at any of its steps.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use pgbackman_tests::base::TempRoot;
use pgbackman_tests::wait::until;

use super::{DEADLINE, directory, embedded, setup};

/// A setup killed at any step is completed by the next one.
#[test]
fn a_killed_setup_is_completed_by_the_next() {
    let steps = [
        ".setup.lock",
        "data.unfinished/base",
        "data/PG_VERSION",
        "etc/postgresql.conf",
        "data/postmaster.pid",
        "run/.s.PGSQL.5432",
    ];
    // Most of the time goes into waiting for the disk, so they wait together.
    std::thread::scope(|threads| {
        for step in steps {
            threads.spawn(move || kill_at(step));
        }
    });
}

fn kill_at(step: &str) {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let mut first = setup(&root)
        .args(["embedded", "--dir"])
        .arg(&dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until(DEADLINE, step, || dir.join(step).exists().then_some(()));
    first.kill().unwrap();
    let ending = first.wait().unwrap();
    assert_eq!(
        ending.signal(),
        Some(9),
        "{step}: the setup ended by itself"
    );
    // An initdb that is still at work keeps the next setup out.
    let said = until(DEADLINE, "the killed setup's initdb has ended", || {
        Some(embedded(&root, &dir, &[])).filter(|said| said.code != 7)
    });
    assert!(
        said.clone().success().contains("[Done]"),
        "{step}: {said:?}"
    );
    embedded(&root, &dir, &["--status"]).success();
    embedded(&root, &dir, &["--stop"]).success();
}
