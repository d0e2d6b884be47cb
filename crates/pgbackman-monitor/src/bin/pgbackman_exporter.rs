//! `pgbackman_exporter`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::exporter::main()
}
