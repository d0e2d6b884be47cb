//! The guardian: a second process of the same program that ends all children when the first one dies.
//!
//! A death signal (`PR_SET_PDEATHSIG`) reaches only direct children; `pg_dumpall` starts `pg_dump` through a shell and
//! `pg_dump -j` has workers (trap 26a). The guardian leads the process group that all of them are in and waits for the end of
//! a pipe whose only writing end its parent holds. However the parent ends, the kernel closes that end, and the guardian
//! sends SIGKILL to the group, itself included.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::process::ExitCode;

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::{getpgrp, getpid};

/// The first argument that makes a program its own guardian. No flag of any program; never shown.
pub const ARGUMENT: &str = "--guard-process-group";

/// What the guardian writes when it is ready.
pub(super) const READY: u8 = b'R';

/// Runs the guardian if this process was started as one; every program that uses [`super::ProcessGroup`] calls this before
/// it does anything else, and ends with the code it gets.
pub fn entry(mut arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let first = arguments.nth(1)?;
    (first.as_os_str() == OsStr::new(ARGUMENT)).then(guard)
}

fn guard() -> ExitCode {
    // Started by hand in somebody else's group, it must not end that group.
    if getpgrp() != getpid() {
        return ExitCode::FAILURE;
    }
    // SIGTERM to the group asks the children to end; the guardian stays until they have.
    if SigSet::all().thread_block().is_err() || announce().is_err() {
        return ExitCode::FAILURE;
    }
    wait_for_the_end_of_standard_input();
    let _ended_as_well = killpg(getpgrp(), Signal::SIGKILL);
    ExitCode::FAILURE
}

fn announce() -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(&[READY])?;
    stdout.flush()
}

fn wait_for_the_end_of_standard_input() {
    let mut byte = [0];
    let mut stdin = io::stdin();
    loop {
        match stdin.read(&mut byte) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
