//! `pgbackman-bulk-update`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_shell::bulk_update()
}
