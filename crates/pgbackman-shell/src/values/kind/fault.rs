//! Problems with values; the message follows the value: `"x" is not a port`.

use thiserror::Error;

/// Why the check of a kind refuses a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// An empty value that is not allowed.
    #[error("is empty")]
    Empty,
    /// A NUL, which no text in PostgreSQL may contain.
    #[error("contains a NUL")]
    Nul,
    /// A line break where only one line is allowed.
    #[error("contains a line break")]
    LineBreak,
    /// Not a TCP port.
    #[error("is not a port")]
    Port,
    /// Not a number of backups to keep.
    #[error("is not a number of backups")]
    Redundancy,
    /// Not a status of a definition.
    #[error("is not a job status")]
    JobStatus,
    /// Not a status of a server or node.
    #[error("is not a status")]
    ServerStatus,
    /// A relative path.
    #[error("is not an absolute path")]
    Path,
    /// Not a major version.
    #[error("is not a release of PostgreSQL")]
    Release,
    /// Not an answer to a yes-or-no question.
    #[error("is neither yes nor no")]
    YesOrNo,
    /// A reserved code that is not implemented.
    #[error("is a reserved code that is not implemented")]
    UnusedCode,
    /// Not a backup code.
    #[error("is not a backup code")]
    Code,
    /// A request for encryption.
    #[error(
        "is refused, because encrypted backups are not available yet and a plain backup must not pass for one"
    )]
    Encryption,
    /// Not a boolean.
    #[error("is neither true nor false")]
    TrueOrFalse,
    /// Not a host name, address or socket directory.
    #[error("is not a host name")]
    Hostname,
    /// Not a DNS domain.
    #[error("is not a domain")]
    Domain,
    /// Not a single word of a crontab's MAILTO.
    #[error("is not an e-mail address")]
    Email,
}
