//! From a line to a command that has run.

use std::borrow::Cow;

use crate::commands::{self, Entry};
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::Form;
use crate::{lexer, positional, prompt};

/// How alike a name must be to an unknown one to be offered instead (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.85;

/// How many names are offered instead of an unknown one.
const OFFERED: usize = 3;

/// Short forms that take the place of a command at the start of a line, and what they stand for.
pub const SHORTCUTS: [(&str, &str); 8] = [
    (r"\q", "quit"),
    (r"\?", "help"),
    (r"\h", "help"),
    (r"\s", "show_history"),
    (r"\x", "set output_style=switch"),
    (r"\!", "shell"),
    ("!", "shell"),
    ("?", "help"),
];

/// Runs one line. An empty one, and in a script a comment, does nothing.
///
/// # Errors
/// Why the command was not done.
pub fn execute(shell: &mut Shell, line: &str) -> Result<(), CommandError> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(());
    }
    let (name, rest) = split_name(line);
    let rest = rest.as_ref();
    let entry = commands::find(&name).ok_or_else(|| CommandError::Unknown {
        nearest: nearest(&name),
        name,
    })?;
    let spec = entry.spec;
    if let Some(Form::Rest(key)) = spec.forms.first() {
        let mut answers = crate::answers::Answers::default();
        answers.push(*key, rest, true);
        return run(entry, shell, &answers);
    }
    let words = lexer::split(rest)?;
    let answers = if words.is_empty() {
        if spec.runs_bare() {
            crate::answers::Answers::default()
        } else {
            prompt::dialogue(shell, spec)?
        }
    } else {
        let answers = positional::bind(shell, spec, &words)?;
        if spec.filters {
            shell.echo_filters(spec, &answers)?;
        }
        answers
    };
    run(entry, shell, &answers)
}

fn run(
    entry: &Entry,
    shell: &mut Shell,
    answers: &crate::answers::Answers,
) -> Result<(), CommandError> {
    (entry.run)(shell, answers)
}

/// The command a line names, and the rest of the line. A shortcut may stand directly before what it is given (`!ls`).
pub(crate) fn split_name(line: &str) -> (String, Cow<'_, str>) {
    for (shortcut, meaning) in SHORTCUTS {
        if let Some(rest) = line.strip_prefix(shortcut) {
            let rest = rest.trim_start();
            return match meaning.split_once(' ') {
                Some((name, words)) => (name.to_owned(), format!("{words} {rest}").into()),
                None => (meaning.to_owned(), rest.into()),
            };
        }
    }
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (name.to_owned(), rest.trim_start().into())
}

/// The commands whose names are most like an unknown one, the most alike first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let lower = name.to_lowercase();
    let mut alike: Vec<(f64, &'static str)> = commands::all()
        .map(|entry| {
            (
                strsim::jaro_winkler(&lower, entry.spec.name),
                entry.spec.name,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    alike
        .into_iter()
        .take(OFFERED)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_stand_for_commands() {
        for (line, name, rest) in [
            (r"\q", "quit", ""),
            (r"\h quit", "help", "quit"),
            ("!ls 'a b'", "shell", "ls 'a b'"),
            (r"\! id", "shell", "id"),
            (r"\x", "set", "output_style=switch "),
            ("show_pgsql_nodes", "show_pgsql_nodes", ""),
            ("set  output_format=csv", "set", "output_format=csv"),
        ] {
            assert_eq!(split_name(line), (name.to_owned(), rest.into()), "{line}");
        }
    }

    #[test]
    fn an_unknown_command_is_met_with_names_like_it() {
        assert_eq!(
            nearest("show_pgsql_node").first(),
            Some(&"show_pgsql_nodes")
        );
        assert_eq!(
            nearest("Regster_backup_server").first(),
            Some(&"register_backup_server")
        );
        assert!(nearest("xyzzy").is_empty());
    }
}
