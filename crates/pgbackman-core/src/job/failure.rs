//! Why a run failed, in words for the catalogue, and the exit code that goes with it.

use std::error::Error;
use std::fmt::Display;

use crate::error::with_causes;
use crate::exit_code::ExitCode;

/// How long an error message in the catalogue may be, in characters.
const LONGEST_REASON: usize = 4_000;

/// A run's failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was tried, on what, and why it failed.
    pub reason: String,
    /// How the program ends.
    pub exit: ExitCode,
}

impl Failure {
    /// Something failed.
    pub fn failed(reason: impl Display) -> Self {
        Self {
            reason: sanitize(&reason.to_string()),
            exit: ExitCode::Failure,
        }
    }

    /// The local configuration does not allow it.
    pub fn refused(reason: impl Display) -> Self {
        Self {
            exit: ExitCode::Refused,
            ..Self::failed(reason)
        }
    }

    /// A signal or the time limit ended the run.
    pub fn interrupted(reason: impl Display) -> Self {
        Self {
            exit: ExitCode::Interrupted,
            ..Self::failed(reason)
        }
    }

    /// With `before` in front of the reason.
    #[must_use]
    pub fn context(self, before: impl Display) -> Self {
        Self {
            reason: sanitize(&format!("{before}: {}", self.reason)),
            ..self
        }
    }
}

/// For `map_err(doing("write the roles file"))`.
pub fn doing<E: Error + 'static>(action: impl Display) -> impl FnOnce(E) -> Failure {
    move |error| Failure::failed(format!("could not {action}: {}", with_causes(&error)))
}

/// A reason as the catalogue takes it: no password, no control character but line breaks, of bounded length.
pub fn sanitize(text: &str) -> String {
    let printable: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    let safe = without_passwords(&printable);
    match safe.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &safe[..end]),
        None => safe,
    }
}

/// Replaces what follows `password=` or `password '`, and the password of a `postgres://` address (trap 32): client programs
/// repeat connection strings in their messages.
fn without_passwords(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, length)) = find_secret(rest) {
        safe.push_str(&rest[..at]);
        safe.push_str("********");
        rest = &rest[at + length..];
    }
    safe.push_str(rest);
    safe
}

/// Where the next password stands, and how many bytes it takes.
fn find_secret(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let after_keyword = ["password=", "password '", "passwd="]
        .iter()
        .filter_map(|keyword| lower.find(keyword).map(|at| at + keyword.len()))
        .filter_map(|at| {
            non_empty(
                at,
                secret_length(&text[at..], at > 0 && text[..at].ends_with('\'')),
            )
        })
        .min();
    let in_address = ["postgres://", "postgresql://"]
        .iter()
        .filter_map(|scheme| {
            let start = lower.find(scheme)? + scheme.len();
            let end = text[start..]
                .find([' ', '\n', '/', '"'])
                .map_or(text.len(), |end| start + end);
            let host = start + text[start..end].rfind('@')?;
            let colon = start + text[start..host].find(':')? + 1;
            non_empty(colon, host - colon)
        });
    after_keyword.into_iter().chain(in_address).min()
}

/// A secret that is hidden already (or is empty) is no secret any more.
fn non_empty(at: usize, length: usize) -> Option<(usize, usize)> {
    (length > 0).then_some((at, length))
}

fn secret_length(text: &str, quoted: bool) -> usize {
    if text.starts_with("********") {
        return 0;
    }
    match text.strip_prefix('\'') {
        Some(inner) if !quoted => inner.find('\'').map_or(text.len(), |end| end + 2),
        _ if quoted => text.find('\'').unwrap_or(text.len()),
        _ => text.find(char::is_whitespace).unwrap_or(text.len()),
    }
}

/// Maximum number of items named in one message.
pub const NAMED: usize = 10;

/// The first [`NAMED`] of them, and that there are more.
pub fn some_of<'a>(all: impl IntoIterator<Item = &'a String>) -> String {
    let mut all = all.into_iter().map(String::as_str);
    let mut named: Vec<&str> = all.by_ref().take(NAMED).collect();
    if all.next().is_some() {
        named.push("and more");
    }
    named.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_things_some_are_named() {
        let all: Vec<String> = (1..=NAMED + 1).map(|number| number.to_string()).collect();
        assert_eq!(some_of(&all[..2]), "1; 2");
        assert!(some_of(&all[..NAMED]).ends_with("; 10"));
        assert!(some_of(&all).ends_with("; 10; and more"));
    }

    #[test]
    fn trap_32_a_reason_holds_no_password() {
        for (said, kept) in [
            (
                "connection to host=a password=s3cret failed",
                "connection to host=a password=******** failed",
            ),
            ("password='s3c ret' dbname=x", "password=******** dbname=x"),
            (
                "ALTER ROLE x PASSWORD 's3cret';",
                "ALTER ROLE x PASSWORD '********';",
            ),
            (
                "postgresql://me:s3cret@host/db and more",
                "postgresql://me:********@host/db and more",
            ),
            (
                "password authentication failed for user \"x\"",
                "password authentication failed for user \"x\"",
            ),
            (
                "password=a password=b",
                "password=******** password=********",
            ),
        ] {
            assert_eq!(sanitize(said), kept);
        }
    }

    #[test]
    fn a_reason_is_bounded_and_printable() {
        assert_eq!(sanitize("  a\tb\u{1b}[1m\nc  "), "a b [1m\nc");
        assert_eq!(
            sanitize(&"x".repeat(9_000)).chars().count(),
            LONGEST_REASON + 1
        );
    }
}
