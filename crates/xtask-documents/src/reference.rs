//! The reference of the shell's commands: from their declarations, with examples from the transcripts.

use std::fmt::Write as _;

use pgbackman_shell::commands;
use pgbackman_shell::declaration::help;
use pgbackman_shell::declaration::spec::{Parameter, Spec, Subject};

use crate::DocumentError;
use crate::examples::{self, Excerpt};

const INTRODUCTION: &str = "\
# The shell's commands

Made from the commands' declarations and from the transcripts of the tests by `cargo xtask docs`: the examples are what
the shell really answered. In them `YYYY-MM-DD HH:MM:SS`, `MM HH` and `<pt#>` stand for times, random minutes and hours,
and ports, which differ in every run.

Every command runs in three forms. Without parameters it asks for each, with the default in brackets; with parameters it
takes all of them in the order given here, or some of them by name. [The shell](shell.md) tells what holds for all of them:
quoting, names, defaults, filters, output formats. `help COMMAND` shows the same at the prompt, and Tab completes commands and values.
";

/// The whole page.
///
/// # Errors
///
/// When no transcript shows a command.
pub(crate) fn page(excerpts: &[Excerpt]) -> Result<String, DocumentError> {
    let mut contents = String::new();
    let mut body = String::new();
    for subject in Subject::ALL {
        let heading = subject.heading();
        let specs: Vec<&Spec> = commands::all()
            .map(|entry| entry.spec)
            .filter(|spec| spec.subject == subject)
            .collect();
        if specs.is_empty() {
            continue;
        }
        let _ = write!(
            contents,
            "\n**[{heading}](#{})**\n\n| | |\n| --- | --- |\n",
            heading.to_lowercase().replace(' ', "-")
        );
        let _ = write!(body, "\n## {heading}\n");
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
        pgbackman_shell::declaration::spec::Asked::Never => "–".to_owned(),
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
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let is_around =
                |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':' | '(' | ')');
            let inner = word.trim_matches(is_around);
            let is_name = inner.contains('_') || inner.contains('#') || inner.starts_with("--");
            if is_name && !inner.contains('`') {
                word.replacen(inner, &format!("`{inner}`"), 1)
            } else {
                word.replace('*', "\\*").replace('<', "\\<")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_code_also_at_the_end_of_a_line() {
        assert_eq!(
            prose("It has succeeded.\nshow_clones (and --list) show\n#all_databases#."),
            "It has succeeded.\n`show_clones` (and `--list`) show\n`#all_databases#`."
        );
    }
}
