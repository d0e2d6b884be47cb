//! `pgbackman_report`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_report::main()
}
