//! The examples of the reference: what the transcripts of the shell's tests show for a command.
//!
//! The first use that went well is taken, one that shows something before one that shows an empty list. A transcript
//! chooses another with a line `# example` before it.

use std::fs;
use std::path::Path;

use crate::{DocumentError, read};

/// What stands before every line that is typed.
const PROMPT: &str = "[pgbackman]$ ";

/// The most lines of an answer that the reference shows.
const MOST_LINES: usize = 44;

/// A command as it was typed in a transcript, and all that was shown until the next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excerpt {
    typed: String,
    shown: Vec<String>,
    chosen: bool,
}

impl Excerpt {
    fn went_well(&self) -> bool {
        !self
            .shown
            .iter()
            .any(|line| line.starts_with("[ERROR]") || line.starts_with("[ABORTED]"))
    }

    /// Whether it shows more than the headings of a table.
    fn is_full(&self) -> bool {
        let is_list = self.shown.last().is_some_and(|line| line.starts_with('+'));
        let rows = self.shown.iter().filter(|line| line.starts_with('|'));
        !is_list || rows.count() > 1
    }

    /// The text of the example, cut where it gets long.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{PROMPT}{}\n", self.typed);
        for line in self.shown.iter().take(MOST_LINES) {
            text.push_str(line);
            text.push('\n');
        }
        if self.shown.len() > MOST_LINES {
            text.push_str("[…]\n");
        }
        text
    }
}

/// All excerpts of all transcripts of a directory, in order.
///
/// # Errors
///
/// When one cannot be read, or chooses an example that its answers do not have.
pub(crate) fn all(directory: &Path) -> Result<Vec<Excerpt>, DocumentError> {
    let cannot = |source| DocumentError::Read {
        path: directory.to_owned(),
        source,
    };
    let mut scripts = Vec::new();
    for entry in fs::read_dir(directory).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|end| end == "in") {
            scripts.push(path);
        }
    }
    scripts.sort();
    let mut excerpts = Vec::new();
    for script in scripts {
        let answers = read(&script.with_extension("out"))?;
        excerpts.extend(of_transcript(&read(&script)?, &answers)?);
    }
    Ok(excerpts)
}

/// The excerpts of one transcript.
fn of_transcript(script: &str, answers: &str) -> Result<Vec<Excerpt>, DocumentError> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for line in answers.lines() {
        if let Some(typed) = line.strip_prefix(PROMPT) {
            excerpts.push(Excerpt {
                typed: typed.to_owned(),
                shown: Vec::new(),
                chosen: false,
            });
        } else if let Some(excerpt) = excerpts.last_mut() {
            excerpt.shown.push(line.to_owned());
        }
    }
    for (typed, count) in choices(script) {
        let found = excerpts
            .iter_mut()
            .filter(|excerpt| excerpt.typed == typed)
            .nth(count);
        match found {
            Some(excerpt) => excerpt.chosen = true,
            None => {
                return Err(DocumentError::Missing(format!(
                    "the transcripts do not contain `{typed}`, which is selected as an example"
                )));
            }
        }
    }
    Ok(excerpts)
}

/// The lines behind `# example`, as the answers show them, and how many times the same line stands before them.
fn choices(script: &str) -> Vec<(String, usize)> {
    let lines: Vec<String> = script
        .lines()
        .map(|line| line.replace("${port}", "<pt#>"))
        .collect();
    (1..lines.len())
        .filter(|at| lines[at - 1].trim() == "# example")
        .map(|at| {
            let before = lines[..at].iter().filter(|line| **line == lines[at]);
            (lines[at].clone(), before.count())
        })
        .collect()
}

/// The best of the excerpts that fit.
fn best(excerpts: &[Excerpt], fits: impl Fn(&str) -> bool) -> Option<&Excerpt> {
    excerpts
        .iter()
        .filter(|excerpt| excerpt.went_well() && fits(&excerpt.typed))
        .min_by_key(|excerpt| (!excerpt.chosen, !excerpt.is_full()))
}

/// The example of a command without parameters, for which it asks or which it does not need.
pub(crate) fn bare<'a>(excerpts: &'a [Excerpt], command: &str) -> Option<&'a Excerpt> {
    best(excerpts, |typed| typed == command)
}

/// The example of a command with parameters.
pub(crate) fn with_words<'a>(excerpts: &'a [Excerpt], command: &str) -> Option<&'a Excerpt> {
    best(excerpts, |typed| {
        typed
            .strip_prefix(command)
            .is_some_and(|words| words.starts_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_use_that_went_well_and_shows_something_is_taken_unless_another_is_chosen() {
        let answers = "[pgbackman]$ show_x 1\n[ERROR]: no\n\
                       [pgbackman]$ show_x 2\n+-+\n|a|\n+-+\n+-+\n\
                       [pgbackman]$ show_x 3\n+-+\n|a|\n+-+\n|1|\n+-+\n\
                       [pgbackman]$ show_x 3\n+-+\n|a|\n+-+\n|2|\n+-+\n\
                       [pgbackman]$ show_xy\nz\n";
        let script = "show_x 1\nshow_x 2\nshow_x 3\nshow_x 3\nshow_xy\n";
        let excerpts = of_transcript(script, answers).unwrap();
        let example = with_words(&excerpts, "show_x").unwrap();
        assert!(example.text().contains("|1|"));
        assert_eq!(bare(&excerpts, "show_x"), None);
        assert_eq!(
            bare(&excerpts, "show_xy").unwrap().text(),
            "[pgbackman]$ show_xy\nz\n"
        );

        let script = "show_x 1\nshow_x 2\nshow_x 3\n# example\nshow_x 3\nshow_xy\n";
        let excerpts = of_transcript(script, answers).unwrap();
        let example = with_words(&excerpts, "show_x").unwrap();
        assert!(example.text().contains("|2|"));
    }
}
