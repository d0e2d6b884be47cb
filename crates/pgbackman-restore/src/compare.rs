//! What the target has after a restore, compared with what the archive's list says that it should have: object by object,
//! under the name that the list has for it. What a database has beside that (what extensions made, what belongs to a
//! constraint, the server's own objects) never stands for something that is missing.

use std::collections::BTreeMap;

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore_parameters::RestoreParameters;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::archive_list::{ArchiveList, Entry};

/// How many missing objects of a kind are named.
const NAMED: usize = 3;

/// What a database has, by the first version that can be asked for it.
const FOUND: [(PgMajor, &str); 4] = [
    (PgMajor::old(9, 3), include_str!("compare.sql")),
    (PgMajor::old(9, 5), include_str!("compare_9_5.sql")),
    (PgMajor::new(10), include_str!("compare_10.sql")),
    (PgMajor::new(15), include_str!("compare_15.sql")),
];

/// Kinds of entries that are compared, and the class of objects that each is looked for in.
const CLASSES: [(&str, &str); 41] = [
    ("MATERIALIZED VIEW", "RELATION"),
    ("FOREIGN TABLE", "RELATION"),
    ("TABLE", "RELATION"),
    ("VIEW", "RELATION"),
    ("SEQUENCE", "RELATION"),
    ("INDEX", "RELATION"),
    ("INDEX ATTACH", "ATTACH"),
    ("TABLE ATTACH", "ATTACH"),
    ("SEQUENCE OWNED BY", "OWNED SEQUENCE"),
    ("DEFAULT", "DEFAULT"),
    ("CONSTRAINT", "CONSTRAINT"),
    ("FK CONSTRAINT", "CONSTRAINT"),
    ("CHECK CONSTRAINT", "CONSTRAINT"),
    ("TRIGGER", "TRIGGER"),
    ("RULE", "RULE"),
    ("FUNCTION", "ROUTINE"),
    ("PROCEDURE", "ROUTINE"),
    ("AGGREGATE", "ROUTINE"),
    ("TYPE", "TYPE"),
    ("SHELL TYPE", "TYPE"),
    ("DOMAIN", "TYPE"),
    ("COLLATION", "COLLATION"),
    ("CONVERSION", "CONVERSION"),
    ("OPERATOR", "OPERATOR"),
    ("OPERATOR CLASS", "OPERATOR CLASS"),
    ("OPERATOR FAMILY", "OPERATOR FAMILY"),
    ("TEXT SEARCH CONFIGURATION", "TEXT SEARCH CONFIGURATION"),
    ("TEXT SEARCH DICTIONARY", "TEXT SEARCH DICTIONARY"),
    ("TEXT SEARCH PARSER", "TEXT SEARCH PARSER"),
    ("TEXT SEARCH TEMPLATE", "TEXT SEARCH TEMPLATE"),
    ("SCHEMA", "SCHEMA"),
    ("EXTENSION", "EXTENSION"),
    ("EVENT TRIGGER", "EVENT TRIGGER"),
    ("PROCEDURAL LANGUAGE", "PROCEDURAL LANGUAGE"),
    ("ACCESS METHOD", "ACCESS METHOD"),
    ("FOREIGN DATA WRAPPER", "FOREIGN DATA WRAPPER"),
    ("SERVER", "SERVER"),
    ("STATISTICS", "STATISTICS"),
    ("CAST", "CAST"),
    ("USER MAPPING", "USER MAPPING"),
    ("TRANSFORM", "TRANSFORM"),
];

/// More of them, which an option of the restore may leave out.
const OPTIONAL: [(&str, &str, &str); 8] = [
    ("POLICY", "POLICY", "--no-policies"),
    ("ROW SECURITY", "ROW SECURITY", "--no-policies"),
    ("PUBLICATION", "PUBLICATION", "--no-publications"),
    (
        "PUBLICATION TABLE",
        "PUBLICATION TABLE",
        "--no-publications",
    ),
    (
        "PUBLICATION TABLES IN SCHEMA",
        "PUBLICATION TABLES IN SCHEMA",
        "--no-publications",
    ),
    ("SUBSCRIPTION", "SUBSCRIPTION", "--no-subscriptions"),
    ("COMMENT", "COMMENT", "--no-comments"),
    // Large objects are data.
    ("BLOB", "BLOB", "--schema-only"),
];

/// Classes of which the list has other names than the catalogs: they are counted.
const COUNTED: [&str; 4] = ["CAST", "USER MAPPING", "TRANSFORM", "COMMENT"];

/// Comments that are not counted: of a schema public the archive may say that it has none, those of the database are with its
/// settings, extensions bring theirs, and those of large objects are with the data.
const UNCOUNTED_COMMENTS: [&str; 4] = [
    "- SCHEMA public ",
    "- DATABASE ",
    "- EXTENSION ",
    "- LARGE OBJECT ",
];

/// What the database has: how many of each class and name.
#[derive(Debug, Default)]
struct Found {
    by_name: BTreeMap<(String, String), u64>,
}

/// What was compared: of each kind how many are listed, and what of them is not there.
#[derive(Debug, Default)]
struct OfKind<'l> {
    listed: u64,
    missing: Vec<&'l str>,
}

impl Found {
    fn add(&mut self, class: &str, name: Option<&str>) {
        let name = comparable(class, name.unwrap_or_default());
        *self.by_name.entry((class.to_owned(), name)).or_default() += 1;
    }

