//! What must be true of every command of the shell.

use std::fs;

use pgbackman_shell::commands;
use pgbackman_shell::declaration::spec::Form;

use super::transcripts::{directory, names};

/// All lines of all scripts.
fn script_lines() -> Vec<String> {
    let read = |name: String| fs::read_to_string(directory().join(format!("{name}.in"))).unwrap();
    names()
        .into_iter()
        .map(read)
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_command_has_a_transcript_of_each_of_its_forms() {
    let lines = script_lines();
    for entry in commands::all() {
        let name = entry.spec.name;
        assert!(
            lines.iter().any(|line| line == name),
            "no transcript has {name} without parameters"
        );
        let takes_words = entry
            .spec
            .forms
            .iter()
            .any(|form| !matches!(form, Form::Words([])));
        let with_words = format!("{name} ");
        assert!(
            !takes_words || lines.iter().any(|line| line.starts_with(&with_words)),
            "no transcript has {name} with parameters"
        );
    }
}

/// What the shell says when a command was not done. An error of `!` is the operator's own shell's.
const FAILURES: [&str; 3] = ["[ERROR]", "[ABORTED]", "EXCEPTION:"];

/// The answers to each line of the transcripts that names a command: the line, and what was shown up to the next one.
fn answers() -> Vec<(String, String)> {
    let mut answers: Vec<(String, String)> = Vec::new();
    for name in names() {
        let text = fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
        for line in text.lines() {
            if let Some(command) = line.strip_prefix("[pgbackman]$ ") {
                answers.push((command.to_owned(), String::new()));
            } else if let Some((_, shown)) = answers.last_mut() {
                shown.push_str(line);
                shown.push('\n');
            }
        }
    }
    answers
}

#[test]
fn every_command_has_a_transcript_of_its_good_path_its_errors_and_where_it_asks_its_aborted_path() {
    let answers = answers();
    let mut lacking = Vec::new();
    for entry in commands::all() {
        let spec = entry.spec;
        let shown: Vec<(&str, &str)> = answers
            .iter()
            .filter(|(line, _)| line.split(' ').next() == Some(spec.name))
            .map(|(line, shown)| (line.as_str(), shown.as_str()))
            .collect();
        let good = |with_words: bool| {
            shown.iter().any(|(line, text)| {
                with_words == (*line != spec.name)
                    && !FAILURES.iter().any(|said| text.contains(said))
            })
        };
        let said = |what: &str| shown.iter().any(|(_, text)| text.contains(what));
        let asks = !spec.runs_bare();
        // Whatever follows these is as good as anything else.
        let cannot_fail =
            ["EOF", "clear", "exit", "help", "quit", "show_history"].contains(&spec.name);
        for (is_there, what) in [
            (good(false), "good path without parameters"),
            (!asks || good(true), "good path with parameters"),
            (
                spec.confirmation.is_none() || said("[ABORTED]"),
                "aborted path",
            ),
            (cannot_fail || said("[ERROR]"), "error"),
        ] {
            if !is_there {
                lacking.push(format!("{}: no {what}", spec.name));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}
