//! The manual pages, held against what the programs say of themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::output;
use crate::programs::{self, Program};
use crate::task::{Result, TaskError, say, step};

/// Checks that every program has a page in `docs/man` that names every flag of its `--help`, and no other.
///
/// # Errors
///
/// Naming every page and flag that is missing or too many.
pub(crate) fn check(root: &Path, binaries: &Path) -> Result<()> {
    step("manual pages");
    let programs = programs::all(root)?;
    let mut wrong = Vec::new();
    for Program { name: program, .. } in &programs {
        let Some(page) = page_of(root, program) else {
            wrong.push(format!("docs/man has no page {program}.1 or {program}.8"));
            continue;
        };
        let in_help = long_flags(&help_of(&binaries.join(program))?);
        let in_page = long_flags(&without_markup(&page));
        for flag in in_help.iter().filter(|flag| !in_page.contains(flag)) {
            wrong.push(format!("the page of {program} does not describe {flag}"));
        }
        for flag in in_page.iter().filter(|flag| !in_help.contains(flag)) {
            wrong.push(format!(
                "the page of {program} describes {flag}, which --help does not list"
            ));
        }
    }
    if wrong.is_empty() {
        say(&format!(
            "{} programs, every option is described",
            programs.len()
        ));
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "errors in the manual pages:\n  {}",
            wrong.join("\n  ")
        )))
    }
}

/// What a program says of itself, and of its subcommands.
fn help_of(program: &Path) -> Result<String> {
    let mut help = output(Command::new(program).arg("--help"))?;
    for subcommand in subcommands(&help) {
        help += &output(Command::new(program).args([&subcommand, "--help"]))?;
    }
    Ok(help)
}

/// The subcommands that a help text lists under `Commands:`.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| {
            // A deeper line continues with the one above it.
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))?
                .split_whitespace()
                .next()
                .map(str::to_owned)
        })
        .filter(|word| word != "help")
        .collect()
}

/// A program's page, in the section for users' or for administrators' commands.
fn page_of(root: &Path, program: &str) -> Option<String> {
    ["1", "8"].iter().find_map(|section| {
        fs::read_to_string(root.join(format!("docs/man/{program}.{section}"))).ok()
    })
}

/// A page's text without changes of font, and with plain hyphens (groff_man(7)).
fn without_markup(page: &str) -> String {
    ["\\fB", "\\fI", "\\fR"]
        .iter()
        .fold(page.replace("\\-", "-"), |text, font| {
            text.replace(font, "")
        })
}

/// The `--flags` that a text names, each once.
fn long_flags(text: &str) -> Vec<String> {
    let mut flags: Vec<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.len() > 2 && word.starts_with("--"))
        .filter(|word| word.as_bytes()[2].is_ascii_alphabetic())
        .map(|word| word.trim_end_matches('-').to_owned())
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_from_help_and_page_alike() {
        let help = "  -c, --config <FILE>  read it\n      --help\n --def-id=7";
        assert_eq!(long_flags(help), ["--config", "--def-id", "--help"]);
        assert_eq!(
            long_flags(&without_markup("\\fB\\-\\-config\\fR \\fIFILE\\fR")),
            ["--config"]
        );
        assert!(long_flags("a -- b --- c -x").is_empty());
    }

    #[test]
    fn subcommands_are_read_from_help() {
        let help = "About.\n\nCommands:\n  database  On a server\n            that runs\n  embedded  Here\n  help      This\n\nOptions:\n  -h";
        assert_eq!(subcommands(help), ["database", "embedded"]);
        assert!(subcommands("Options:\n  --config").is_empty());
    }
}
