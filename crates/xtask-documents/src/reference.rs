//! The reference of the shell's commands: from their declarations, with examples from the transcripts.

use std::fmt::Write as _;

use pgbackman_shell::spec::{Parameter, Spec};
use pgbackman_shell::{commands, help};

use crate::DocumentError;
use crate::examples::{self, Excerpt};

const INTRODUCTION: &str = "\
# The shell's commands

Made from the commands' declarations and from the transcripts of the tests by `cargo xtask docs`: the examples are what
the shell really answered. In them `YYYY-MM-DD HH:MM:SS`, `MM HH` and `<pt#>` stand for times, random minutes and hours,
and ports, which differ in every run.

Every command runs in two forms. Without parameters it asks for each, with the default in brackets; with parameters it
needs all of them, in the order given here. [The shell](shell.md) tells what holds for all of them: quoting, defaults,
filters, output formats. `help COMMAND` shows the same at the prompt, and Tab completes commands and values.
";

/// The subjects, in the order of the page, with the parts of names that belong to them; the first subject that fits takes
/// a command.
const SUBJECTS: [(&str, &[&str]); 9] = [
    (
        "Backup definitions",
        &["_backup_definition", "_empty_backup_catalogs"],
    ),
    ("Backup servers", &["_backup_server"]),
    ("PgSQL nodes", &["_pgsql_node"]),
    ("Snapshots", &["_snapshot"]),
    ("Clones", &["clone"]),
    ("Restores", &["_restore"]),
    (
        "Backups and retention",
        &[
            "_backup_catalog",
            "_backup_details",
            "_retention",
            "keep_backup",
            "release_backup",
        ],
    ),
    (
        "The state of PgBackMan",
        &[
            "_alerts",
            "_daemons",
            "_disk_space",
            "_jobs_queue",
            "_pgbackman_config",
            "_pgbackman_stats",
        ],
    ),
    (
        "The shell itself",
        &[
            "EOF",
            "clear",
            "help",
            "quit",
            "set",
            "shell",
            "show_history",
        ],
    ),
];

/// The order in which the page shows the subjects.
const ORDER: [&str; 9] = [
    "Backup servers",
    "PgSQL nodes",
    "Backup definitions",
    "Snapshots",
    "Backups and retention",
    "Restores",
    "Clones",
    "The state of PgBackMan",
    "The shell itself",
];

/// The subject of a command.
fn subject(name: &str) -> Result<&'static str, DocumentError> {
    SUBJECTS
        .iter()
        .find(|(_, parts)| {
            parts.iter().any(|part| {
                name == *part || (part.contains('_') || *part == "clone") && name.contains(part)
            })
        })
        .map(|(subject, _)| *subject)
        .ok_or_else(|| {
            DocumentError::Missing(format!(
                "{name} belongs to no subject: give it one in crates/xtask-documents/src/reference.rs"
            ))
        })
}

/// The whole page.
///
/// # Errors
///
/// When a command belongs to no subject, or no transcript shows it.
pub(crate) fn page(excerpts: &[Excerpt]) -> Result<String, DocumentError> {
    let mut specs = Vec::new();
    for entry in commands::all() {
        specs.push((subject(entry.spec.name)?, entry.spec));
    }
    let mut contents = String::new();
    let mut body = String::new();
    for subject_here in ORDER {
        let specs: Vec<&Spec> = specs
            .iter()
            .filter(|(subject, _)| *subject == subject_here)
            .map(|(_, spec)| *spec)
            .collect();
        if specs.is_empty() {
            continue;
        }
        let _ = write!(
            contents,
            "\n**[{subject_here}](#{})**\n\n| | |\n| --- | --- |\n",
            subject_here.to_lowercase().replace(' ', "-")
        );
        let _ = write!(body, "\n## {subject_here}\n");
        for spec in specs {
            let _ = writeln!(
                contents,
                "| [`{0}`](#{1}) | {2} |",
                spec.name,
                spec.name.to_lowercase(),
                cell(spec.summary)
            );
            body.push_str(&command(spec, excerpts)?);
        }
    }
    Ok(format!("{INTRODUCTION}{contents}{body}"))
}

/// The section of one command.
fn command(spec: &Spec, excerpts: &[Excerpt]) -> Result<String, DocumentError> {
    let mut text = format!(
        "\n### `{}`\n\n{}.\n\n```text\n",
        spec.name,
        prose(spec.summary)
    );
    if !spec.runs_bare() {
        let _ = writeln!(text, "{}", spec.name);
    }
    for synopsis in spec.synopses() {
        let _ = writeln!(text, "{synopsis}");
    }
    text.push_str("```\n");
    if !spec.parameters.is_empty() {
        text.push_str("\n| parameter | asked for as | | allowed | default |\n| --- | --- | --- | --- | --- |\n");
        for parameter in spec.parameters {
            text.push_str(&row(spec, parameter));
        }
    }
    for paragraph in spec
        .details
        .split("\n\n")
        .filter(|paragraph| !paragraph.is_empty())
    {
        let _ = write!(text, "\n{}\n", prose(paragraph));
    }
    if let Some(question) = spec.confirmation {
        let _ = write!(
            text,
            "\nAsked for its parameters, it asks in the end: “{}”\n",
            prose(question)
        );
    }
    text.push_str(&shown(spec, excerpts)?);
    Ok(text)
}

/// The examples of a command.
fn shown(spec: &Spec, excerpts: &[Excerpt]) -> Result<String, DocumentError> {
    let bare = examples::bare(excerpts, spec.name);
    let with_words = examples::with_words(excerpts, spec.name);
    if bare.is_none() && with_words.is_none() {
        return Err(DocumentError::Missing(format!(
            "no transcript shows {} doing what it is for",
            spec.name
        )));
    }
    // Two lists that differ in their rows only tell no more than one.
    let second = bare.filter(|_| with_words.is_none() || !spec.name.starts_with("show_"));
    let mut text = String::new();
    for excerpt in [with_words, second].into_iter().flatten() {
        let _ = write!(text, "\n```text\n{}```\n", excerpt.text());
    }
    Ok(text)
}

/// A parameter's line of the table.
fn row(spec: &Spec, parameter: &Parameter) -> String {
    let asked = match parameter.asked {
        _ if spec.runs_bare() => "–".to_owned(),
        pgbackman_shell::spec::Asked::Never => "–".to_owned(),
        _ => cell(parameter.label),
    };
    format!(
        "| `{}` | {asked} | {} | {} | {} |\n",
        parameter.key,
        cell(parameter.help),
        cell(&parameter.kind.describe()),
        cell(&help::default_in_words(parameter))
    )
}

/// A text of a declaration as a cell of a table.
fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}

/// A text of a declaration as Markdown: names in backticks, nothing taken for markup.
fn prose(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let inner = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '(' | ')'));
            let is_name = inner.contains('_') || inner.contains('#') || inner.starts_with("--");
            if is_name && !inner.contains('`') {
                word.replacen(inner, &format!("`{inner}`"), 1)
            } else {
                word.replace('*', "\\*").replace('<', "\\<")
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_one_subject() {
        let of = |name| subject(name).unwrap();
        assert_eq!(
            of("show_databases_without_backup_definitions"),
            "Backup definitions"
        );
        assert_eq!(of("show_empty_backup_catalogs"), "Backup definitions");
        assert_eq!(of("show_backup_server_config"), "Backup servers");
        assert_eq!(of("show_restores_in_progress"), "Restores");
        assert_eq!(of("shell"), "The shell itself");
        for (subject, _) in SUBJECTS {
            assert!(ORDER.contains(&subject), "{subject} is not in the order");
        }
    }
}
