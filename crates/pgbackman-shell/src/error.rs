//! Errors of commands, how they are shown (`docs/spec/shell.md`, "Rules common to all commands"), and their exit
//! codes.

use std::io::{self, Write};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::constraints::{self, Rule};
use pgbackman_core::catalogue::schema::version::VersionMismatch;
use pgbackman_core::catalogue::schema::{SCHEMA_TAG, SCHEMA_VERSION};
use pgbackman_core::exit_code::ExitCode;
use thiserror::Error;

use crate::line::lexer::Unfinished;

/// The width of the lines around an exception.
const RULE: usize = 46;

/// Why a command failed.
#[derive(Debug)]
pub enum CommandError {
    /// The words of the line do not fit the command's parameters.
    Misused {
        /// The problem with them.
        misuse: Misuse,
        /// The forms that the command has.
        usage: Vec<String>,
    },
    /// Parameters for a command that has none.
    NoParameters,
    /// No such command.
    Unknown {
        /// The word as it was typed.
        name: String,
        /// Commands with similar names.
        nearest: Vec<&'static str>,
    },
    /// The line ends inside a quotation.
    Unfinished(Unfinished),
    /// The operator declined, or left the dialogue.
    Aborted,
    /// The operator declined where the command needs a yes; with the reason.
    Stopped(String),
    /// An invalid value, with what is allowed.
    Invalid(String),
    /// A value outside what the local configuration allows (`docs/spec/setup.md`, "What the catalogue may not decide").
    Forbidden(String),
    /// The catalogue or a node refused.
    Failed {
        /// What was tried, after "Could not".
        what: String,
        /// The reason, in the original words.
        message: String,
        /// Details of the reason, if there are any.
        detail: Option<String>,
    },
    /// The catalogue refused, or would refuse, for a reason that is explained for operators.
    Explained {
        /// What was tried, after "Could not".
        what: String,
        /// The reason, and what to do.
        words: String,
        /// The database's own message and details, if the database refused.
        exception: Option<(String, Option<String>)>,
    },
    /// The catalogue is unavailable.
    Unavailable(String),
    /// The connection ended during a change, so that it is unknown whether the change was made.
    Undecided(String),
    /// The catalogue is older than the software, and can be upgraded.
    Outdated {
        /// The catalogue's version, `n:tag`.
        found: String,
        /// How to resolve that.
        advice: String,
    },
    /// The versions of software and catalogue differ.
    Version(String),
    /// The configuration, or another file the shell needs, cannot be used.
    Configuration(String),
    /// The output cannot be written.
    Output(io::Error),
}

/// The problem with the words of a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misuse {
    /// No form has this number of words.
    #[error("Wrong number of parameters used.")]
    WrongCount,
    /// A parameter is given twice.
    #[error("Parameter [{0}] is given twice.")]
    Twice(String),
    /// A name that the command does not know.
    #[error("This command has no parameter [{0}].")]
    UnknownName(String),
    /// A value without a name after a named one.
    #[error(
        "[{word}] has no name and follows [{name}]: put values without a name before those with one."
    )]
    PositionAfterName {
        /// The value.
        word: String,
        /// The parameter that is named before it.
        name: String,
    },
    /// A parameter without a default is missing.
    #[error("Parameter [{0}] is missing.")]
    Missing(String),
}

impl CommandError {
    /// The exit code of `-C` and of a script that ends here.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Misused { .. }
            | Self::NoParameters
            | Self::Unknown { .. }
            | Self::Unfinished(_) => ExitCode::Usage,
            Self::Aborted | Self::Stopped(_) => ExitCode::Interrupted,
            Self::Invalid(_) | Self::Failed { .. } | Self::Explained { .. } | Self::Output(_) => {
                ExitCode::Failure
            }
            Self::Forbidden(_) => ExitCode::Refused,
            Self::Unavailable(_) | Self::Undecided(_) => ExitCode::CatalogueUnavailable,
            Self::Outdated { .. } | Self::Version(_) => ExitCode::VersionMismatch,
            Self::Configuration(_) => ExitCode::Configuration,
        }
    }

    /// Whether the reader of the output has gone (`pgbackman -C show_backup_catalog | head`); nothing is printed
    /// then.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The message for the operator, in whole lines.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = self.show(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Writes the message for the operator.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn show(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Misused { misuse, usage } => {
                writeln!(out, "[ERROR] - {misuse}")?;
                writeln!(out, "          Type help or \\? to list commands")?;
                usage
                    .iter()
                    .try_for_each(|form| writeln!(out, "          Usage: {form}"))
            }
            Self::NoParameters => {
                writeln!(out, "[ERROR] - This command does not accept parameters.")
            }
            Self::Unknown { name, nearest } => {
                writeln!(out, "[ERROR] - Unknown command: [{name}].")?;
                match nearest.as_slice() {
                    [] => writeln!(out, "          Type help or \\? to list commands"),
                    names => writeln!(out, "          Did you mean: {}?", names.join(", ")),
                }
            }
            Self::Unfinished(open) => writeln!(out, "[ERROR]: This line is not complete: {open}."),
            Self::Aborted => writeln!(out, "[ABORTED] Command interrupted by the user."),
            Self::Stopped(text) => writeln!(out, "[ABORTED]: {text}"),
            Self::Failed {
                what,
                message,
                detail,
            } => {
                writeln!(out, "[ERROR]: Could not {what}")?;
                exception(out, message, detail.as_deref())
            }
            Self::Explained {
                what,
                words,
                exception: own,
            } => {
                writeln!(out, "[ERROR]: Could not {what}")?;
                writeln!(out, "[ERROR]: {words}")?;
                own.as_ref().map_or(Ok(()), |(message, detail)| {
                    exception(out, message, detail.as_deref())
                })
            }
            Self::Outdated { advice, .. } => writeln!(out, "[ERROR]: {advice}"),
            Self::Invalid(text)
            | Self::Forbidden(text)
            | Self::Unavailable(text)
            | Self::Undecided(text)
            | Self::Version(text)
            | Self::Configuration(text) => writeln!(out, "[ERROR]: {text}"),
            Self::Output(error) => {
                writeln!(out, "[ERROR]: The output could not be written: {error}")
            }
        }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// An unknown or ambiguous name is an invalid value; other errors are the catalogue's.
