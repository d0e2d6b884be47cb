//! Schemas in which an archive makes something without making them: of a table that was dumped alone (`-t`), or of an
//! extension whose schema was left out (`-N`).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Archive;
use super::toc::Entry;
use crate::pgtools::sql_tokens::{Token, Tokens, begins};

/// Kinds that make nothing in the schema that they name.
const MAKES_NOTHING: [&str; 8] = [
    "TABLE DATA",
    "MATERIALIZED VIEW DATA",
    "STATISTICS DATA",
    "SEQUENCE SET",
    "ACL",
    "COMMENT",
    "SECURITY LABEL",
    "DEFAULT ACL",
];

impl Archive {
    /// The schemas in which some of its entries make something, and which none of these makes; with the first entry that
    /// needs each. What may come with an extension that it makes is not among them, nor what every database has.
    pub fn schemas_lacking(&self, wanted: &dyn Fn(&Entry) -> bool) -> BTreeMap<Vec<u8>, &Entry> {
        let entries = || {
            self.entries
                .iter()
                .filter(|entry| entry.is_listed() && wanted(entry))
        };
        let extensions: HashSet<u32> = entries()
            .filter(|entry| entry.is("EXTENSION"))
            .map(|entry| entry.id)
            .collect();
        let made: BTreeSet<&[u8]> = entries()
            .filter(|entry| entry.is("SCHEMA"))
            .map(|entry| entry.tag.as_slice())
            .collect();
        let mut lacking = BTreeMap::new();
        let mut of_extensions = BTreeSet::new();
        for entry in entries() {
            let Some(schema) = schema_of(entry) else {
                continue;
            };
            if is_in_every_database(&schema) || made.contains(schema.as_slice()) {
                continue;
            }
            // An extension that makes a schema is what things in that schema depend on.
            if entry.depends_on.iter().any(|id| extensions.contains(id)) {
                of_extensions.insert(schema.clone());
            }
            lacking.entry(schema).or_insert(entry);
        }
        lacking.retain(|schema, _| !of_extensions.contains(schema));
        lacking
    }
}

/// The schema in which an entry makes something.
fn schema_of(entry: &Entry) -> Option<Vec<u8>> {
    if entry.is("EXTENSION") {
        // CREATE EXTENSION IF NOT EXISTS name WITH SCHEMA schema
        let tokens: Vec<Token> = Tokens::new(entry.definition.as_slice())
            .map_while(Result::ok)
            .collect();
        let at = (0..tokens.len()).find(|at| begins(&tokens[*at..], &["with", "schema"]))?;
        return tokens.get(at + 2)?.name().map(<[u8]>::to_vec);
    }
    let makes = !MAKES_NOTHING.iter().any(|kind| entry.is(kind));
    (makes && !entry.schema.is_empty()).then(|| entry.schema.clone())
}

fn is_in_every_database(schema: &[u8]) -> bool {
    schema == b"public" || schema == b"information_schema" || schema.starts_with(b"pg_")
}

#[cfg(test)]
mod tests {
    use super::super::tests::archive_of;
    use super::*;

    fn entry(id: u32, kind: &str, schema: &str, tag: &str, sql: &str, on: &[u32]) -> Entry {
        Entry {
            id,
            kind: kind.into(),
            schema: schema.into(),
            tag: tag.into(),
            definition: sql.into(),
            depends_on: on.to_vec(),
            ..Entry::default()
        }
    }

    #[test]
    fn b17_schemas_that_nobody_makes_are_found() {
        let hstore = "CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA \"My sales\";";
        let cron = "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;";
        let archive = archive_of(vec![
            entry(1, "SCHEMA", "", "made", "CREATE SCHEMA made;", &[]),
            entry(2, "EXTENSION", "", "hstore", hstore, &[]),
            entry(3, "EXTENSION", "", "pg_cron", cron, &[]),
            entry(4, "TABLE", "made", "a", "CREATE TABLE made.a ();", &[1]),
            entry(5, "TABLE", "alone", "b", "CREATE TABLE alone.b ();", &[]),
            // What is in a schema that an extension makes.
            entry(
                6,
                "TABLE",
                "cron",
                "mine",
                "CREATE TABLE cron.mine ();",
                &[3],
            ),
            entry(
                7,
                "INDEX",
                "cron",
                "i",
                "CREATE INDEX i ON cron.mine (a);",
                &[6],
            ),
            entry(8, "TABLE", "public", "c", "CREATE TABLE public.c ();", &[]),
        ]);
        let found = archive.schemas_lacking(&|_| true);
        let names: Vec<(&[u8], u32)> = found
            .iter()
            .map(|(name, entry)| (name.as_slice(), entry.id))
            .collect();
        assert_eq!(names, [(&b"My sales"[..], 2), (&b"alone"[..], 5)]);
        assert!(
            archive
                .schemas_lacking(&|entry| entry.is("SCHEMA"))
                .is_empty()
        );
    }
}
