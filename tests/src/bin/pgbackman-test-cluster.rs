//! The harness's own processes: `serve` keeps the shared servers of a run, `watch DIR` clears up after a test.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|word| word.to_str()) {
        Some("serve") if arguments.len() == 1 => pgbackman_tests::postgres::serve(),
        Some("watch") if arguments.len() == 2 => {
            pgbackman_tests::watchdog::watch(arguments[1].as_ref());
        }
        _ => {
            eprintln!("usage: pgbackman-test-cluster serve | watch DIR");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
