//! `pgbackman_restore`, built along with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_restore::main()
}
