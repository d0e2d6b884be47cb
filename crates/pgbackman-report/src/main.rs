//! See [`pgbackman_report`].
fn main() -> std::process::ExitCode {
    pgbackman_report::main()
}
