//! This machine's fully qualified name, from what the resolver's own files say.
//!
//! `hostname --fqdn` asks the resolver for the canonical name. The standard library offers no such call, and asking a
//! name server at every start of a dump could make it wait for one; the files are enough, and the configuration's
//! `backup_server` is there for any other name.

use std::fs;

/// The fully qualified name of the machine called `hostname`.
pub(super) fn of_machine(hostname: &str) -> String {
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    let resolver = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    qualify(hostname, &hosts, &resolver)
}

/// `hostname` if it has a domain; else the canonical name of its line in `hosts(5)`; else `hostname` in the domain of
/// `resolv.conf(5)`; else `hostname` alone.
fn qualify(hostname: &str, hosts: &str, resolver: &str) -> String {
    if hostname.contains('.') {
        return hostname.to_owned();
    }
    if let Some(name) = canonical_name(hostname, hosts) {
        return name.to_owned();
    }
    match domain(resolver) {
        Some(domain) if !hostname.is_empty() => format!("{hostname}.{domain}"),
        _ => hostname.to_owned(),
    }
}

/// The first name with a domain in a line of `hosts(5)` that lists `hostname`.
fn canonical_name<'a>(hostname: &str, hosts: &'a str) -> Option<&'a str> {
    hosts.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let names: Vec<&str> = line.split_whitespace().skip(1).collect();
        if !names.iter().any(|name| name.eq_ignore_ascii_case(hostname)) {
            return None;
        }
        names
            .into_iter()
            .find(|name| name.contains('.') && !name.starts_with("localhost."))
    })
}

/// The domain that `resolv.conf(5)` gives: `domain`, or the first entry of `search`; the last line wins.
fn domain(resolver: &str) -> Option<&str> {
    resolver
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("domain" | "search") => words.next(),
                _ => None,
            }
        })
        .rfind(|domain| *domain != ".")
        .map(|domain| domain.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::qualify;

    #[test]
    fn the_name_is_qualified_by_the_first_source_that_can() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 backup1.example.net backup1 # me\n";
        let resolver = "nameserver 192.0.2.1\nsearch corp.example.org example.org\n";
        assert_eq!(qualify("a.b.c", hosts, resolver), "a.b.c");
        assert_eq!(qualify("backup1", hosts, resolver), "backup1.example.net");
        assert_eq!(
            qualify("backup2", hosts, resolver),
            "backup2.corp.example.org"
        );
        assert_eq!(qualify("backup2", hosts, ""), "backup2");
        assert_eq!(
            qualify(
                "localhost",
                "127.0.0.1 localhost localhost.localdomain\n",
                ""
            ),
            "localhost"
        );
        assert_eq!(qualify("backup2", "", "search .\n"), "backup2");
    }
}
