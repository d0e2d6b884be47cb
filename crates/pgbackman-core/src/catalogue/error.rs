//! What can go wrong with the catalogue, told apart by what a caller does about it.

use std::error::Error as _;
use std::fmt;
use std::io;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::exit_code::{Exit, ExitCode};

/// The database refused a statement. Its own words, for the shell's EXCEPTION block (`docs/spec/shell.md`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE (`23503` for a foreign key).
    pub sqlstate: String,
    /// MESSAGE, in the database's language.
    pub message: String,
    /// DETAIL, where the database gave one.
    pub detail: Option<String>,
    /// HINT, where the database gave one.
    pub hint: Option<String>,
    /// The constraint that was violated.
    pub constraint: Option<String>,
    /// The table it belongs to.
    pub table: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " Hint: {hint}")?;
        }
        Ok(())
    }
}

/// Why something could not be asked of, or told to, the catalogue.
#[derive(Debug, Error)]
pub enum CatalogError {
    /// The connection is lost, the server is shutting down or starting, or a time limit ended the statement. Trying
    /// again later can help.
    #[error("could not {action}: the catalogue database is not available: {reason}")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// The database refused; trying again does not help.
    #[error("could not {action}: {refusal}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// The database's own words.
        refusal: Box<Refusal>,
    },
    /// A row holds what this software does not understand.
    #[error("could not {action}: the catalogue contains an unexpected value: {reason}")]
    Decode {
        /// What was tried.
        action: &'static str,
        /// Which value, and what was expected.
        reason: String,
    },
    /// Nothing in the catalogue has this name or ID.
    #[error("{kind} [{value}] does not exist in the catalogue")]
    NotFound {
        /// What was looked for, in words.
        kind: &'static str,
        /// The name or ID.
        value: String,
    },
    /// A name means more than one row (trap 15b).
    #[error("{kind} [{value}] is ambiguous; it may be any of: {}", candidates.join(", "))]
    Ambiguous {
        /// What was looked for, in words.
        kind: &'static str,
        /// The name.
        value: String,
        /// Names that are not ambiguous.
        candidates: Vec<String>,
    },
}

impl CatalogError {
    /// Sorts a driver's error. `action` completes "could not …".
    pub fn from_postgres(action: &'static str, error: &tokio_postgres::Error) -> Self {
        if let Some(database) = error.as_db_error() {
            if is_passing(database.code()) {
                return Self::Unavailable {
                    action,
                    reason: database.message().to_owned(),
                };
            }
            return Self::Refused {
                action,
                refusal: Box::new(Refusal {
                    sqlstate: database.code().code().to_owned(),
                    message: database.message().to_owned(),
                    detail: database.detail().map(str::to_owned),
                    hint: database.hint().map(str::to_owned),
                    constraint: database.constraint().map(str::to_owned),
                    table: database.table().map(str::to_owned),
                }),
            };
        }
        let cause = error.source();
        let reason = cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
        if error.is_closed() || cause.is_some_and(<dyn std::error::Error>::is::<io::Error>) {
            Self::Unavailable { action, reason }
        } else {
            Self::Decode { action, reason }
        }
    }

    /// The database's own words, where it refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Whether the server itself is in trouble, whatever was asked: it lacks room or memory (class 53), a file of it cannot be
    /// read (58), its configuration is wrong (F0), or a library does not load and the like (XX). That says nothing of what was
    /// to be registered: a package that was replaced under the server ends so, and a restart mends it.
    pub fn is_of_server(&self) -> bool {
        let state = self.refusal().map_or("", |refusal| &refusal.sqlstate);
        ["53", "58", "F0", "XX"]
            .iter()
            .any(|class| state.starts_with(class))
    }

    /// Whether trying again later can help.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl From<CatalogError> for Exit {
    fn from(error: CatalogError) -> Self {
        Self {
            code: if error.is_unavailable() {
                ExitCode::CatalogueUnavailable
            } else {
                ExitCode::Failure
            },
            reason: error.to_string(),
        }
    }
}

/// For `map_err(sql("register a backup server"))`.
pub(crate) fn sql(action: &'static str) -> impl Fn(tokio_postgres::Error) -> CatalogError + Copy {
    move |error| CatalogError::from_postgres(action, &error)
}

/// Whether a state passes by itself: connection exceptions (class 08), operator intervention (class 57, which has
/// shutdown, start-up and `statement_timeout`), `too_many_connections`, `lock_not_available`, and the two states that
/// ask for the transaction to be run again (PostgreSQL manual, appendix A).
fn is_passing(state: &SqlState) -> bool {
    let code = state.code();
    code.starts_with("08")
        || code.starts_with("57")
        || matches!(code, "53300" | "55P03" | "40001" | "40P01")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_shuts_down_is_unavailable_and_a_broken_rule_is_not() {
        for passing in ["08006", "57P01", "57P03", "57014", "53300", "40P01"] {
            assert!(is_passing(&SqlState::from_code(passing)), "{passing}");
        }
        for lasting in ["23503", "23505", "42501", "42P01", "P0001", "22P02"] {
            assert!(!is_passing(&SqlState::from_code(lasting)), "{lasting}");
        }
    }
}
