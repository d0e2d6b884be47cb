//! Where a page comes from: what a printed or mailed one has to say about itself.

use pgbackman_core::conninfo::Destination;

/// The site, the catalogue, and the machine that made the page.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// What the site is called, where somebody has named it.
    pub site: Option<String>,
    /// The catalogue's database and where it is.
    pub catalogue: String,
    /// The catalogue's host; none for the usual socket directories.
    pub host: Option<String>,
    /// The machine that made the page.
    pub machine: String,
}

impl Origin {
    /// Of a page about this catalogue.
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

    /// What the page is called: the name that was given, else the domain that all of these servers have, else the catalogue's
    /// host, else the machine's name.
    pub fn name(&self, servers: &[&str]) -> String {
        let given = self.site.clone().or_else(|| common_domain(servers));
        given
            .or_else(|| self.host.clone())
            .unwrap_or_else(|| self.machine.clone())
    }
}

/// The domain of all these names, where they have one and the same.
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
