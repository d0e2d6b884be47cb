//! Running a program with a deadline, and what it said.

use std::io::{Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::processes::is_group_running;

/// What a finished program has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit status; 128 plus the signal's number when one ended it, as shells count.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output of a program that must have succeeded; anything else fails the test with all it said.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(
            self.code, 0,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self.stdout
    }

    /// Standard error of a program that must have failed.
    #[track_caller]
    pub fn failure(self) -> String {
        assert_ne!(
            self.code, 0,
            "it succeeded; stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self.stderr
    }
}

/// Runs `command` with `input` on its standard input. If it is still going at the deadline, its process group is killed
/// and the test fails.
#[track_caller]
pub fn run(command: &mut Command, input: &[u8], deadline: Duration) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A program may end without reading all of its input.
    std::thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let code = wait_or_kill(&mut child, deadline);
    let output = Output {
        code: code.unwrap_or(-1),
        stdout: collected(&stdout),
        stderr: collected(&stderr),
    };
    assert!(
        code.is_some(),
        "{command:?} did not end within {deadline:?}; stdout:\n{}\nstderr:\n{}",
        output.stdout,
        output.stderr
    );
    output
}

fn collect(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (done, text) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = done.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

/// What a program that has ended said. Its end does not close an output that a descendant of it still has.
fn collected(text: &Receiver<String>) -> String {
    text.recv_timeout(Duration::from_secs(10))
        .expect("the program has ended, but a descendant of it keeps its output open")
}

/// The exit code, or `None` when the group had to be killed.
pub(super) fn wait_or_kill(child: &mut Child, deadline: Duration) -> Option<i32> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(
                status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            );
        }
        if Instant::now() >= end {
            kill_group(child);
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Kills a child that leads its own process group, with the whole group, and takes its status. What the group held is free
/// then: where the child is `nsenter`, the program itself is a process of its own, which may end after it.
pub(super) fn kill_group(child: &mut Child) {
    let group = pid_of(child);
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.kill();
    let _ = child.wait();
    let end = Instant::now() + Duration::from_secs(20);
    while is_group_running(group) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(super) fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("Linux process IDs are positive i32"))
}
