//! What must be true of every command of the shell.

use std::fs;

use pgbackman_shell::commands;
use pgbackman_shell::spec::Form;

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
