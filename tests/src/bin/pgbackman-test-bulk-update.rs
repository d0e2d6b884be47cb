//! `pgbackman-bulk-update`, built along with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_shell::bulk_update()
}
