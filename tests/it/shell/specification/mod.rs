//! What is declared and shown, compared with `docs/spec/shell.md` itself: prompts, defaults, questions, headings, results.

mod lists;
mod prompts;
mod results;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn specification() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/shell.md");
    fs::read_to_string(file).unwrap()
}

/// A row of the table of commands: what stands in its second and third cell.
struct Row {
    parameters: String,
    result: String,
}

/// The rows by command; one row may describe several.
fn rows() -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in specification()
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [commands, parameters, result] = cells[..] else {
            panic!("not three cells: {line}")
        };
        for command in quoted(commands) {
            let name = command.split_whitespace().next().unwrap().to_owned();
            rows.insert(
                name,
                Row {
                    parameters: parameters.to_owned(),
                    result: result.to_owned(),
                },
            );
        }
    }
    rows
}

/// The texts in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
