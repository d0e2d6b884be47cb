//! Why a configuration was refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One thing wrong in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line it is in, counted from 1.
    pub line: usize,
    /// Where and what: section, key and value; never the value of a key that holds a password.
    pub what: String,
    /// What is allowed there.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}: {}", self.line, self.what, self.allowed)
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file does not exist or cannot be read.
    #[error("could not read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something it may not; every problem is listed.
    #[error("{}", list(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
    /// The file is one of PgBackMan 1.x.
    #[error(
        "{path}, line {line}: this is an INI file of PgBackMan 1.x; PgBackMan 2 reads TOML, where a text is in quotes: \
         {example}. `pgbackman --convert-config {path}` prints the same settings as TOML",
        path = path.display()
    )]
    LegacyIni {
        /// The file.
        path: PathBuf,
        /// The first line that TOML would read otherwise, or not at all.
        line: usize,
        /// That line as TOML wants it.
        example: String,
    },
    /// Somebody else could change the file, and with it what this process does.
    #[error("the configuration file {} was ignored: {reason}", path.display())]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// Whose it is or who can write it, and what to do.
        reason: String,
    },
}

fn list(path: &std::path::Path, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}, {problem}", path.display()))
        .collect();
    lines.join("\n")
}
