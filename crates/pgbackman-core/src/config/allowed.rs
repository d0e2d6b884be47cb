//! What a key of the configuration takes.

use thiserror::Error;

/// What may stand there instead of a value that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Allowed {
    /// One word of a list.
    #[error("allowed are {}", .0.join(", "))]
    Words(Vec<&'static str>),
    /// A text.
    #[error("a text in quotes is allowed, without control characters")]
    Text,
    /// A password.
    #[error("a text in quotes is allowed")]
    Secret,
    /// A switch.
    #[error("allowed are \"ON\", \"OFF\", true, false")]
    Switch,
    /// A port.
    #[error("a port from 1 to 65535 is allowed")]
    Port,
    /// An address to listen at.
    #[error(
        "a numeric address with a port in quotes is allowed, like \"127.0.0.1:9788\" or \"[::1]:9788\""
    )]
    SocketAddress,
    /// Addresses to connect to.
    #[error("a numeric address in quotes is allowed, or several separated by commas")]
    Addresses,
    /// An amount of bytes.
    #[error("a number of bytes is allowed, or a text like \"500MB\", \"20GB\", \"1TB\"")]
    Bytes,
    /// A span of time.
    #[error(
        "a number of seconds is allowed, or a text like \"30s\", \"5min\", \"24h\", \"7d\", from 1ms to 10 years"
    )]
    Duration,
    /// A span of time, or none.
    #[error("{}; \"OFF\" for not at all", Self::Duration)]
    DurationOrOff,
    /// A path.
    #[error("an absolute path in quotes is allowed, without \"..\"")]
    Path,
    /// Several paths.
    #[error("a list of absolute paths is allowed, like [\"/srv/pgbackman\"], without \"..\"")]
    Paths,
    /// Whom to trust.
    #[error("an absolute path in quotes is allowed, or \"system\" for the system's authorities")]
    RootCertificate,
    /// Several texts.
    #[error("a list of texts in quotes is allowed, like [\"one\", \"two\"]")]
    Texts,
    /// A program with its arguments.
    #[error(
        "a list is allowed, the program by its absolute path and then its arguments, like \
         [\"/usr/local/bin/page\", \"--team\", \"dba\"]; no shell runs it"
    )]
    Command,
    /// The address of a web service.
    #[error(
        "an address in quotes is allowed that begins with \"https://\" or \"http://\", without blanks"
    )]
    Url,
    /// A number from the first to the second.
    #[error("a whole number from {0} to {1} is allowed")]
    Number(u8, u8),
    /// Megabytes.
    #[error("a whole number of megabytes from 0 is allowed")]
    Megabytes,
}
