//! `pgbackman_setup`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_tools::main()
}
