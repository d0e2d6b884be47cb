//! Ends servers and removes directories when their test is done, in whatever way it ended.
//!
//! A test that is killed drops nothing. So each temporary directory has a process of its own, in a process group of
//! its own, that waits at a pipe whose only write end the test holds: when the test ends, the kernel closes it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::FlockArg;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::base::{OWNER_LOCK, lock};
use crate::built::built_binary;
use crate::processes::{children_of, is_running};

/// A directory with a file of this name in it is not removed, although what runs in it ends.
pub const KEEP: &str = "keep";

/// The process that waits for this one's end.
#[derive(Debug)]
pub struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Starts one over `dir`; returns when it has locked the directory.
    pub fn over(dir: &Path) -> Self {
        let mut child = Command::new(built_binary("pgbackman-test-cluster"))
            .arg("watch")
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("cannot start the watchdog");
        let mut said = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(
            said,
            "watching\n",
            "the watchdog over {} did not start",
            dir.display()
        );
        Self { child }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// What the watchdog's process does: locks `dir`, says so, waits for the end of standard input, clears `dir`.
pub fn watch(dir: &Path) {
    let Some(_held) = lock(&dir.join(OWNER_LOCK), FlockArg::LockExclusiveNonblock) else {
        return;
    };
    // Closing standard output is part of the message: whoever waits reads to its end.
    let mut out = fs::File::from(nix::unistd::dup(std::io::stdout()).unwrap());
    out.write_all(b"watching\n").unwrap();
    drop(out);
    let null = fs::File::options().write(true).open("/dev/null").unwrap();
    nix::unistd::dup2_stdout(null).unwrap();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    clear(dir);
}

/// Ends the server whose data directory is in `dir`, if one runs, and removes `dir` unless it is to be kept.
pub fn clear(dir: &Path) {
    if let Some(postmaster) = postmaster_of(&dir.join("data")) {
        // A server that a test has stopped with SIGSTOP could not hear the request.
        for process in children_of(postmaster).into_iter().chain([postmaster]) {
            let _ = kill(process, Signal::SIGCONT);
        }
        let _ = kill(postmaster, Signal::SIGQUIT);
        let deadline = Instant::now() + Duration::from_secs(20);
        while is_running(postmaster) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    if dir.join(KEEP).exists() {
        return;
    }
    crate::small_disk::unmount_below(dir);
    // A process that is just ending may still write: once more is enough.
    if fs::remove_dir_all(dir).is_err() {
        let _ = fs::remove_dir_all(dir);
    }
}

/// The running postmaster of a data directory, from its `postmaster.pid`.
pub fn postmaster_of(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?);
    // The number may have gone to another process since: the postmaster's working directory is its data directory.
    let at = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (at == data.canonicalize().ok()? && is_running(pid)).then_some(pid)
}
