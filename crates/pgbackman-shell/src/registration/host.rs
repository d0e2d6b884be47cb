//! Host name and domain of a server or node that is being registered.

use pgbackman_core::domain::server::takes_no_domain;

use crate::values::answers::Answers;

/// A machine's name in the two parts in which the catalogue keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The host name, an IP address, or a socket directory.
    pub hostname: String,
    /// The domain; empty for a host name that takes none.
    pub domain: String,
}

impl Host {
    /// Reads the answers `hostname` and `domain`. An IP address, a socket directory and a name that ends in a dot take no
    /// domain, whatever was answered; the dot has done its work then and goes (`docs/spec/shell.md`).
    pub fn read(answers: &Answers) -> Self {
        let hostname = answers.text("hostname");
        if takes_no_domain(hostname) {
            let bare = hostname.strip_suffix('.').unwrap_or(hostname);
            return Self {
                hostname: bare.to_owned(),
                domain: String::new(),
            };
        }
        Self {
            hostname: hostname.to_owned(),
            domain: answers.text("domain").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_complete_takes_no_domain() {
        for (typed, hostname, domain) in [
            ("pg-node01", "pg-node01", "example.net"),
            ("10.0.0.1", "10.0.0.1", ""),
            ("/run/postgresql", "/run/postgresql", ""),
            ("db.example.com.", "db.example.com", ""),
        ] {
            let mut answers = Answers::default();
            answers.push("hostname", typed, true);
            answers.push("domain", "example.net", false);
            assert_eq!(
                Host::read(&answers),
                Host {
                    hostname: hostname.to_owned(),
                    domain: domain.to_owned()
                }
            );
        }
    }
}
