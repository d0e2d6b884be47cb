//! The first process of a namespace of the harness, run by `unshare`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: pgbackman-test-namespace DIR");
        return ExitCode::from(2);
    };
    pgbackman_tests::namespace::init::serve(dir.as_ref());
    ExitCode::SUCCESS
}
