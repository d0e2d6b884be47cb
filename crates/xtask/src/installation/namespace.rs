//! The private view of the machine that an installation made by root runs in: a mount namespace in which cron's and
//! `at`'s directories and the list of users are files of the installation.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::layout::make;
use super::{Account, Layout};
use crate::process::{run, succeeds};
use crate::task::{Context, Result};

/// The directory that is mounted on itself, by which the processes of the namespace are recognised from outside.
pub(super) const MARK: &str = "namespace";

/// Lets cron and atd run jobs without asking who may log in on this machine: its directory service, or its record of
/// logins, which containers do not allow to be written, know nothing of the private user.
const PERMIT: &str =
    "auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n";

/// A command that runs this program again, with these arguments, in a new namespace.
///
/// # Errors
///
/// When this program's own file cannot be found.
pub(crate) fn enter(arguments: &[&str]) -> Result<Command> {
    let this_program =
        std::env::current_exe().context(|| "could not find this program's file".into())?;
    let mut command = Command::new("unshare");
    // unshare makes all mounts private by itself: nothing that is mounted inside is seen outside.
    command
        .args(["--mount", "--ipc", "--"])
        .arg(this_program)
        .args(arguments);
    Ok(command)
}

/// Inside the namespace: puts the installation's files where cron, atd and the system's libraries look.
///
/// # Errors
///
/// When a file cannot be written or mounted.
pub(crate) fn mount_private_files(layout: &Layout, account: &Account) -> Result<()> {
    let own = layout.at("etc");
    make(&own, 0o755, None)?;
    let mark = layout.at(MARK);
    make(&mark, 0o755, None)?;
    bind(&mark, &mark)?;
    bind(&layout.crontabs(), Path::new("/etc/cron.d"))?;
    make(&own.join("pam.d"), 0o755, None)?;
    for (name, content) in [
        (
            "crontab",
            "# Only the jobs in cron.d run here.\n".to_owned(),
        ),
        ("at.deny", String::new()),
        ("passwd", passwd(layout, account)?),
        ("group", group(account)?),
        ("pam.d/cron", PERMIT.to_owned()),
        ("pam.d/crond", PERMIT.to_owned()),
        ("pam.d/atd", PERMIT.to_owned()),
    ] {
        let source = own.join(name);
        let target = Path::new("/etc").join(name);
        write(&source, &content, 0o644)?;
        if target.is_file() {
            bind(&source, &target)?;
        }
    }
    spool(&layout.at("spool"))?;
    runtime_directory(&layout.at("run"))?;
    silence_mail()
}

/// The machine's users, and the installation's.
fn passwd(layout: &Layout, account: &Account) -> Result<String> {
    let mut list = without_entry("/etc/passwd", &account.name)?;
    // `*` is no password's hash. Unlike `x` it does not make PAM look for the user in /etc/shadow.
    let _ = writeln!(
        list,
        "{}:*:{}:{}:PgBackMan:{}:/bin/sh",
        account.name,
        account.uid,
        account.gid,
        layout.home().display()
    );
    Ok(list)
}

/// The machine's groups, and the installation's.
fn group(account: &Account) -> Result<String> {
    let mut list = without_entry("/etc/group", &account.name)?;
    let _ = writeln!(list, "{}:*:{}:", account.name, account.gid);
    Ok(list)
}

/// A file of users or groups without the one of this name.
fn without_entry(path: &str, name: &str) -> Result<String> {
    let prefix = format!("{name}:");
    let text = fs::read_to_string(path).context(|| format!("could not read {path}"))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with(&prefix))
        .fold(String::new(), |list, line| list + line + "\n"))
}

/// `/var/spool/cron` with the owners and modes of Debian's packages.
fn spool(source: &Path) -> Result<()> {
    make(source, 0o755, None)?;
    owned(&source.join("crontabs"), 0o1730, None, group_id("crontab"))?;
    let daemon = (user_id("daemon"), group_id("daemon"));
    for name in ["atjobs", "atspool"] {
        owned(&source.join(name), 0o1770, daemon.0, daemon.1)?;
    }
    let sequence = source.join("atjobs/.SEQ");
    write(&sequence, "0", 0o600)?;
    chown(&sequence, daemon.0, daemon.1)
        .context(|| format!("could not change the owner of {}", sequence.display()))?;
    bind(source, Path::new("/var/spool/cron"))
}

/// `/run`, where cron, atd and PostgreSQL keep locks and sockets; without the system's log in it.
fn runtime_directory(source: &Path) -> Result<()> {
    make(source, 0o755, None)?;
    make(&source.join("lock"), 0o1777, None)?;
    bind(source, Path::new("/run"))
}

/// Where the machine has a mailer, cron must not use it: what the jobs say is not for anybody outside.
fn silence_mail() -> Result<()> {
    for mailer in ["/usr/sbin/sendmail", "/usr/lib/sendmail"] {
        if Path::new(mailer).exists() {
            bind(Path::new("/bin/true"), Path::new(mailer))?;
        }
    }
    Ok(())
}

/// Mounts a file or directory over another.
fn bind(source: &Path, target: &Path) -> Result<()> {
    run(Command::new("mount").arg("--bind").arg(source).arg(target))
}

/// Writes a file with a mode whatever the umask.
fn write(path: &Path, content: &str, mode: u32) -> Result<()> {
    fs::write(path, content)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .context(|| format!("could not write {}", path.display()))
}

/// Makes a directory with owner and group.
fn owned(path: &Path, mode: u32, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
    make(path, mode, None)?;
    // Changing the owner clears special bits, so the mode comes last.
    chown(path, uid, gid)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .context(|| format!("could not change the owner of {}", path.display()))
}

/// The ID of a user of this machine.
fn user_id(name: &str) -> Option<u32> {
    id_in("/etc/passwd", name)
}

/// The ID of a group of this machine.
fn group_id(name: &str) -> Option<u32> {
    id_in("/etc/group", name)
}

/// The third field of an entry.
fn id_in(path: &str, name: &str) -> Option<u32> {
    fs::read_to_string(path).ok()?.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

/// Whether a process's list of mounts (`/proc/<pid>/mountinfo`) is that of this installation's namespace.
pub(super) fn is_mounted_in(mountinfo: &str, layout: &Layout) -> bool {
    let mark: PathBuf = layout.at(MARK);
    let mark = mark.to_string_lossy();
    // The fifth field is the mount point (proc_pid_mountinfo(5)).
    mountinfo
        .lines()
        .any(|line| line.split(' ').nth(4) == Some(&*mark))
}

/// Whether namespaces can be made here: containers often forbid it even to root.
pub(super) fn is_possible() -> bool {
    succeeds(Command::new("unshare").args(["--mount", "--ipc", "--", "true"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_recognised_by_their_mounts() {
        let layout = Layout::new(Path::new("/var/tmp/quick")).unwrap();
        let inside =
            "30 20 8:1 /tmp/quick/namespace /var/tmp/quick/namespace rw - ext4 /dev/sda1 rw\n";
        let other = "30 20 8:1 /x /var/tmp/quick2/namespace rw - ext4 /dev/sda1 rw\n";
        assert!(is_mounted_in(inside, &layout));
        assert!(!is_mounted_in(other, &layout));
    }
}
