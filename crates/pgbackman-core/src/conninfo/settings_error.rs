//! What is wrong with a connection's settings.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::SslMode;

/// A connection setting, or a file that one names, that does not do. No variant holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// libpq has no such keyword.
    #[error("unknown connection keyword `{0}`")]
    UnknownKeyword(String),
    /// A demand on security that this program cannot meet.
    #[error("{keyword} = {value} is not supported")]
    NotSupported {
        /// The keyword.
        keyword: &'static str,
        /// What it is set to.
        value: String,
    },
    /// A value that the keyword does not take.
    #[error("{keyword} = {value}: {allowed}")]
    Value {
        /// The keyword.
        keyword: String,
        /// What it is set to.
        value: String,
        /// What may stand there.
        allowed: Allowed,
    },
    /// No setting names the role, and the process's user has no name.
    #[error("no role is specified, and this process's user has no name")]
    NoRole,
    /// A combination that libpq refuses as too weak.
    #[error("sslmode = {} is too weak with {with}", mode.as_str())]
    TooWeak {
        /// The mode.
        mode: SslMode,
        /// What demands a stronger one, and which.
        with: &'static str,
    },
    /// `host` and `hostaddr` are lists of different lengths.
    #[error(
        "host lists {hosts} names and hostaddr {addresses} addresses; there must be as many of each"
    )]
    HostsAndAddresses {
        /// How many names there are.
        hosts: usize,
        /// How many addresses.
        addresses: usize,
    },
    /// `port` is a list of another length than that of the hosts.
    #[error("port lists {ports} ports for {hosts} hosts")]
    PortsAndHosts {
        /// How many ports there are.
        ports: usize,
        /// How many hosts.
        hosts: usize,
    },
    /// A name that begins with `@`.
    #[error("host = {0}: abstract sockets are not supported")]
    AbstractSocket(String),
    /// The service file.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// What a keyword takes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Allowed {
    /// One word of a list.
    #[error("allowed values: {}", .0.join(", "))]
    Words(Vec<&'static str>),
    /// A number.
    #[error("expected a whole number, at least 0")]
    Number,
    /// A port.
    #[error("expected a port from 1 to 65535")]
    Port,
    /// An IP address.
    #[error("expected a numeric address")]
    Address,
}

/// Why a service's settings cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// A file that is there cannot be read.
    #[error("could not read the service file {}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No file has the service.
    #[error("the service `{name}` is defined in none of {}", shown(files))]
    Undefined {
        /// The service.
        name: String,
        /// Where it was looked for.
        files: Vec<PathBuf>,
    },
    /// A line of the service does not do.
    #[error("{}, line {line}: {fault}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
}

/// What is wrong with a line of a service file. The line is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineFault {
    /// libpq would ask a directory server.
    #[error("LDAP lookups are not supported")]
    Ldap,
    /// It has no `=`.
    #[error("expected a line `keyword=value`")]
    NoValue,
    /// It names a service.
    #[error("a service cannot refer to another one")]
    Nested,
    /// libpq has no such keyword.
    #[error("unknown connection keyword `{0}`")]
    UnknownKeyword(String),
}

/// Why TLS cannot be set up as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// The library refuses something that is no setting's fault.
    #[error("{0}")]
    Library(String),
    /// A file that a setting names does not do.
    #[error("{keyword} {}: {reason}", file.display())]
    File {
        /// The setting.
        keyword: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system or the library says of it.
        reason: String,
    },
    /// A mode that verifies has nothing to verify with.
    #[error(
        "sslmode = {} needs a root certificate, and {default}; set sslrootcert to the authority's certificate, or \
         to `system` for the system's authorities",
        mode.as_str()
    )]
    NoRootCertificate {
        /// The mode.
        mode: SslMode,
        /// Where one was looked for.
        default: DefaultFile,
    },
    /// A certificate without its key.
    #[error("the certificate {} has no key; set sslkey", .0.display())]
    NoKey(PathBuf),
    /// Others can read the key.
    #[error(
        "the key {} is refused: its mode is {mode:04o}, and others must not be able to read it; `chmod {wanted}`",
        file.display()
    )]
    OpenKey {
        /// The key.
        file: PathBuf,
        /// Its mode.
        mode: u32,
        /// The widest mode that is taken.
        wanted: &'static str,
    },
    /// Key and certificate are not a pair.
    #[error("the key {} does not match the certificate {}: {reason}", key.display(), certificate.display())]
    NoPair {
        /// The key.
        key: PathBuf,
        /// The certificate.
        certificate: PathBuf,
        /// What the library says.
        reason: String,
    },
}

/// The file in the home directory that stands for a setting which is not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefaultFile {
    /// It is not there.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// There is no home directory.
    #[error("there is no home directory in which to look for one")]
    NoHome,
}

fn shown(files: &[PathBuf]) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    files.join(", ")
}
