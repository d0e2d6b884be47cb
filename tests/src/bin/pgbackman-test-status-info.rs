//! `pgbackman_status_info`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::status_info::main()
}
