//! Backup servers: machines that run jobs and keep backups.

use serde::{Deserialize, Serialize};

use super::ids::ServerId;
use super::status::ServerStatus;

/// A row of `backup_server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupServer {
    /// `server_id`.
    pub id: ServerId,
    /// Host name without the domain.
    pub hostname: String,
    /// Domain; empty for a name that takes none.
    pub domain: String,
    /// Whether it takes part.
    pub status: ServerStatus,
    /// The operator's remarks.
    pub remarks: String,
}

impl BackupServer {
    /// The name operators and the configuration use.
    pub fn fqdn(&self) -> String {
        fqdn(&self.hostname, &self.domain)
    }
}

/// `hostname.domain`; an empty domain leaves the host name as it is, and a trailing dot goes
/// (`docs/spec/shell.md`, "Rules common to all commands").
pub fn fqdn(hostname: &str, domain: &str) -> String {
    let bare = hostname.strip_suffix('.').unwrap_or(hostname);
    if domain.is_empty() {
        bare.to_owned()
    } else {
        format!("{bare}.{domain}")
    }
}

/// Whether a host name takes no domain: an IP address, an absolute socket directory, or a name that ends in a dot.
pub fn takes_no_domain(hostname: &str) -> bool {
    hostname.starts_with('/')
        || hostname.ends_with('.')
        || hostname.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_joined_where_the_name_takes_one() {
        assert_eq!(fqdn("pg-node01", "example.net"), "pg-node01.example.net");
        assert_eq!(fqdn("db.example.com.", ""), "db.example.com");
        for name in ["/var/run/postgresql", "10.0.0.1", "::1", "db."] {
            assert!(takes_no_domain(name), "{name}");
        }
        assert!(!takes_no_domain("pg-node01"));
    }
}
