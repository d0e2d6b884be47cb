//! What is wrong with a value, in words that follow it: `"x" is not a port`.

use thiserror::Error;

/// Why a text is refused by the check of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// Nothing was given where something must be.
    #[error("is empty")]
    Empty,
    /// No text of PostgreSQL may have one.
    #[error("contains a NUL")]
    Nul,
    /// Its place is a line.
    #[error("contains a line break")]
    LineBreak,
    /// No TCP port.
    #[error("is not a port")]
    Port,
    /// No number that a definition may keep.
    #[error("is not a number of backups")]
    Redundancy,
    /// No status of a definition.
    #[error("is not a job status")]
    JobStatus,
    /// No status of a server or node.
    #[error("is not a status")]
    ServerStatus,
    /// A path that depends on where somebody stands.
    #[error("is not an absolute path")]
    Path,
    /// No major version.
    #[error("is not a release of PostgreSQL")]
    Release,
    /// No answer to a question.
    #[error("is neither yes nor no")]
    YesOrNo,
    /// A code that is known and does nothing.
    #[error("is a code that nothing implements")]
    UnusedCode,
    /// No code.
    #[error("is not a backup code")]
    Code,
    /// Encryption is asked for.
    #[error(
        "is refused, because encrypted backups do not exist yet and a plain one must not pass for one"
    )]
    Encryption,
    /// No truth value.
    #[error("is neither true nor false")]
    TrueOrFalse,
    /// No host name, address or socket directory.
    #[error("is not a host name")]
    Hostname,
    /// No DNS domain.
    #[error("is not a domain")]
    Domain,
    /// What would not stay one word of a crontab's MAILTO.
    #[error("is not an e-mail address")]
    Email,
}
