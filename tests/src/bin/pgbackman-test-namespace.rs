//! The first process of a namespace of the harness, run by `unshare`.
#![forbid(unsafe_code)]

fn main() {
    let dir = std::env::args_os()
        .nth(1)
        .expect("usage: pgbackman-test-namespace DIR");
    pgbackman_tests::namespace::init::serve(dir.as_ref());
}
