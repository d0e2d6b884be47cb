//! `pgbackman_restore`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_restore::main()
}
