//! The origin of a page, which is part of it so that it is known when the page is printed or mailed.

use pgbackman_core::conninfo::Destination;

/// The site, the catalogue, and the machine that created the page.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The name of the site, if it was given.
    pub site: Option<String>,
    /// The catalogue's database and its location.
    pub catalogue: String,
    /// The catalogue's host; `None` for the usual socket directories.
    pub host: Option<String>,
    /// The machine that created the page.
    pub machine: String,
}

impl Origin {
    /// The origin of a page about this catalogue.
    pub fn new(site: Option<String>, catalogue: Option<&Destination>, machine: &str) -> Self {
        let host = catalogue.and_then(|to| to.host.clone().or_else(|| to.hostaddr.clone()));
        Self {
            site,
            catalogue: catalogue.map_or_else(String::new, |to| {
                let place = host.clone().unwrap_or_else(|| machine.to_owned());
                format!("{} on {place}, port {}", to.dbname, to.port)
            }),
            host,
            machine: machine.to_owned(),
        }
    }

    /// The title of the page: the given name, or else the common domain of all servers, or else the catalogue's host,
    /// or else this machine's name.
    pub fn name(&self, servers: &[&str]) -> String {
        let given = self.site.clone().or_else(|| common_domain(servers));
        given
            .or_else(|| self.host.clone())
            .unwrap_or_else(|| self.machine.clone())
    }
}

/// The common domain of all these names, if they have one.
fn common_domain(servers: &[&str]) -> Option<String> {
    let mut domains = servers.iter().map(|fqdn| {
        let (_, domain) = fqdn.split_once('.').unwrap_or_default();
        domain
    });
    let first = domains.next().filter(|domain| !domain.is_empty())?;
    domains
        .all(|domain| domain.eq_ignore_ascii_case(first))
        .then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(site: Option<&str>, host: Option<&str>) -> Origin {
        Origin {
            site: site.map(str::to_owned),
            host: host.map(str::to_owned),
            machine: "bar1.example.org".to_owned(),
            ..Origin::default()
        }
    }

    #[test]
    fn a_page_is_called_after_its_site_its_domain_or_its_catalogue() {
        let servers = ["backup1.example.net", "backup2.Example.net"];
        let named = |origin: Origin, servers: &[&str]| origin.name(servers);
        assert_eq!(named(origin(Some("Oslo"), None), &servers), "Oslo");
        assert_eq!(named(origin(None, Some("db")), &servers), "example.net");
        let others = ["backup1.example.net", "backup2.example.org"];
        assert_eq!(named(origin(None, Some("db")), &others), "db");
        assert_eq!(named(origin(None, None), &[]), "bar1.example.org");
        assert_eq!(named(origin(None, None), &["alone"]), "bar1.example.org");
    }
}
