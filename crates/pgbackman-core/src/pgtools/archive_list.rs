//! What is in an archive, as `pg_restore --list` shows it.

use std::collections::BTreeSet;

use crate::domain::pg_version::PgRelease;
use crate::domain::restore::restore_parameters::selects;

/// Kinds of entries, those that begin with another one's name before that one, so that `TABLE DATA` is no `TABLE`.
const KINDS: [&str; 63] = [
    "ACCESS METHOD",
    "AGGREGATE",
    "BLOB COMMENTS",
    "BLOB METADATA",
    "BLOBS",
    "BLOB",
    "CAST",
    "CHECK CONSTRAINT",
    "COLLATION",
    "COMMENT",
    "CONSTRAINT",
    "CONVERSION",
    "DATABASE PROPERTIES",
    "DATABASE",
    "DEFAULT ACL",
    "DEFAULT",
    "DOMAIN",
    "EVENT TRIGGER",
    "EXTENSION",
    "FK CONSTRAINT",
    "FOREIGN DATA WRAPPER",
    "FOREIGN SERVER",
    "FOREIGN TABLE",
    "FUNCTION",
    "INDEX ATTACH",
    "INDEX",
    "MATERIALIZED VIEW DATA",
    "MATERIALIZED VIEW",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "POLICY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION TABLES IN SCHEMA",
    "PUBLICATION TABLE",
    "PUBLICATION",
    "ROW SECURITY",
    "RULE",
    "SCHEMA",
    "SECURITY LABEL",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "SEQUENCE",
    "SERVER",
    "SHELL TYPE",
    "STATISTICS DATA",
    "STATISTICS",
    "SUBSCRIPTION TABLE",
    "SUBSCRIPTION",
    "TABLE ATTACH",
    "TABLE DATA",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "USER MAPPING",
    "VIEW",
    "ACL",
];

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What `pg_restore` shows: `TABLE public orders owner`.
    pub described: String,
    /// Its line, as the list given back to `pg_restore` has it.
    pub line: String,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveList {
    /// The release of the `pg_dump` that made the archive, where the list says it.
    pub made_by: Option<PgRelease>,
    /// The release of the server that was dumped, where the list says it.
    pub dumped_from: Option<PgRelease>,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Whether `pg_restore` has to be told to restore these alone, although no parameter chooses.
    pub leaves_out: bool,
}

impl Entry {
    /// What kind of object it is of; `None`: one that is not known here.
    pub fn kind(&self) -> Option<&'static str> {
        KINDS
            .into_iter()
            .find(|kind| self.rest_after(kind).is_some())
    }

    /// What follows a kind: `schema name owner`, the schema being `-` where there is none.
    pub fn rest_after(&self, kind: &str) -> Option<&str> {
        self.described.strip_prefix(kind)?.strip_prefix(' ')
    }
}

impl ArchiveList {
    /// Reads what `pg_restore --list` wrote; names that are not UTF-8 are shown as well as they can be.
    pub fn parse(listing: &[u8]) -> Self {
        let text = String::from_utf8_lossy(listing);
        let release = |title: &str| {
            text.lines().find_map(|line| {
                let version = line.split_once(title)?.1;
                version.split_whitespace().next()?.parse().ok()
            })
        };
        Self {
            made_by: release("Dumped by pg_dump version: "),
            dumped_from: release("Dumped from database version: "),
            entries: text.lines().filter_map(entry).collect(),
            leaves_out: false,
        }
    }

    /// The extensions that it makes.
    pub fn extensions(&self) -> BTreeSet<String> {
        self.entries
            .iter()
            .filter_map(|entry| entry.rest_after("EXTENSION")?.strip_prefix("- "))
            .map(|name| name.trim_end().to_owned())
            .collect()
    }

    /// Tables with data that a target lacks; `exists` is asked for schema and name as the list shows them.
    pub fn tables_missing(&self, exists: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
        let data = self
            .entries
            .iter()
            .filter_map(|entry| entry.rest_after("TABLE DATA"));
        data.filter(|rest| !readings(rest).any(|(schema, name)| exists(schema, name)))
            .map(|rest| {
                rest.rsplit_once(' ')
                    .map_or(rest, |(table, _)| table)
                    .to_owned()
            })
            .collect()
    }

