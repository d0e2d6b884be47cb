//! Sessions as they are typed and as they are answered: `tests/transcripts/NAME.in`, and beside it `NAME.out`.
//!
//! A script is run by `pgbackman --echo --keep-going`, standard error following standard output. `${port}` stands for the
//! port of the test's own server on 127.0.0.1, which has the databases `Orders`, `odd-db` and `shop`. A line that begins
//! with `#sql ` is a statement for the catalogue and is run there at its place.
//!
//! `PGBACKMAN_UPDATE_TRANSCRIPTS=1` writes the answers anew; they are then read and compared with `docs/spec/shell.md`
//! before they are committed.

use std::fs;
use std::io::{Read as _, Write as _, pipe};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::write_pgpass;
use super::redaction::Redaction;

/// What the server of a transcript has besides `postgres`.
const DATABASES: [&str; 3] = ["Orders", "odd-db", "shop"];

/// The directory of the transcripts.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts")
}

/// The names of all transcripts.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()?
                .strip_suffix(".in")
                .map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

fn run(script: &str, sandbox: &Sandbox<'_>) -> String {
    let (mut answers, end) = pipe().unwrap();
    let mut child = sandbox
        .command("pgbackman")
        .args(["--echo", "--keep-going"])
        // A dialogue offers a time of the machine's zone.
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(end.try_clone().unwrap())
        .stderr(end)
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let mut text = String::new();
    answers.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

/// The answers to a whole script.
fn play(script: &str, sandbox: &Sandbox<'_>) -> String {
    let mut answers = String::new();
    let mut part = String::new();
    for line in script.lines() {
        if let Some(statement) = line.strip_prefix("#sql ") {
            answers.push_str(&run(&std::mem::take(&mut part), sandbox));
            sandbox.catalogue().psql(statement);
        } else {
            part.push_str(line);
            part.push('\n');
        }
    }
    answers.push_str(&run(&part, sandbox));
    answers
}

fn check(name: &str) {
    let sandbox = Sandbox::new();
    write_pgpass(&sandbox);
    let node = Cluster::private(Version::Installed);
    for database in DATABASES {
        node.psql("postgres", &format!("CREATE DATABASE \"{database}\""));
    }
    let script = fs::read_to_string(directory().join(format!("{name}.in"))).unwrap();
    let script = script.replace("${port}", &node.port().to_string());
    let catalogue = Cluster::shared(Version::Installed);
    let redaction = Redaction {
        port: node.port(),
        sandbox: sandbox.path().display().to_string(),
        catalogue: vec![
            (sandbox.catalogue().name().to_owned(), "<dbname>"),
            (catalogue.socket_dir().display().to_string(), "<socket dir>"),
            (catalogue.port().to_string(), "<pt#>"),
        ],
    };
    let answers = redaction.apply(&play(&script, &sandbox));
    let release = format!("version {}", Version::Installed.release());
    let answers = answers.replace(&release, "version <release>");
    let file = directory().join(format!("{name}.out"));
    if std::env::var_os("PGBACKMAN_UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&file, answers).unwrap();
        return;
    }
    let expected = fs::read_to_string(&file).unwrap();
    if answers != expected {
        let line = expected
            .lines()
            .zip(answers.lines())
            .take_while(|(expected, shown)| expected == shown)
            .count()
            + 1;
        panic!(
            "{name}: from line {line} on the shell shows something else; all it shows:\n{answers}"
        );
    }
}

#[test]
fn backup_servers() {
    check("backup_servers");
}

#[test]
fn runs() {
    check("runs");
}

#[test]
fn maintenance_windows() {
    check("maintenance_windows");
}

#[test]
fn restore_latest() {
    check("restore_latest");
}

#[test]
fn deleted_backups() {
    check("deleted_backups");
}

#[test]
fn pgsql_nodes() {
    check("pgsql_nodes");
}

#[test]
fn backup_definitions() {
    check("backup_definitions");
}

#[test]
fn definition_changes() {
    check("definition_changes");
}

#[test]
fn coverage() {
    check("coverage");
}

#[test]
fn snapshots_and_restores() {
    check("snapshots_and_restores");
}

#[test]
fn pgbackman_config() {
    check("pgbackman_config");
}

#[test]
fn backup_catalog() {
    check("backup_catalog");
}

#[test]
fn clones() {
    check("clones");
}

#[test]
fn restore_definitions() {
    check("restore_definitions");
}

#[test]
fn with_names() {
    check("with_names");
}

#[test]
fn configuration() {
    check("configuration");
}

#[test]
fn snapshots() {
    check("snapshots");
}

#[test]
fn retention() {
    check("retention");
}

#[test]
fn alerts() {
    check("alerts");
}

#[test]
fn daemons() {
    check("daemons");
}

#[test]
fn disk_space() {
    check("disk_space");
}

#[test]
fn session() {
    check("session");
}

#[test]
fn every_transcript_is_played() {
    let source = include_str!("transcripts.rs");
    for name in names() {
        assert!(
            source.contains(&format!("check(\"{name}\")")),
            "{name}.in is played by no test"
        );
    }
}
