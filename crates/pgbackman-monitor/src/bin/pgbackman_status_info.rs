//! `pgbackman_status_info`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::status_info::main()
}
