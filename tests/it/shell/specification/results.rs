//! Results and messages.

use std::fs;

use pgbackman_shell::commands;

use super::super::transcripts::{directory, names};
use super::{quoted, rows, specification};

/// Whether a line is what a result of the specification stands for: `<…>`, `N`, `x`, `[a]`, `[b]` and `[csv]` stand for
/// values.
fn is_instance(line: &str, pattern: &str) -> bool {
    let fixed: Vec<String> = pattern
        .split(' ')
        .map(|word| match word.trim_end_matches('.') {
            "N" | "x" => word.replace(['N', 'x'], "\0"),
            "[a]" | "[b]" | "[csv]" | "[x]" => "[\0]".to_owned(),
            code if code.contains('<') => {
                let (before, rest) = word.split_once('<').unwrap();
                let (_, after) = rest.split_once('>').unwrap();
                format!("{before}\0{after}")
            }
            _ => word.to_owned(),
        })
        .collect();
    let fixed = fixed.join(" ");
    let mut rest = line;
    for (index, part) in fixed.split('\0').enumerate() {
        match rest.find(part) {
            Some(at) if index > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty()
}

#[test]
fn every_result_of_the_specification_is_shown_in_a_transcript() {
    let shown: Vec<String> = names()
        .into_iter()
        .flat_map(|name| {
            let text = fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let rows = rows();
    let mut found = 0;
    for entry in commands::all() {
        for result in quoted(&rows[entry.spec.name].result)
            .iter()
            .filter(|text| text.starts_with("[Done]"))
        {
            assert!(
                shown.iter().any(|line| is_instance(line, result)),
                "{}: no transcript shows {result}",
                entry.spec.name
            );
            found += 1;
        }
    }
    assert!(
        found >= 15,
        "only {found} results were found in the specification"
    );
}

#[test]
fn messages_common_to_all_commands_are_those_of_the_specification() {
    let text = specification();
    let shown = |name: &str| fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
    let all: String = names().iter().map(|name| shown(name)).collect();
    for message in [
        "[ERROR] - Wrong number of parameters used.",
        "          Type help or \\? to list commands",
        "[ABORTED] Command interrupted by the user.",
        "[ERROR] - This command does not accept parameters.",
        "[ERROR]: Could not delete this backup server",
        "does not exist in The PgSQL node",
    ] {
        let written = message.replace(
            "Could not delete this backup server",
            "Could not delete this backup job definition",
        );
        assert!(
            text.contains(&written),
            "the specification has no {written:?}"
        );
        assert!(all.contains(message), "no transcript shows {message:?}");
    }
    assert!(all.contains(&"-".repeat(56)) && all.contains(&"#".repeat(68)));
    assert!(all.lines().any(|line| line == "-".repeat(46)));
}
