//! `pgbackman_dump`, built along with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_dump::main()
}
