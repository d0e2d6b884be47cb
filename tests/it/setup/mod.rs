//! `pgbackman_setup`: the catalogue on a server, and embedded; a backup server, and a node of it.

mod database;
mod embedded;
mod first_backups;
mod killed;
mod maintainer_scripts;
mod major_upgrade;
mod minor_update;
mod planted;
mod refusals;
mod scheduler;
mod server;
mod zombie;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pgbackman_tests::base::{TempRoot, libpq_variables};
use pgbackman_tests::sandbox::{Output, place_binary, run};

/// More than making a cluster takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(180);

/// `pgbackman_setup` where every user can run it, with an environment of its own.
fn setup(root: &TempRoot) -> Command {
    let program = root.path().join("pgbackman_setup");
    place_binary("pgbackman-test-setup", &program);
    let mut command = Command::new(program);
    for name in libpq_variables() {
        command.env_remove(name);
    }
    command.env("HOME", root.path()).current_dir(root.path());
    command
}

/// A directory for an embedded catalogue, whose server the harness ends with the test.
pub(crate) fn directory(root: &TempRoot) -> PathBuf {
    let dir = root.path().join("cat");
    // The harness looks for a server in `data`.
    std::os::unix::fs::symlink(dir.join("data"), root.path().join("data")).unwrap();
    dir
}

/// `pgbackman_setup embedded --dir DIR …`
#[track_caller]
pub(crate) fn embedded(root: &TempRoot, dir: &Path, args: &[&str]) -> Output {
    run(
        setup(root).args(["embedded", "--dir"]).arg(dir).args(args),
        b"",
        DEADLINE,
    )
}
