//! `pgbackman_alerts`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_alerts::main()
}
