//! `cargo xtask docs`: the pages of the manual that are made from the code, and the whole manual as HTML.

mod check;
mod diagram;
mod html;
mod markdown;
mod roff;
mod site;

use std::fs;
use std::path::PathBuf;

use crate::process::run;
use crate::task::{Context, Result, TaskError, say, step};
use crate::workspace;

/// What `cargo xtask docs --help` answers.
const USAGE: &str = "\
Usage: cargo xtask docs [--only-html] [--output DIR]

Writes docs/manual/commands.md anew, from the declarations of the shell's commands and the transcripts of the tests (the
test that compares them is the one that writes it), the completion scripts of all programs, and then the whole manual with
the programs' manual pages as HTML.

  --only-html   leave docs/manual/commands.md and completions/ as they are: nothing is built
  --output DIR  where the HTML goes, instead of target/docs";

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
/// When a page cannot be made, or a link leads nowhere.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let root = workspace::root()?;
    if !options.only_html {
        step("the reference of the shell's commands, and the completion scripts");
        run(workspace::cargo(&root, false)
            .env("PGBACKMAN_WRITE_DOCUMENTS", "yes")
            .args(["test", "--quiet", "--package", "pgbackman-tests"])
            .args(["--test", "it", "--", "documents::reference::the_manual_has"])
            .arg("documents::completions::the_completion_scripts"))?;
        say("docs/manual/commands.md and completions/ are written");
    }
    step("the manual as HTML");
    let directory = options
        .output
        .unwrap_or_else(|| workspace::target_directory(&root).join("docs"));
    let pages = site::pages(&root)?;
    let mut broken = check::broken_in_sources(&root)?;
    broken.extend(check::broken_in_pages(&pages));
    broken.extend(check::broken_diagrams(&root)?);
    fs::create_dir_all(&directory).context(|| format!("could not make {}", directory.display()))?;
    for page in &pages {
        let path = directory.join(&page.name);
        fs::write(&path, &page.html).context(|| format!("could not write {}", path.display()))?;
    }
    if !broken.is_empty() {
        return Err(TaskError::new(format!(
            "links or lines that lead nowhere:\n  {}",
            broken.join("\n  ")
        )));
    }
    say(&format!(
        "{} pages: {}",
        pages.len(),
        directory.join("index.html").display()
    ));
    Ok(())
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
