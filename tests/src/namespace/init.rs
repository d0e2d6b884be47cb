//! The first process of a namespace: puts the private files in place, then waits for the end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sys::wait::wait;

/// The file in the namespace's directory that lists what is mounted where: `source<TAB>target` lines.
pub(super) const MOUNTS: &str = "mounts";
/// The device directory's own directory, and the socket in the namespace's directory that becomes `/dev/log`.
pub(super) const DEVICES: &str = "dev";
/// The socket for what cron and atd log.
pub(super) const SYSLOG: &str = "syslog.sock";

/// What `pgbackman-test-namespace DIR` does, as process 1 of fresh mount, process and IPC namespaces.
///
/// When standard input ends (its test is done, or was killed) this process ends, and the kernel kills every process of
/// its namespace.
pub fn serve(dir: &Path) {
    assert_eq!(std::process::id(), 1, "to be run by `unshare --pid --fork`");
    // Nothing that is mounted from here on is seen outside.
    mount(
        None::<&str>,
        "/",
        None::<&str>,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        None::<&str>,
    )
    .unwrap();
    for line in fs::read_to_string(dir.join(MOUNTS)).unwrap().lines() {
        let (source, target) = line.split_once('\t').expect("source<TAB>target");
        bind(Path::new(source), Path::new(target));
    }
    devices(dir);
    mount(
        Some("proc"),
        "/proc",
        Some("proc"),
        MsFlags::empty(),
        None::<&str>,
    )
    .unwrap();
    thread::spawn(reap);
    let mut out = std::io::stdout();
    out.write_all(b"ready\n").unwrap();
    out.flush().unwrap();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn bind(source: &Path, target: &Path) {
    let how = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(source), target, None::<&str>, how, None::<&str>).unwrap_or_else(|error| {
        panic!(
            "cannot mount {} on {}: {error}",
            source.display(),
            target.display()
        )
    });
}

/// A `/dev` of the namespace's own, because `/dev/log` can only be made there: the usual devices, and the test's socket.
fn devices(dir: &Path) {
    let dev = dir.join(DEVICES);
    mount(
        Some("tmpfs"),
        &dev,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("mode=0755"),
    )
    .unwrap();
    for name in ["null", "zero", "full", "random", "urandom", "tty", "ptmx"] {
        file_over(&Path::new("/dev").join(name), &dev.join(name));
    }
    for name in ["pts", "shm"] {
        fs::create_dir(dev.join(name)).unwrap();
        bind(&Path::new("/dev").join(name), &dev.join(name));
    }
    for (name, target) in [
        ("fd", "fd"),
        ("stdin", "fd/0"),
        ("stdout", "fd/1"),
        ("stderr", "fd/2"),
    ] {
        symlink(PathBuf::from("/proc/self").join(target), dev.join(name)).unwrap();
    }
    file_over(&dir.join(SYSLOG), &dev.join("log"));
    bind(&dev, Path::new("/dev"));
}

fn file_over(source: &Path, target: &Path) {
    fs::write(target, b"").unwrap();
    bind(source, target);
}

/// Orphans become children of process 1, which has to ask for their exit status.
fn reap() {
    loop {
        if wait() == Err(Errno::ECHILD) {
            thread::sleep(Duration::from_millis(100));
        }
    }
}
