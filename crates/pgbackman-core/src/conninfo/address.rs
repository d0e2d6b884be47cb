//! Hosts, addresses and ports: the lists that libpq takes, as single places to try one after the other.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::settings::refused;
use super::settings_error::{Allowed, SettingsError};

/// Where servers put their sockets: Debian's and Red Hat's directory, and PostgreSQL's own default.
pub(super) const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

pub(super) const DEFAULT_PORT: u16 = 5432;

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostAddress {
    /// The Unix socket in this directory.
    Socket(PathBuf),
    /// A name or address to look up.
    Name(String),
    /// A numeric address, and the name that the certificate has to carry.
    Address(IpAddr, Option<String>),
}

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) place: HostAddress,
    pub(super) port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            HostAddress::Socket(directory) => {
                write!(
                    out,
                    "socket {}",
                    socket_path(directory, self.port).display()
                )
            }
            HostAddress::Name(name) => write!(out, "host {name}, port {}", self.port),
            HostAddress::Address(address, None) => {
                write!(out, "address {address}, port {}", self.port)
            }
            HostAddress::Address(address, Some(name)) => {
                write!(out, "host {name} ({address}), port {}", self.port)
            }
        }
    }
}

impl Endpoint {
    /// The host as a password file names it: sockets in the default directories are `localhost`.
    pub(super) fn password_file_host(&self) -> String {
        match &self.place {
            HostAddress::Socket(directory) => {
                let default = SOCKET_DIRECTORIES
                    .iter()
                    .any(|known| Path::new(known) == directory);
                if default {
                    "localhost".to_owned()
                } else {
                    directory.to_string_lossy().into_owned()
                }
            }
            HostAddress::Name(name) | HostAddress::Address(_, Some(name)) => name.clone(),
            HostAddress::Address(address, None) => address.to_string(),
        }
    }
}

/// The socket of the server on `port` in `directory`.
pub(super) fn socket_path(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// The places that `host`, `hostaddr` and `port` name, each of which may be a list separated by commas. Without host and
/// address these are the default socket directories.
pub(super) fn endpoints(
    host: Option<&str>,
    hostaddr: Option<&str>,
    port: Option<&str>,
    several: bool,
) -> Result<Vec<Endpoint>, SettingsError> {
    let hosts = host.map(|text| if several { split(text) } else { vec![text] });
    let addresses = hostaddr.map(split);
    let places = match (hosts, addresses) {
        (Some(hosts), Some(addresses)) if hosts.len() != addresses.len() => {
            return Err(SettingsError::HostsAndAddresses {
                hosts: hosts.len(),
                addresses: addresses.len(),
            });
        }
        (Some(hosts), Some(addresses)) => hosts
            .into_iter()
            .zip(addresses)
            .map(|(host, address)| place(host, address))
            .collect::<Result<Vec<_>, _>>()?,
        (Some(hosts), None) => hosts
            .into_iter()
            .map(|host| place(host, ""))
            .collect::<Result<Vec<_>, _>>()?,
        (None, Some(addresses)) => addresses
            .into_iter()
            .map(|address| place("", address))
            .collect::<Result<Vec<_>, _>>()?,
        (None, None) => vec![default_places()],
    };
    let ports = ports(port, places.len())?;
    let with_ports = places.into_iter().zip(ports);
    Ok(with_ports
        .flat_map(|(places, port)| {
            places
                .into_iter()
                .map(move |place| Endpoint { place, port })
        })
        .collect())
}

fn split(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

fn default_places() -> Vec<HostAddress> {
    SOCKET_DIRECTORIES
        .iter()
        .map(|directory| HostAddress::Socket(PathBuf::from(directory)))
        .collect()
}

/// The places of one entry; an empty one stands for the default directories, as in libpq.
fn place(host: &str, address: &str) -> Result<Vec<HostAddress>, SettingsError> {
    if !address.is_empty() {
        let address = address
            .parse()
            .map_err(|_| refused("hostaddr", address, Allowed::Address))?;
        let name = Some(host.to_owned()).filter(|name| !name.is_empty());
        return Ok(vec![HostAddress::Address(address, name)]);
    }
    if host.is_empty() {
        return Ok(default_places());
    }
    if host.starts_with('@') {
        return Err(SettingsError::AbstractSocket(host.to_owned()));
    }
    if host.starts_with('/') {
        return Ok(vec![HostAddress::Socket(PathBuf::from(host))]);
    }
    Ok(vec![match host.parse() {
        Ok(address) => HostAddress::Address(address, Some(host.to_owned())),
        Err(_) => HostAddress::Name(host.to_owned()),
    }])
}

/// One port for each of `count` places: one for all, or as many as there are places.
fn ports(text: Option<&str>, count: usize) -> Result<Vec<u16>, SettingsError> {
    let listed = split(text.unwrap_or_default())
        .into_iter()
        .map(port)
        .collect::<Result<Vec<_>, _>>()?;
    match listed.as_slice() {
        [one] => Ok(vec![*one; count]),
        several if several.len() == count => Ok(listed),
        several => Err(SettingsError::PortsAndHosts {
            ports: several.len(),
            hosts: count,
        }),
    }
}

fn port(text: &str) -> Result<u16, SettingsError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    let number = text.parse::<u16>().ok().filter(|port| *port > 0);
    number.ok_or_else(|| refused("port", text, Allowed::Port))
}

#[cfg(test)]
mod tests {
    use super::endpoints;

    fn shown(host: Option<&str>, hostaddr: Option<&str>, port: Option<&str>) -> Vec<String> {
        let found = endpoints(host, hostaddr, port, true).unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_host_the_default_sockets_are_tried() {
        assert_eq!(
            shown(None, None, None),
            [
                "socket /var/run/postgresql/.s.PGSQL.5432",
                "socket /tmp/.s.PGSQL.5432"
            ]
        );
    }

    #[test]
    fn lists_pair_hosts_with_ports_and_addresses() {
        assert_eq!(
            shown(Some("a,/run/pg"), None, Some("5433,")),
            ["host a, port 5433", "socket /run/pg/.s.PGSQL.5432"]
        );
        assert_eq!(
            shown(Some("a,b"), Some("192.0.2.1,::1"), Some("6000")),
            ["host a (192.0.2.1), port 6000", "host b (::1), port 6000"]
        );
        assert_eq!(
            shown(None, Some("192.0.2.1"), None),
            ["address 192.0.2.1, port 5432"]
        );
    }

    #[test]
    fn lists_of_different_lengths_are_refused() {
        assert!(endpoints(Some("a,b"), Some("192.0.2.1"), None, true).is_err());
        assert!(endpoints(Some("a,b,c"), None, Some("1,2"), true).is_err());
        assert!(endpoints(Some("a"), None, Some("70000"), true).is_err());
    }

    #[test]
    fn a_nodes_socket_directory_may_hold_a_comma() {
        let found = endpoints(Some("/srv/a,b"), None, Some("5432"), false).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "socket /srv/a,b/.s.PGSQL.5432");
    }
}
