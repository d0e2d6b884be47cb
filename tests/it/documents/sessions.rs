//! The sessions that the manual's chapters show, against what the shell says: its messages and its prompts.

use std::collections::BTreeSet;
use std::fs;

use pgbackman_shell::commands;

use super::files::{chapters, code};
use crate::shell::transcripts;

/// How many words of a message are compared; behind them come names and numbers.
const WORDS: usize = 3;

/// The beginning of a message of the shell: its tag, and its first words that are no names or numbers.
fn beginning(line: &str) -> Option<String> {
    let tags = ["[Done]", "[ERROR]:", "[WARNING]:", "[ABORTED]", "[OK]:"];
    if !tags.iter().any(|tag| line.starts_with(tag)) {
        return None;
    }
    let is_word = |word: &&str| {
        word.chars()
            .all(|c| c.is_ascii_alphabetic() || "[]:".contains(c))
    };
    let words: Vec<&str> = line.split(' ').filter(is_word).take(WORDS).collect();
    Some(words.join(" "))
}

/// The label of a prompt, `# Label [default]: answer`.
fn label(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("# ")?;
    let end = rest.find(['[', ':'])?;
    Some(rest[..end].trim_end())
}

/// The lines of the sessions in the chapters that are written by hand: chapter, line.
fn lines() -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (chapter, text) in chapters() {
        if chapter == "commands.md" {
            continue;
        }
        let blocks = code(&text).lines;
        lines.extend(
            blocks
                .into_iter()
                .filter(|(language, _)| language == "text" || language == "console")
                .map(|(_, line)| (chapter.clone(), line.trim_start().to_owned())),
        );
    }
    lines
}

/// What the shell answers in all transcripts.
fn answers() -> String {
    transcripts::names()
        .iter()
        .map(|name| transcripts::directory().join(format!("{name}.out")))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn messages_that_the_manual_shows_are_those_of_the_transcripts() {
    let answers = answers();
    let known: BTreeSet<String> = answers.lines().filter_map(beginning).collect();
    // Of programs that are no shell, of a catalogue that no transcript can take away, and of a shell on a backup server.
    let others = [
        "[Done] The database",
        "[Done] The embedded",
        "[ERROR]: The catalogue",
        "[OK]: Client programs",
    ];
    let mut shown = 0;
    let mut wrong = Vec::new();
    for (chapter, line) in lines() {
        let Some(begins) = beginning(&line) else {
            continue;
        };
        shown += 1;
        if !known.contains(&begins) && !others.contains(&begins.as_str()) {
            wrong.push(format!("{chapter}: no transcript has: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(shown > 15, "only {shown} messages are shown");
}

#[test]
fn prompts_that_the_manual_shows_are_declared_or_in_the_transcripts() {
    let mut known: BTreeSet<&str> = commands::all()
        .flat_map(|entry| entry.spec.parameters)
        .map(|parameter| parameter.label)
        .collect();
    known.extend(commands::all().filter_map(|entry| entry.spec.confirmation));
    // What a dialogue asks besides.
    let answers = answers();
    known.extend(answers.lines().filter_map(label));
    let mut wrong = Vec::new();
    for (chapter, line) in lines() {
        let Some(label) = label(&line) else { continue };
        let is_prompt = line.ends_with(':') || line.contains("]: ") || line.contains("(yes/no)");
        if is_prompt && !known.contains(label) {
            wrong.push(format!("{chapter}: no command asks: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn beginnings_are_without_names() {
    assert_eq!(
        beginning("[Done] Backup definition DefID: 1 updated."),
        Some("[Done] Backup definition".to_owned())
    );
    assert_eq!(beginning("Done"), None);
    assert_eq!(label("# Status[RUNNING]: "), Some("Status"));
}
