//! `pgbackman_control`, built along with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_control::main()
}