    /// The tables whose rows it has: schema and name, every way to read them.
    pub fn tables_with_data(&self) -> BTreeSet<(&str, &str)> {
        self.entries
            .iter()
            .filter_map(|entry| entry.rest_after("TABLE DATA"))
            .flat_map(readings)
            .collect()
    }

    /// The entries that a pattern selects.
    pub fn selected<'l>(&'l self, pattern: &'l str) -> impl Iterator<Item = &'l Entry> {
        self.entries
            .iter()
            .filter(move |entry| selects(pattern, &entry.described))
    }
}

/// Every way to read `schema name owner`, whose names may have blanks.
fn readings(rest: &str) -> impl Iterator<Item = (&str, &str)> {
    let blanks = move || rest.match_indices(' ').map(|(at, _)| at);
    blanks().flat_map(move |first| {
        blanks()
            .filter(move |second| *second > first)
            .map(move |second| (&rest[..first], &rest[first + 1..second]))
    })
}

/// A line `215; 1259 16385 TABLE public orders owner`.
fn entry(line: &str) -> Option<Entry> {
    let mut words = line.splitn(4, ' ');
    let (id, class, object, described) =
        (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(id.strip_suffix(';')?) && is_number(class) && is_number(object)).then(|| Entry {
        described: described.to_owned(),
        line: line.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = ";\n; Archive created at 2026-11-21 05:00:00 UTC\n;     dbname: x\n;     TOC Entries: 12\n\
        ;     Dumped from database version: 15.18 (Debian 15.18-0+deb12u1)\n\
        ;     Dumped by pg_dump version: 15.18 (Debian 15.18-0+deb12u1)\n;\n\
        2; 3079 16386 EXTENSION - page inspect \n\
        3; 2615 2200 SCHEMA - public pg_database_owner\n\
        215; 1259 16385 TABLE public TABLE DATA me\n\
        216; 1259 16386 TABLE My Schema Odd table a role\n\
        3320; 0 16385 TABLE DATA public orders me\n\
        3323; 0 16386 TABLE DATA My Schema Odd table a role\n\
        3321; 0 0 BLOBS - BLOBS \n\
        3324; 2606 16399 FK CONSTRAINT public orders orders_fkey me\n";

    #[test]
    fn the_list_is_read() {
        let list = ArchiveList::parse(LISTING.as_bytes());
        assert_eq!(list.made_by.unwrap().to_string(), "15.18");
        assert_eq!(list.dumped_from, list.made_by);
        let with_data = list.tables_with_data();
        assert!(
            with_data.contains(&("public", "orders")) && !with_data.contains(&("public", "TABLE"))
        );
        assert_eq!(list.entries.len(), 8);
        let kinds: Vec<_> = list.entries.iter().filter_map(Entry::kind).collect();
        let of = |kind| kinds.iter().filter(|one| **one == kind).count();
        assert_eq!(
            (
                of("TABLE"),
                of("TABLE DATA"),
                of("FK CONSTRAINT"),
                of("BLOBS")
            ),
            (2, 2, 1, 1)
        );
        assert_eq!(kinds.len(), 8);
        let earlier = |at: usize| KINDS[..at].iter();
        for (at, kind) in KINDS.iter().enumerate() {
            let hidden = earlier(at).find(|one| kind.starts_with(&format!("{one} ")));
            assert_eq!(hidden, None, "{kind}");
        }
        assert_eq!(
            list.extensions().into_iter().collect::<Vec<_>>(),
            ["page inspect"]
        );
        assert_eq!(list.selected("TABLE DATA * orders *").count(), 1);
    }

    #[test]
    fn tables_that_a_target_lacks_are_found() {
        let list = ArchiveList::parse(LISTING.as_bytes());
        let has = |schema: &str, name: &str| (schema, name) == ("My Schema", "Odd table");
        assert_eq!(list.tables_missing(&has), ["public orders"]);
        assert!(list.tables_missing(&|_, _| true).is_empty());
    }
}
