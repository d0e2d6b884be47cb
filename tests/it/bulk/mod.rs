//! `pgbackman-bulk-update`: commands from a file.

mod away;
mod dry_run;
mod files;

use std::fs;
use std::path::PathBuf;

use pgbackman_tests::sandbox::{Output, Sandbox};

/// The program's name.
const PROGRAM: &str = "pgbackman-bulk-update";

/// A file with these commands.
fn file(sandbox: &Sandbox<'_>, commands: &str) -> PathBuf {
    let file = sandbox.path().join("commands.txt");
    fs::write(&file, commands).unwrap();
    file
}

/// Runs the program with a file of these commands and these flags.
fn run(sandbox: &Sandbox<'_>, flags: &[&str], commands: &str) -> Output {
    let file = file(sandbox, commands);
    let mut words: Vec<&str> = flags.to_vec();
    let path = file.to_str().unwrap().to_owned();
    words.extend(["--input-file", &path]);
    sandbox.run(PROGRAM, words)
}

/// How many rows a table of the catalogue has.
fn count(sandbox: &Sandbox<'_>, table: &str) -> String {
    let count = sandbox
        .catalogue()
        .psql(&format!("SELECT count(*) FROM {table}"));
    count.trim().to_owned()
}
