//! `pgbackman_dump` under observation: see `pgbackman_tests::observed`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgbackman_dump::guardian_entry().unwrap_or_else(|| {
        pgbackman_tests::observed::run(|observer, clock| {
            pgbackman_dump::run_with(std::env::args_os(), observer, clock)
        })
    })
}
