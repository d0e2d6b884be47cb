//! The messages by which the manual explains what went wrong: each is one that our programs or PostgreSQL's really say.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{chapter, root};

/// What PostgreSQL or the operating system says.
const OF_OTHERS: [&str; 13] = [
    "Peer authentication failed for user \"postgres\"",
    "password authentication failed for user \"postgres\"",
    "no pg_hba.conf entry for host",
    "canceling statement due to statement timeout",
    "canceling statement due to conflict with recovery",
    "Query was: LOCK TABLE",
    "could not load library",
    "/plpgsql.so",
    "undefined symbol",
    "No space left on device",
    "Read-only file system",
    "PgSQL node [pg-node01.example.net] is ambiguous; it may be any of:",
    "Unknown command: [show_backup_catalogue].",
];

/// So short a piece of a message proves nothing.
const SHORTEST: usize = 6;

/// The messages of the chapter: what stands in code at the beginning of a row of a table whose first heading is `message`,
/// or of an item that explains one.
fn messages(text: &str) -> Vec<String> {
    let mut in_table = false;
    let mut messages = Vec::new();
    for line in text.lines() {
        if line.starts_with("| message |") {
            in_table = true;
        } else if !line.starts_with('|') {
            in_table = false;
        } else if in_table && !line.starts_with("| ---") {
            let cell = line.trim_start_matches("| ").split(" | ").next();
            let spans = cell.unwrap_or_default().split('`');
            messages.extend(spans.skip(1).step_by(2).map(str::to_owned));
        }
    }
    messages
}

/// Everything our programs and the catalogue's functions can say, as one text: lines that a string goes on in are joined, and
/// escaped quotes are quotes.
fn sources() -> String {
    let mut text = String::new();
    let mut directories: Vec<PathBuf> = vec![root().join("crates"), root().join("sql")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "xtask" {
                directories.push(path);
            } else if is_source(&path) {
                text.push_str(&joined(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    text
}

fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end == "rs" || end == "sql")
}

fn joined(source: &str) -> String {
    let mut text = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let mut line = line.to_owned();
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().unwrap_or_default().trim_start());
        }
        text.push_str(&line.replace("\\\"", "\""));
        text.push('\n');
    }
    text
}

/// The pieces of a message between what stands for a value: `…`, numbers, and names in quotes or brackets.
fn pieces(message: &str) -> Vec<String> {
    message
        .split(|c: char| "…\":(".contains(c) || c.is_ascii_digit())
        .map(|piece| piece.trim_matches(|c: char| c.is_whitespace() || "[](),;:".contains(c)))
        .filter(|piece| piece.len() >= SHORTEST)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_message_that_troubleshooting_explains_is_one_that_is_said() {
    let sources = sources();
    let messages = messages(&chapter("troubleshooting.md"));
    assert!(messages.len() > 25, "only {} are explained", messages.len());
    let mut wrong = Vec::new();
    for message in &messages {
        let mut own = message.clone();
        for other in OF_OTHERS {
            own = own.replace(other, "…");
        }
        for piece in pieces(&own) {
            if !sources.contains(&piece) {
                wrong.push(format!("nothing says {piece:?} (in `{message}`)"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_string_that_goes_on_in_the_next_line_is_one_text() {
    assert_eq!(
        joined("say(\"a \\\n     b \\\"c\\\"\")\n"),
        "say(\"a b \"c\"\")\n"
    );
}
