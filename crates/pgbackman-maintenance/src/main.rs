//! See [`pgbackman_maintenance`].
fn main() -> std::process::ExitCode {
    pgbackman_maintenance::main()
}
