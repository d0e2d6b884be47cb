//! `pgbackman_verify`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_verify::main()
}
