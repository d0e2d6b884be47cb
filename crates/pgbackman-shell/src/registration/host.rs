//! Host name and domain of a server or node to be registered.

use pgbackman_core::domain::server::{fqdn, takes_no_domain};

use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// The name of a machine, in the two parts that the catalogue stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The host name, an IP address, or a socket directory.
    pub hostname: String,
    /// The domain; empty for a host name that takes none.
    pub domain: String,
}

impl Host {
    /// Reads the answers `hostname` and `domain`. An IP address, a socket directory and a name that ends in a dot
    /// have no domain, regardless of the answer; the dot is removed (`docs/spec/shell.md`).
    pub fn read(answers: &Answers) -> Self {
        let hostname = answers.text("hostname");
        if takes_no_domain(hostname) {
            let bare = hostname.strip_suffix('.').unwrap_or(hostname);
            return Self {
                hostname: bare.to_owned(),
                domain: String::new(),
            };
        }
        let domain = answers.text("domain");
        let bare = without_suffix(hostname, domain).unwrap_or(hostname);
        Self {
            hostname: bare.to_owned(),
            domain: domain.to_owned(),
        }
    }

    /// The whole name, as it will be shown.
    pub fn fqdn(&self) -> String {
        fqdn(&self.hostname, &self.domain)
    }
}

/// The domain of an FQDN that was typed where a host name is asked for.
pub fn domain_of(hostname: &str) -> Option<&str> {
    if takes_no_domain(hostname) {
        return None;
    }
    let (_, domain) = hostname.split_once('.')?;
    Some(domain)
}

/// The host name of an FQDN that ends in the domain.
fn without_suffix<'h>(hostname: &'h str, domain: &str) -> Option<&'h str> {
    let length = hostname.len().checked_sub(domain.len())?;
    let (bare, end) = hostname.split_at_checked(length)?;
    let bare = bare.strip_suffix('.').filter(|bare| !bare.is_empty())?;
    (!domain.is_empty() && end.eq_ignore_ascii_case(domain)).then_some(bare)
}

/// Shows the whole name before the confirmation.
pub fn told(_: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    let name = Host::read(answers).fqdn().to_lowercase();
    Ok(vec![format!("FQDN: {name}")])
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
            ("bar1.Example.net", "bar1", "example.net"),
            ("bar1.eu", "bar1.eu", "example.net"),
            ("example.net", "example.net", "example.net"),
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
