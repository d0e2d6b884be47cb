//! What the program writes.

use std::io::{self, Write};
use std::path::Path;

use pgbackman_core::domain::text::size::Size;
use pgbackman_core::proof::{Counted, Level, Proven};
use serde::Serialize;

use crate::Outcome;

/// The version of the JSON document.
const VERSION: u32 = 1;

/// The line of a backup.
pub(crate) fn line(outcome: &Outcome, level: Level) -> String {
    let path = outcome.path.display();
    match &outcome.result {
        Ok(proven) => format!(
            "[OK] {path}: {level}, {} ({:.1} s)",
            describe(proven),
            outcome.took.as_secs_f64()
        ),
        Err(reason) => format!("[ERROR] {path}: {reason}"),
    }
}

fn describe(proven: &Proven) -> String {
    let files = if proven.files == 0 {
        "no manifest".to_owned()
    } else {
        format!("{}, {}", many(proven.files, "file"), Size(proven.bytes))
    };
    match &proven.contents {
        Some(contents) => format!("{files}; {}", counted(contents)),
        None => files,
    }
}

fn counted(contents: &Counted) -> String {
    let mut parts = vec![many(contents.rows, "row")];
    for (count, what) in [
        (contents.inserts, "INSERT statement"),
        (contents.large_objects, "large object"),
    ] {
        if count > 0 {
            parts.push(many(count, what));
        }
    }
    parts.push(format!("{} unpacked", Size(contents.unpacked)));
    parts.join(", ")
}

/// `1 file`, `2 files`.
fn many(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[derive(Serialize)]
struct Document<'o> {
    version: u32,
    rows: Vec<Row<'o>>,
}

/// One backup. Sizes are in bytes.
#[derive(Serialize)]
struct Row<'o> {
    path: &'o Path,
    level: &'static str,
    proven: bool,
    files: Option<u64>,
    bytes: Option<u64>,
    rows: Option<u64>,
    inserts: Option<u64>,
    large_objects: Option<u64>,
    unpacked: Option<u64>,
    seconds: f64,
    problem: Option<String>,
}

/// All backups as one JSON document.
pub(crate) fn document(outcomes: &[Outcome], level: Level, out: &mut impl Write) -> io::Result<()> {
    let rows = outcomes.iter().map(|outcome| row(outcome, level)).collect();
    let document = Document {
        version: VERSION,
        rows,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn row(outcome: &Outcome, level: Level) -> Row<'_> {
    let proven = outcome.result.as_ref().ok();
    let with_manifest = proven.filter(|proven| proven.files > 0);
    let contents = proven.and_then(|proven| proven.contents);
    Row {
        path: &outcome.path,
        level: level.as_str(),
        proven: proven.is_some(),
        files: with_manifest.map(|proven| proven.files),
        bytes: with_manifest.map(|proven| proven.bytes),
        rows: contents.map(|contents| contents.rows),
        inserts: contents.map(|contents| contents.inserts),
        large_objects: contents.map(|contents| contents.large_objects),
        unpacked: contents.map(|contents| contents.unpacked),
        seconds: (outcome.took.as_secs_f64() * 1000.0).round() / 1000.0,
        problem: outcome.result.as_ref().err().map(ToString::to_string),
    }
}
