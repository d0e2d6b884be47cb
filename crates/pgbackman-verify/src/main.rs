//! See the library.

fn main() -> std::process::ExitCode {
    pgbackman_verify::main()
}
