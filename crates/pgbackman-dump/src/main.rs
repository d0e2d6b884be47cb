//! `pgbackman_dump`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_dump::main()
}