    /// Takes one away; whether there was one.
    fn take(&mut self, class: &str, name: String) -> bool {
        match self.by_name.get_mut(&(class.to_owned(), name)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Takes away what an entry's `schema name owner` is. Names may have blanks; the owner may be any one, and may be nobody.
    fn take_listed(&mut self, class: &str, rest: &str) -> bool {
        if COUNTED.contains(&class) {
            return self.take(class, String::new());
        }
        if class == ROUTINE {
            return self.take(class, comparable(class, rest));
        }
        rest.rmatch_indices(' ')
            .map(|(at, _)| &rest[..at])
            .any(|name| self.take(class, comparable(class, name)))
    }
}

/// Names of routines are listed with their arguments, whose types are written in different ways.
const ROUTINE: &str = "ROUTINE";

/// A name as both sides can have it: the list shows a line break as a blank, is written in the encoding of the database, which
/// it does not say, and a routine has arguments there.
fn comparable(class: &str, name: &str) -> String {
    let name = if class == ROUTINE {
        name.split('(').next().unwrap_or_default()
    } else {
        name
    };
    let mut comparable = String::with_capacity(name.len());
    let mut in_ascii = true;
    for character in name.chars() {
        if character.is_ascii() {
            comparable.push(match character {
                '\n' | '\r' => ' ',
                other => other,
            });
        } else if in_ascii {
            comparable.push('?');
        }
        in_ascii = character.is_ascii();
    }
    comparable
}

/// The class that the objects of an entry are looked for in; `None` where they are not compared.
fn class_of(entry: &Entry, parameters: &RestoreParameters) -> Option<&'static str> {
    let kind = entry.kind()?;
    let is_given = |option: &str| parameters.words().iter().any(|word| word == option);
    let class = CLASSES
        .iter()
        .find(|(listed, _)| *listed == kind)
        .map(|(_, class)| *class)
        .or_else(|| {
            let of = OPTIONAL.iter().find(|(listed, ..)| *listed == kind)?;
            (!is_given(of.2)).then_some(of.1)
        })?;
    let is_counted = kind != "COMMENT"
        || entry.rest_after(kind).is_some_and(|rest| {
            UNCOUNTED_COMMENTS
                .iter()
                .all(|uncounted| !rest.starts_with(uncounted))
        });
    is_counted.then_some(class)
}

/// Compares the list with what is there.
fn compared<'l>(
    list: &'l ArchiveList,
    parameters: &RestoreParameters,
    mut found: Found,
) -> BTreeMap<&'static str, OfKind<'l>> {
    let mut compared: BTreeMap<&'static str, OfKind<'l>> = BTreeMap::new();
    for entry in &list.entries {
        let (Some(kind), Some(class)) = (entry.kind(), class_of(entry, parameters)) else {
            continue;
        };
        let rest = entry.rest_after(kind).unwrap_or_default();
        let of_kind = compared.entry(kind).or_default();
        of_kind.listed += 1;
        if !found.take_listed(class, rest) {
            of_kind.missing.push(rest.trim_end());
        }
    }
    compared
}

/// Looks for every object of the list, and fails where one is missing; says what there is.
pub(crate) async fn compare(
    session: &Session,
    major: PgMajor,
    list: &ArchiveList,
    parameters: &RestoreParameters,
) -> Result<String, Failure> {
    if major < FOUND[0].0 {
        return Ok(format!(
            "nothing, since a server before {} is not asked",
            FOUND[0].0
        ));
    }
    let compared = compared(list, parameters, found(session, major).await?);
    let missing: Vec<String> = compared
        .iter()
        .filter(|(_, of_kind)| !of_kind.missing.is_empty())
        .map(|(kind, of_kind)| of_kind.in_words(kind))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::failed(format!(
            "pg_restore reported no error, but the database has less than the archive's list: {}",
            missing.join("; ")
        )));
    }
    let counts: Vec<String> = compared
        .iter()
        .map(|(kind, of_kind)| format!("{} {kind}", of_kind.listed))
        .collect();
    Ok(counts.join(", "))
}

impl OfKind<'_> {
    /// `0 INDEX of 2 (missing: public i owner, public j owner)`.
    fn in_words(&self, kind: &str) -> String {
        let missing = self.missing.len();
        let there = self
            .listed
            .saturating_sub(u64::try_from(missing).unwrap_or(u64::MAX));
        let mut named = self.missing.iter().take(NAMED).copied().collect::<Vec<_>>();
        if missing > NAMED {
            named.push("and more");
        }
        format!(
            "{there} {kind} of {} (missing: {})",
            self.listed,
            named.join(", ")
        )
    }
}

async fn found(session: &Session, major: PgMajor) -> Result<Found, Failure> {
    const DOING: &str = "count what was restored";
    let mut found = Found::default();
    for (_, sql) in FOUND.iter().filter(|(since, _)| major >= *since) {
        // As bytes: names of a database in SQL_ASCII are in no encoding.
        let sql = format!(
            "SELECT f.class, pg_catalog.convert_to(f.name, pg_catalog.getdatabaseencoding()) FROM ({sql}) AS f (class, name)"
        );
        for row in session.query(&sql, &[]).await.map_err(doing(DOING))? {
            let class: &str = row.try_get(0).map_err(doing(DOING))?;
            let name: Option<&[u8]> = row.try_get(1).map_err(doing(DOING))?;
            found.add(class, name.map(String::from_utf8_lossy).as_deref());
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
