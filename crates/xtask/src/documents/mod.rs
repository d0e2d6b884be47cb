//! `cargo xtask docs`: the documents that are made from the code, and the manual as web pages.

mod book;
mod check;
mod markdown;
mod mdbook;
mod rendered;
mod words;

use std::path::PathBuf;

use crate::packages::{self, Purpose};
use crate::process::run;
use crate::task::{Result, TaskError, say, step};
use crate::workspace;

/// What `cargo xtask docs --help` answers.
const USAGE: &str = "\
Usage: cargo xtask docs [--only-html] [--output DIR]

Generates the documents that come from the code (crates/xtask-documents): docs/manual/commands.md, from the declarations of the
shell's commands and the transcripts of the tests; the OPTIONS sections of the man pages in docs/man; the JSON Schemas in
docs/schemas; and the completion scripts of all programs. Then it renders the manual and the man pages as HTML with mdBook and
mandoc, which it installs if they are missing.

  --only-html   only render HTML; builds no part of PgBackMan
  --output DIR  directory for the HTML pages (default: target/docs)";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    only_html: bool,
    output: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only-html" => options.only_html = true,
                "--output" => {
                    let directory = words
                        .next()
                        .ok_or_else(|| TaskError::new("--output needs a directory"))?;
                    options.output = Some(directory.into());
                }
                "-h" | "--help" => return Ok(None),
                unknown => return Err(TaskError::new(format!("unknown: {unknown}\n\n{USAGE}"))),
            }
        }
        Ok(Some(options))
    }
}

/// The task.
///
/// # Errors
///
/// When a document cannot be made, or a link leads nowhere.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let root = workspace::root()?;
    packages::ensure(Purpose::Documents, false)?;
    if !options.only_html {
        step("documents generated from the code");
        run(workspace::cargo(&root, false)
            .args(["run", "--package", "xtask-documents"])
            .args(workspace::quiet()))?;
    }
    step("the documents' links");
    found(&check::faults(&root)?)?;
    step("the manual as web pages");
    let target = workspace::target_directory(&root);
    let pages = options.output.unwrap_or_else(|| target.join("docs"));
    let pages = std::path::absolute(&pages)
        .map_err(|error| TaskError::new(format!("{}: {error}", pages.display())))?;
    let mdbook = mdbook::program(&root)?;
    book::make(&root, &mdbook, &target.join("book"), &pages)?;
    found(&rendered::broken(&pages)?)?;
    say(&pages.join("index.html").display().to_string());
    Ok(())
}

/// Refuses what was found.
fn found(faults: &[String]) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(TaskError::new(format!(
        "wrong in the documents:\n  {}",
        faults.join("\n  ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let options = Options::parse(&words("--only-html --output x"))
            .unwrap()
            .unwrap();
        assert_eq!(options.output, Some(PathBuf::from("x")));
        assert!(options.only_html);
        assert_eq!(Options::parse(&words("-h")).unwrap(), None);
        assert!(Options::parse(&words("--fast")).is_err());
        assert!(Options::parse(&words("--output")).is_err());
    }
}
