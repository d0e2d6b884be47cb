//! `pgbackman_setup`, built along with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_tools::main()
}
