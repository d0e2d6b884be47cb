//! What is wrong with a word of the extra parameters.

use thiserror::Error;

use super::tool::Tool;
use crate::domain::pg_version::PgMajor;

/// Why a word is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WordFault {
    /// It is no option.
    #[error("only options are allowed, but {} does not read this as an option", .0.name())]
    NoOption(Tool),
    /// The client has no such option, or it is not in the list of those that are allowed or refused.
    #[error("{} has no option {option}, or PgBackMan does not support it", client(*tool, *major))]
    Unknown {
        /// The program.
        tool: Tool,
        /// Its version, where that is known.
        major: Option<PgMajor>,
        /// The option, with its dashes.
        option: String,
    },
    /// The beginning of several options.
    #[error("{option} may mean {}", candidates.join(" or "))]
    Ambiguous {
        /// What was given, with its dashes.
        option: String,
        /// The options that begin so.
        candidates: Vec<String>,
    },
    /// The option is never allowed.
    #[error("{option} is not allowed, because {reason}")]
    Forbidden {
        /// The option.
        option: String,
        /// Why, as the list of options has it.
        reason: &'static str,
    },
    /// The option comes without its value.
    #[error("{0} needs a value")]
    NoValue(String),
    /// The option comes with a value that it does not have.
    #[error("{0} takes no value")]
    SurplusValue(String),
    /// The option does not take this value.
    #[error("{option} takes {allowed}")]
    Value {
        /// The option.
        option: String,
        /// What it takes.
        allowed: Allowed,
    },
    /// Roles are mapped, and several connections restore.
    #[error("the names are replaced in one stream of SQL, so it cannot be combined with --jobs")]
    MappedInParallel,
    /// `--exactly` without a choice.
    #[error("it requires a selection: add -n, -t, -I, -P, -T or --select")]
    NothingChosen,
    /// A role has two mappings.
    #[error("this role is mapped twice")]
    MappedTwice,
    /// A role mapping without two names.
    #[error(
        "it takes old=new: the role in the backup, and the role of the target that replaces it"
    )]
    NoMapping,
}

/// Which values an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Allowed {
    /// A number from the first to the second.
    #[error("a whole number from {0} to {1}")]
    Number(i32, i32),
    /// One of these words.
    #[error("{}", .0.join(", "))]
    OneOf(&'static [&'static str]),
    /// A level of compression.
    #[error("a number from 0 to 9 before version 16")]
    Level,
    /// A level or a method of compression.
    #[error("a number from 0 to 9, or from version 16 on gzip, lz4, zstd or none, with :detail")]
    Compression,
}

fn client(tool: Tool, major: Option<PgMajor>) -> String {
    match major {
        Some(major) => format!("{} {major}", tool.name()),
        None => tool.name().to_owned(),
    }
}
