//! Why a connection could not be made.

use std::fmt;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::settings_error::SettingsError;
use crate::error::with_causes;

/// What kept a connection from being made, for whoever decides how to continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectFailure {
    /// A setting is wrong, or a file that it names does not do; trying again will not help.
    Settings(SettingsError),
    /// The library takes the settings, but not together.
    Configuration(String),
    /// Nobody answers at that place: refused, unknown host, no socket.
    Unreachable(String),
    /// There was no answer within the time.
    Timeout(Duration),
    /// TLS could not be agreed on, or the certificate is not trusted.
    Tls(String),
    /// The server answered and refused, for instance the password or the database.
    Refused {
        /// The server's message with its detail.
        message: String,
        /// The SQLSTATE.
        code: String,
    },
    /// A connection pooler answers, behind which a session is not one.
    Pooler(String),
    /// The server's session is not of the kind asked for by `target_session_attrs`.
    WrongKind(String),
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => write!(out, "{error}"),
            Self::Configuration(reason)
            | Self::Unreachable(reason)
            | Self::Tls(reason)
            | Self::Pooler(reason)
            | Self::WrongKind(reason) => out.write_str(reason),
            Self::Timeout(limit) => write!(out, "no answer within {} s", limit.as_secs_f64()),
            // PostgreSQL has no objection to our first message; PgBouncer refuses the settings in it.
            Self::Refused { message, code } if code == SqlState::PROTOCOL_VIOLATION.code() => {
                write!(
                    out,
                    "the server refused the connection: {message}; this looks like a connection pooler such as \
                     PgBouncer, which does not support the settings of a backup's sessions: register the PostgreSQL \
                     server itself, with its own host and port"
                )
            }
            Self::Refused { message, .. } => {
                write!(out, "the server refused the connection: {message}")
            }
        }
    }
}

impl ConnectFailure {
    /// Sorts what the client library reports.
    pub(super) fn from_library(error: &tokio_postgres::Error) -> Self {
        if let Some(refusal) = error.as_db_error() {
            let detail = refusal.detail().map(|detail| format!(" ({detail})"));
            return Self::Refused {
                message: format!("{}{}", refusal.message(), detail.unwrap_or_default()),
                code: refusal.code().code().to_owned(),
            };
        }
        // The library has no public kinds; its own first words tell them apart.
        let text = with_causes(error);
        let reason = text
            .strip_prefix("error connecting to server: ")
            .unwrap_or(&text)
            .to_owned();
        match error.to_string().as_str() {
            "error performing TLS handshake" => Self::Tls(reason),
            "invalid configuration" if text.ends_with("password missing") => Self::Refused {
                message: "the server requires a password, and none was found".to_owned(),
                code: SqlState::INVALID_PASSWORD.code().to_owned(),
            },
            "invalid configuration" => Self::Configuration(reason),
            "authentication error" => Self::Refused {
                message: reason,
                code: SqlState::INVALID_AUTHORIZATION_SPECIFICATION
                    .code()
                    .to_owned(),
            },
            _ => Self::Unreachable(reason),
        }
    }

    /// As whom the program runs, where a server that is reached by a socket may have compared the account with the role (`peer`). The
    /// SQLSTATE is that of any refusal without a password, so that the hint names a possibility.
    pub(super) fn account_hint(&self, account: &str, role: &str) -> Option<String> {
        if !self.may_depend_on_tls() || account == role || account.is_empty() {
            return None;
        }
        Some(format!(
            "this program runs as the operating system user \"{account}\"; if the server authenticates by user (peer), run it as the user \
             that may connect as \"{role}\": su - {role}, or su - pgbackman on a backup server"
        ))
    }

    /// Whether the server said that there is no rule for such a connection, which another use of TLS may change.
    pub(super) fn may_depend_on_tls(&self) -> bool {
        matches!(self, Self::Refused { code, .. }
            if code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION.code())
    }
}

/// A connection that could not be made: to what, and why, place by place. It never holds a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError {
    /// The database.
    pub dbname: String,
    /// The role.
    pub user: String,
    /// Each place that was tried, as "host db1, port 5432", with what went wrong there. A failure before the first
    /// attempt has no place.
    pub attempts: Vec<(Option<String>, ConnectFailure)>,
    /// What was noticed on the way and may explain the failure, as an ignored password file.
    pub notes: Vec<String>,
}

