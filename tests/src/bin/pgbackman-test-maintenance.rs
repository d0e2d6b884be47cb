//! `pgbackman_maintenance`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_maintenance::main()
}
