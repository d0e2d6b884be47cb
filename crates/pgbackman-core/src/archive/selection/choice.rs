//! Which entries the filters and patterns of a restore name, word by word: as `pg_restore` takes its options.

use super::super::toc::Entry;
use super::structure::{Role, Structure};
use crate::domain::restore::restore_parameters::{Filter, RestoreParameters, selects};

/// Whether an entry is chosen by these filters.
pub(super) struct Filters<'p> {
    schemas: Vec<&'p str>,
    excluded: Vec<&'p str>,
    tables: Vec<&'p str>,
    indexes: Vec<&'p str>,
    functions: Vec<&'p str>,
    triggers: Vec<&'p str>,
}

impl<'p> Filters<'p> {
    /// All of them.
    pub(super) fn of(parameters: &'p RestoreParameters) -> Self {
        Self::each(|filter| parameters.names(filter).collect())
    }

    /// One alone.
    pub(super) fn one(filter: Filter, name: &'p str) -> Self {
        Self::each(|wanted| {
            if wanted == filter {
                vec![name]
            } else {
                Vec::new()
            }
        })
    }

    fn each(of: impl Fn(Filter) -> Vec<&'p str>) -> Self {
        Self {
            schemas: of(Filter::Schema),
            excluded: of(Filter::ExcludeSchema),
            tables: of(Filter::Table),
            indexes: of(Filter::Index),
            functions: of(Filter::Function),
            triggers: of(Filter::Trigger),
        }
    }

    /// Whether the schema that it is in is left out.
    pub(super) fn excludes(&self, entry: &Entry) -> bool {
        !entry.schema.is_empty() && is_one(&self.excluded, &entry.schema)
    }

    /// The entries that they choose.
    pub(super) fn choose(&self, structure: &Structure<'_>) -> Vec<usize> {
        let chosen = |at: &usize| self.chooses(structure, *at);
        let mut all: Vec<usize> = (0..structure.entries.len()).filter(chosen).collect();
        // What is said of something comes with it.
        let remarks = (0..structure.entries.len()).filter(|at| {
            structure.roles[*at] == Role::Remark
                && structure.needs[*at]
                    .iter()
                    .any(|(need, _)| all.binary_search(need).is_ok() && !structure.is(*need, "ACL"))
        });
        let remarks: Vec<usize> = remarks.collect();
        all.extend(remarks);
        all.sort_unstable();
        all.dedup();
        all
    }

    fn chooses(&self, structure: &Structure<'_>, at: usize) -> bool {
        let entry = structure.entries[at];
        let by_name = [&self.tables, &self.indexes, &self.functions, &self.triggers]
            .iter()
            .any(|names| !names.is_empty());
        if structure.roles[at] == Role::Remark {
            let is_filtered = by_name || !self.schemas.is_empty() || !self.excluded.is_empty();
            return !is_filtered;
        }
        if self.excludes(entry) {
            return false;
        }
        // pg_restore leaves the schema itself out.
        let is_schema = structure.roles[at] == Role::Schema && !by_name;
        let is_in_schema = self.schemas.is_empty()
            || is_one(&self.schemas, &entry.schema)
            || (is_schema && is_one(&self.schemas, &entry.tag));
        if !is_in_schema {
            return false;
        }
        if !by_name {
            return true;
        }
        match entry.kind.as_slice() {
            b"TABLE"
            | b"TABLE DATA"
            | b"VIEW"
            | b"FOREIGN TABLE"
            | b"MATERIALIZED VIEW"
            | b"MATERIALIZED VIEW DATA"
            | b"SEQUENCE"
            | b"SEQUENCE SET" => is_one(&self.tables, &entry.tag),
            b"INDEX" => is_one(&self.indexes, &entry.tag),
            b"FUNCTION" | b"AGGREGATE" | b"PROCEDURE" => is_one(&self.functions, &entry.tag),
            // Named with its table, or alone.
            b"TRIGGER" => {
                let table = structure.owners[at].map(|owner| &structure.entries[owner].tag);
                let alone = table
                    .and_then(|table| entry.tag.strip_prefix(table.as_slice()))
                    .and_then(|rest| rest.strip_prefix(b" "));
                is_one(&self.triggers, &entry.tag)
                    || alone.is_some_and(|name| is_one(&self.triggers, name))
            }
            _ => false,
        }
    }
}

fn is_one(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|one| one.as_bytes() == name)
}

/// Whether one of the patterns means the entry; without patterns all are meant.
pub(super) fn is_meant(patterns: &[String], entry: &Entry) -> bool {
    patterns.is_empty()
        || patterns
            .iter()
            .any(|pattern| selects(pattern, &entry.shown()))
}