impl ConnectError {
    /// The failure of the last place tried.
    pub fn failure(&self) -> Option<&ConnectFailure> {
        self.attempts.last().map(|(_, failure)| failure)
    }

    /// Whether the server has no such database.
    pub fn lacks_database(&self) -> bool {
        self.is_refused_with(&[SqlState::INVALID_CATALOG_NAME])
    }

    /// Whether the role may be missing. A server says the same of a role that it does not let in.
    pub fn may_lack_role(&self) -> bool {
        self.is_refused_with(&[
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            SqlState::INVALID_PASSWORD,
        ])
    }

    /// Decided by the SQLSTATE: the text beside it may be in another language.
    fn is_refused_with(&self, states: &[SqlState]) -> bool {
        matches!(self.failure(), Some(ConnectFailure::Refused { code, .. })
            if states.iter().any(|state| state.code() == code))
    }

    /// Whether trying again later, with nothing changed by hand, may succeed.
    pub fn may_pass(&self) -> bool {
        self.attempts.iter().any(|(_, failure)| match failure {
            ConnectFailure::Unreachable(_)
            | ConnectFailure::Timeout(_)
            | ConnectFailure::WrongKind(_) => true,
            // Class 53 is a lack of resources, class 57 an intervention such as a shutdown.
            ConnectFailure::Refused { code, .. } => {
                code.starts_with("53") || code.starts_with("57")
            }
            ConnectFailure::Settings(_)
            | ConnectFailure::Configuration(_)
            | ConnectFailure::Tls(_)
            | ConnectFailure::Pooler(_) => false,
        })
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "could not connect to database \"{}\" as \"{}\"",
            self.dbname, self.user
        )?;
        for (index, attempt) in self.attempts.iter().enumerate() {
            // A place that refuses with TLS and without it for one reason is said once.
            if self.attempts[..index].contains(attempt) {
                continue;
            }
            let (place, failure) = attempt;
            let separator = if index == 0 { ": " } else { "; " };
            match place {
                Some(place) => write!(out, "{separator}{place}: {failure}")?,
                None => write!(out, "{separator}{failure}")?,
            }
        }
        for note in &self.notes {
            write!(out, " ({note})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConnectError {}

#[cfg(test)]
mod tests {
    use super::{ConnectError, ConnectFailure};

    #[test]
    fn f17_a_reason_is_said_once_however_often_a_place_gave_it() {
        let refused = |message: &str| {
            let failure = ConnectFailure::Refused {
                message: message.to_owned(),
                code: "28000".to_owned(),
            };
            (Some("host 127.0.0.1, port 5432".to_owned()), failure)
        };
        let error = ConnectError {
            dbname: "postgres".to_owned(),
            user: "x".to_owned(),
            attempts: vec![refused("no"), refused("no"), refused("no encryption")],
            notes: Vec::new(),
        };
        let text = error.to_string();
        assert_eq!(
            text.matches("refused the connection: no").count(),
            2,
            "{text}"
        );
        assert!(
            text.ends_with("refused the connection: no encryption"),
            "{text}"
        );
    }

    #[test]
    fn what_is_missing_is_told_by_the_code_in_any_language() {
        let refused = |message: &str, code: &str| ConnectError {
            dbname: "postgres".to_owned(),
            user: "pgbackman".to_owned(),
            attempts: vec![(
                None,
                ConnectFailure::Refused {
                    message: message.to_owned(),
                    code: code.to_owned(),
                },
            )],
            notes: Vec::new(),
        };
        let role = refused("Rolle »pgbackman« existiert nicht", "28000");
        assert!(role.may_lack_role() && !role.lacks_database());
        let database = refused("Datenbank »postgres« existiert nicht", "3D000");
        assert!(database.lacks_database() && !database.may_lack_role());
    }

    #[test]
    fn a_pooler_that_takes_no_settings_is_called_one() {
        let refused = |message: &str, code: &str| {
            let failure = ConnectFailure::Refused {
                message: message.to_owned(),
                code: code.to_owned(),
            };
            failure.to_string()
        };
        let said = refused("unsupported startup parameter: options", "08P01");
        assert!(
            said.contains("register the PostgreSQL server itself"),
            "{said}"
        );
        let said = refused("password authentication failed", "28P01");
        assert!(!said.contains("pooler"), "{said}");
    }
}
