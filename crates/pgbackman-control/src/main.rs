//! `pgbackman_control`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_control::main()
}
