//! What a key of the configuration takes.

use thiserror::Error;

/// What may stand there instead of a value that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Allowed {
    /// One word of a list.
    #[error("allowed values: {}", .0.join(", "))]
    Words(Vec<&'static str>),
    /// A text.
    #[error("expected a text in quotes, without control characters")]
    Text,
    /// A password.
    #[error("expected a text in quotes")]
    Secret,
    /// A switch.
    #[error("allowed values: \"ON\", \"OFF\", true, false")]
    Switch,
    /// A port.
    #[error("expected a port from 1 to 65535")]
    Port,
    /// An address to listen at.
    #[error(
        "expected a numeric address with a port in quotes, such as \"127.0.0.1:9788\" or \"[::1]:9788\""
    )]
    SocketAddress,
    /// Addresses to connect to.
    #[error("expected a numeric address in quotes, or several separated by commas")]
    Addresses,
    /// An amount of bytes.
    #[error("expected a number of bytes, or a text such as \"500MB\", \"20GB\", \"1TB\"")]
    Bytes,
    /// A span of time.
    #[error(
        "expected a number of seconds, or a text such as \"30s\", \"5min\", \"24h\", \"7d\", from 1ms to 10 years"
    )]
    Duration,
    /// A span of time, or none.
    #[error("{}; \"OFF\" disables it", Self::Duration)]
    DurationOrOff,
    /// A path.
    #[error("expected an absolute path in quotes, without \"..\"")]
    Path,
    /// Several paths.
    #[error("expected a list of absolute paths, such as [\"/srv/pgbackman\"], without \"..\"")]
    Paths,
    /// Whom to trust.
    #[error(
        "expected an absolute path in quotes, or \"system\" for the system's certificate authorities"
    )]
    RootCertificate,
    /// Several texts.
    #[error("expected a list of texts in quotes, such as [\"one\", \"two\"]")]
    Texts,
    /// A program with its arguments.
    #[error(
        "expected a list with the absolute path of the program and its arguments, such as [\"/usr/local/bin/page\", \
         \"--team\", \"dba\"]; no shell is used"
    )]
    Command,
    /// The address of a web service.
    #[error(
        "expected an address in quotes that begins with \"https://\" or \"http://\", without spaces"
    )]
    Url,
    /// A number from the first to the second.
    #[error("expected a whole number from {0} to {1}")]
    Number(u8, u8),
    /// Megabytes.
    #[error("expected a whole number of megabytes, at least 0")]
    Megabytes,
}
