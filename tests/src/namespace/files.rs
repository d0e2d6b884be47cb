//! The files of `/etc`, `/run` and `/var/spool` that a namespace has for itself.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::unistd::{Group, User, chown};

use super::{JOB_USER, job_account};
use crate::sandbox::Sandbox;

/// Fills `dir` and gives the list of mounts, `source<TAB>target` lines.
pub(super) fn prepare(dir: &Path, sandbox: &Sandbox<'_>) -> String {
    let mut mounts = String::new();
    let mut mount = |source: &Path, target: &str| {
        let _ = writeln!(mounts, "{}\t{target}", source.display());
    };
    accounts(dir, sandbox, &mut mount);
    text(dir, "crontab", "# Private to a test.\n", 0o644);
    mount(&dir.join("crontab"), "/etc/crontab");
    text(dir, "at.deny", "alias\n", 0o640);
    chown(&dir.join("at.deny"), None, Some(group("daemon"))).unwrap();
    mount(&dir.join("at.deny"), "/etc/at.deny");
    mount(&sandbox.crontab_dir(), "/etc/cron.d");
    spool(&dir.join("spool"));
    mount(&dir.join("spool"), "/var/spool/cron");
    directory(&dir.join("run"), 0o755, None, None);
    directory(&dir.join("run/lock"), 0o1777, None, None);
    mount(&dir.join("run"), "/run");
    mounts
}

/// The account files, with the jobs' user as the test wants it: where the package is installed there is one with another home.
fn accounts(dir: &Path, sandbox: &Sandbox<'_>, mount: &mut impl FnMut(&Path, &str)) {
    let account = job_account();
    let (uid, gid) = (account.uid, account.gid);
    let home = sandbox.home();
    let entries = [
        (
            "passwd",
            format!(
                "{JOB_USER}:x:{uid}:{gid}:PgBackMan:{}:/bin/sh\n",
                home.display()
            ),
            0o644,
        ),
        ("group", format!("{JOB_USER}:x:{gid}:\n"), 0o644),
        // No password opens the account, and neither it nor its password ever expires: what PAM asks for.
        (
            "shadow",
            format!("{JOB_USER}:*:19000:0:99999:7:::\n"),
            0o640,
        ),
    ];
    let of_the_user = format!("{JOB_USER}:");
    for (name, entry, mode) in entries {
        let machine = fs::read_to_string(Path::new("/etc").join(name)).unwrap();
        let others = machine
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(&of_the_user));
        let content: String = others.chain([entry.as_str()]).collect();
        text(dir, name, &content, mode);
        mount(&dir.join(name), &format!("/etc/{name}"));
    }
    chown(&dir.join("shadow"), None, Some(group("shadow"))).unwrap();
}

/// `/var/spool/cron` with the owners and modes of Debian's packages.
fn spool(spool: &Path) {
    directory(spool, 0o755, None, None);
    directory(&spool.join("crontabs"), 0o1730, None, Some("crontab"));
    for name in ["atjobs", "atspool"] {
        directory(&spool.join(name), 0o1770, Some("daemon"), Some("daemon"));
    }
    let sequence = spool.join("atjobs/.SEQ");
    fs::write(&sequence, "0").unwrap();
    fs::set_permissions(&sequence, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&sequence, Some(user("daemon")), Some(group("daemon"))).unwrap();
}

fn text(dir: &Path, name: &str, content: &str, mode: u32) {
    fs::write(dir.join(name), content).unwrap();
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode)).unwrap();
}

fn directory(path: &Path, mode: u32, owner: Option<&str>, owning_group: Option<&str>) {
    fs::create_dir(path).unwrap();
    chown(path, owner.map(user), owning_group.map(group)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn user(name: &str) -> nix::unistd::Uid {
    User::from_name(name)
        .unwrap()
        .unwrap_or_else(|| panic!("this machine has no user {name}"))
        .uid
}

fn group(name: &str) -> nix::unistd::Gid {
    let found = Group::from_name(name).unwrap();
    found
        .unwrap_or_else(|| panic!("no group {name}: install the packages cron and at"))
        .gid
}
