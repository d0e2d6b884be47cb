//! `pgbackman_exporter`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::exporter::main()
}
