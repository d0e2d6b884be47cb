//! A pager for lists that are longer than the screen, as users of `psql` know it.
//!
//! The list is first written to an unnamed file, which the pager reads: the operator may look at it for hours without
//! keeping a transaction of the catalogue open.

use std::fs::File;
use std::io::{self, Seek as _};
use std::process::{Command, Stdio};

use pgbackman_core::config::Environment;

use crate::line::lexer::{self, Word};

/// The variables that name a pager; the first that is set counts.
const VARIABLES: [&str; 2] = ["PGBACKMAN_PAGER", "PAGER"];

/// The default options of `less`: show colours, chop long lines, since tables are wide, and leave the text on the
/// screen.
const LESS: &str = "RSX";

/// The default pager, if it is installed.
const USUAL: &str = "less";

/// The size of a screen in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// From left to right.
    pub columns: usize,
    /// From top to bottom.
    pub rows: usize,
}

impl Screen {
    /// Whether this number of lines of this width exceeds the screen, including the next prompt.
    pub fn is_less_than(self, lines: usize, width: usize) -> bool {
        lines >= self.rows || width > self.columns
    }
}

/// The operator's pager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    words: Vec<String>,
    knows_less: bool,
}

impl Pager {
    /// The pager that the environment names, split as a POSIX shell splits words; no shell runs it.
    pub fn of(environment: &Environment) -> Option<Self> {
        let words = match VARIABLES.iter().find_map(|name| environment.var(name)) {
            Some(line) => lexer::split(line)
                .ok()?
                .into_iter()
                .map(Word::into_text)
                .collect(),
            // An empty variable means that none is wanted.
            None if VARIABLES.iter().any(|name| environment.is_set(name)) => Vec::new(),
            None if is_installed(environment, USUAL) => vec![USUAL.to_owned()],
            None => Vec::new(),
        };
        (!words.is_empty()).then(|| Self {
            words,
            knows_less: environment.var("LESS").is_some(),
        })
    }

    /// Shows the contents of a file until the operator leaves the pager.
    ///
    /// # Errors
    /// If the pager cannot be started; the file can then be read from its beginning.
    pub fn show(&self, mut file: &File) -> io::Result<()> {
        file.rewind()?;
        let (program, arguments) = self.words.split_first().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::from(file.try_clone()?));
        if !self.knows_less {
            command.env("LESS", LESS);
        }
        // The exit status of the pager does not matter.
        command.status().map(drop)
    }

    /// Its name in messages.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

/// Whether a directory of the search path has the program.
fn is_installed(environment: &Environment, program: &str) -> bool {
    let path = environment.var("PATH").unwrap_or_default();
    std::env::split_paths(path).any(|directory| directory.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_fits_the_screen_needs_no_pager() {
        let screen = Screen {
            columns: 80,
            rows: 24,
        };
        for (lines, width, is_less) in [
            (23, 80, false),
            (24, 80, true),
            (12, 81, true),
            (0, 0, false),
        ] {
            assert_eq!(
                screen.is_less_than(lines, width),
                is_less,
                "{lines} {width}"
            );
        }
    }

    #[test]
    fn the_environment_names_the_pager() {
        let with = |variables: &[(&str, &str)]| {
            let environment = variables.iter().fold(
                Environment::new(1000, "somebody"),
                |environment, (name, value)| environment.with_var(*name, *value),
            );
            Pager::of(&environment).map(|pager| pager.words)
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("PAGER", "")]), None);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        assert_eq!(with(&[("PATH", path)]), None);
        std::fs::write(directory.path().join("less"), "").unwrap();
        assert_eq!(with(&[("PATH", path)]), Some(vec!["less".to_owned()]));
        assert_eq!(with(&[("PATH", path), ("PAGER", "")]), None);
        assert_eq!(
            with(&[("PAGER", "less -R")]),
            Some(vec!["less".to_owned(), "-R".to_owned()])
        );
        assert_eq!(
            with(&[("PAGER", "less"), ("PGBACKMAN_PAGER", "more")]),
            Some(vec!["more".to_owned()])
        );
    }
}
