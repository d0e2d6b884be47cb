//! See [`pgbackman_alerts`].
fn main() -> std::process::ExitCode {
    pgbackman_alerts::main()
}
