//! What `initdb` makes, kept once per release and copied for each cluster.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::FlockArg;

use super::Version;
use super::cluster::{HARNESS_CONF, PASSWORD, SUPERUSER};
use crate::base::{Account, base_dir, libpq_variables, lock};

/// Arguments of `initdb` that all test clusters share. Small log segments make the copies small.
const ARGUMENTS: [&str; 7] = [
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--wal-segsize=1",
    "--no-sync",
];

/// A finished data directory of this release that nobody runs, made now if there is none.
fn template(version: Version) -> PathBuf {
    let account = Account::unprivileged();
    let root = base_dir().join("templates");
    let name = format!("{}-{}", version.release(), account.uid);
    let done = root.join(&name);
    if done.exists() {
        return done;
    }
    fs::create_dir_all(&root).unwrap();
    let _making = lock(&root.join(format!("{name}.lock")), FlockArg::LockExclusive).unwrap();
    if done.exists() {
        return done;
    }
    let making = root.join(format!("{name}.new"));
    let _ = fs::remove_dir_all(&making);
    fs::create_dir(&making).unwrap();
    account.own(&making);
    let password_file = root.join(format!("{name}.password"));
    fs::write(&password_file, PASSWORD).unwrap();
    account.own(&password_file);
    let made = as_account(account, version, "initdb")
        .args(ARGUMENTS)
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(&making)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "initdb {version} failed: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    fs::remove_file(&password_file).unwrap();
    let mut conf = fs::read_to_string(making.join("postgresql.conf")).unwrap();
    conf.push_str("\ninclude '");
    conf.push_str(HARNESS_CONF);
    conf.push_str("'\n");
    fs::write(making.join("postgresql.conf"), conf).unwrap();
    fs::rename(&making, &done).unwrap();
    done
}

/// Copies the template of `version` to `data` and makes it a cluster of its own. A release without `pg_resetwal` keeps its
/// template's system identifier, which nothing in a test of source and target asks for.
pub(super) fn copy_to(version: Version, data: &Path) {
    let copied = Command::new("cp")
        .args(["--archive", "--reflink=auto"])
        .arg(template(version))
        .arg(data)
        .output()
        .unwrap();
    assert!(
        copied.status.success(),
        "cannot copy the template: {}",
        String::from_utf8_lossy(&copied.stderr)
    );
    if matches!(version, Version::Server(_)) {
        return;
    }
    super::control_file::set_system_identifier(data, rand::random::<u64>() >> 1);
    let reset = as_account(Account::unprivileged(), version, "pg_resetwal")
        .arg("--force")
        .arg("--pgdata")
        .arg(data)
        .output()
        .unwrap();
    assert!(
        reset.status.success(),
        "pg_resetwal {version} failed: {}",
        String::from_utf8_lossy(&reset.stderr)
    );
}

/// A program of `version`, run as `account`, with no libpq variable inherited and messages in English.
pub(super) fn as_account(account: Account, version: Version, program: &str) -> Command {
    let mut command = Command::new(version.bin_dir().join(program));
    for name in libpq_variables() {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C.UTF-8")
        .env("PGUSER", SUPERUSER)
        .current_dir("/");
    if nix::unistd::Uid::effective().is_root() {
        command.uid(account.uid).gid(account.gid);
    }
    command
}