impl From<CatalogError> for CommandError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Unavailable { .. } => Self::Unavailable(error.to_string()),
            CatalogError::Refused { action, refusal } => {
                let rule = refusal.constraint.as_deref().and_then(constraints::rule);
                let words = match rule {
                    Some(Rule::Taken(words)) => Some(words),
                    Some(Rule::Reference { used, .. }) if action.starts_with("delete ") => {
                        Some(used)
                    }
                    Some(Rule::Reference { gone, .. }) => Some(gone),
                    Some(Rule::Checked) | None => None,
                };
                let what = action.to_owned();
                let message = refusal.message;
                let detail = joined(refusal.detail, refusal.hint);
                match words {
                    Some(words) => Self::Explained {
                        what,
                        words: words.to_owned(),
                        exception: Some((message, detail)),
                    },
                    None => Self::Failed {
                        what,
                        message,
                        detail,
                    },
                }
            }
            CatalogError::Decode { action, reason } => Self::Failed {
                what: action.to_owned(),
                message: reason,
                detail: None,
            },
            CatalogError::NotFound { .. } | CatalogError::Ambiguous { .. } => {
                Self::Invalid(error.to_string())
            }
        }
    }
}

impl From<VersionMismatch> for CommandError {
    fn from(mismatch: VersionMismatch) -> Self {
        let advice = mismatch.to_string();
        match mismatch {
            VersionMismatch::Older { version, tag } => Self::Outdated {
                found: format!("{version}:{tag}"),
                advice,
            },
            VersionMismatch::OtherFunctions => Self::Outdated {
                found: format!(
                    "{SCHEMA_VERSION}:{SCHEMA_TAG}, with functions and views of another build"
                ),
                advice,
            },
            VersionMismatch::Newer { .. } | VersionMismatch::Unusable { .. } => {
                Self::Version(advice)
            }
            VersionMismatch::Catalog(error) => error.into(),
        }
    }
}

impl From<Unfinished> for CommandError {
    fn from(open: Unfinished) -> Self {
        Self::Unfinished(open)
    }
}

/// The database's detail and hint, if there are any.
fn joined(detail: Option<String>, hint: Option<String>) -> Option<String> {
    match (detail, hint) {
        (Some(detail), Some(hint)) => Some(format!("{}. {hint}", detail.trim_end_matches('.'))),
        (detail, hint) => detail.or(hint),
    }
}

fn exception(out: &mut dyn Write, message: &str, detail: Option<&str>) -> io::Result<()> {
    let rule = "-".repeat(RULE);
    writeln!(out, "{rule}\nEXCEPTION:\n{rule}\nMESSAGE: {message}")?;
    if let Some(detail) = detail {
        writeln!(out, "DETAIL : {detail}")?;
    }
    writeln!(out, "{rule}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_the_databases_own_words_between_lines() {
        let error = CommandError::Failed {
            what: "delete this backup server".to_owned(),
            message: "update or delete on table …".to_owned(),
            detail: Some("Key (server_id)=(2) is still referenced …".to_owned()),
        };
        let rule = "----------------------------------------------";
        assert_eq!(
            error.text(),
            format!(
                "[ERROR]: Could not delete this backup server\n{rule}\nEXCEPTION:\n{rule}\nMESSAGE: update or delete on \
                 table …\nDETAIL : Key (server_id)=(2) is still referenced …\n{rule}\n"
            )
        );
    }

    #[test]
    fn an_unknown_command_comes_with_the_nearest_names() {
        let nearest = vec!["show_pgsql_nodes"];
        let error = CommandError::Unknown {
            name: "show_pgsql_node".to_owned(),
            nearest,
        };
        assert_eq!(
            error.text(),
            "[ERROR] - Unknown command: [show_pgsql_node].\n          Did you mean: show_pgsql_nodes?\n"
        );
    }

    #[test]
    fn no_failure_exits_with_success() {
        for error in [
            CommandError::Misused {
                misuse: Misuse::WrongCount,
                usage: Vec::new(),
            },
            CommandError::Aborted,
            CommandError::Forbidden(String::new()),
        ] {
            assert_ne!(error.exit_code(), ExitCode::Success);
        }
    }
}
