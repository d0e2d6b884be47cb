//! A part of an archive that is whole: what filters and patterns choose, and what that needs to be what it was.
//!
//! `pg_restore` takes a choice word by word: a table without its key and its identity, a schema's tables without the schema,
//! a view over a key as a dummy. Here a choice brings what belongs to it and what it needs; what cannot come (a foreign key
//! to a table that was not chosen) is named before anything is restored.

mod choice;
mod closure;
#[cfg(test)]
mod properties;
mod report;
mod structure;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::choice::{Filters, is_meant};
use self::closure::{Closed, Depth, Depths, close};
pub use self::report::{SelectionReport, some};
use self::structure::{Role, Structure, tokens};
use super::Archive;
use super::toc::Entry;
use crate::domain::restore::restore_parameters::{Filter, RestoreParameters};
use crate::pgtools::sql_tokens::begins;

/// A part of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The numbers of its entries, in the archive's order.
    pub entries: Vec<u32>,
    /// Those of them that were not chosen, and come along.
    pub along: Vec<u32>,
    /// What does not come.
    pub left_out: Vec<LeftOut>,
    /// Tables that come along without their rows.
    pub without_rows: Vec<u32>,
    /// Tables that were chosen, and of which the archive has no rows.
    pub no_rows: Vec<u32>,
    /// What the choice would need to be whole, and does not bring, since it is taken word by word.
    pub lacking: Vec<u32>,
}

/// Something that does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its number.
    pub entry: u32,
    /// Why.
    pub why: Why,
}

/// Why something does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It needs these, which do not come.
    Needs(Vec<u32>),
    /// It inherits from this one, which was chosen alone.
    Inherits(u32),
}

/// What chooses nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// A filter, as one word.
    #[error("the archive has no objects that match {0}")]
    Filter(String),
    /// A pattern.
    #[error(
        "the archive has no entry that matches --select={0}; an entry looks like \"TABLE public orders owner\""
    )]
    Pattern(String),
}

impl Archive {
    /// Selects what these parameters choose, with what it needs; without filters and patterns all entries.
    ///
    /// # Errors
    /// A filter or pattern that chooses nothing.
    pub fn select(&self, parameters: &RestoreParameters) -> Result<Selection, Nothing> {
        select(&self.entries, parameters)
    }
}

fn select(entries: &[Entry], parameters: &RestoreParameters) -> Result<Selection, Nothing> {
    let structure = Structure::of(entries);
    if !parameters.chooses() {
        return Ok(Selection {
            entries: structure.entries.iter().map(|entry| entry.id).collect(),
            ..Selection::default()
        });
    }
    let chosen = chosen(&structure, parameters)?;
    let filters = Filters::of(parameters);
    let seeds: Depths = chosen.iter().map(|at| (*at, Depth::Whole)).collect();
    let allowed = |at: usize| !filters.excludes(structure.entries[at]);
    let closed = close(&structure, &seeds, &allowed);
    let ids = |places: &mut dyn Iterator<Item = usize>| -> Vec<u32> {
        places.map(|at| structure.entries[at].id).collect()
    };
    if parameters.exactly() {
        return Ok(Selection {
            entries: ids(&mut chosen.iter().copied()),
            lacking: ids(&mut closed
                .depths
                .keys()
                .copied()
                .filter(|at| !chosen.contains(at))),
            ..Selection::default()
        });
    }
    let left_out = left_out(&structure, &chosen, &closed);
    Ok(Selection {
        entries: ids(&mut closed.depths.keys().copied()),
        along: ids(&mut closed
            .depths
            .keys()
            .copied()
            .filter(|at| !chosen.contains(at))),
        left_out,
        without_rows: ids(&mut without_rows(&structure, &closed)),
        no_rows: ids(&mut no_rows(&structure, &chosen, &closed)),
        lacking: Vec::new(),
    })
}

/// What is chosen word by word: by all filters together, and by one of the patterns.
fn chosen(
    structure: &Structure<'_>,
    parameters: &RestoreParameters,
) -> Result<BTreeSet<usize>, Nothing> {
    for (filter, name) in parameters.filters() {
        // A schema that is left out need not be there.
        let must = filter != Filter::ExcludeSchema;
        if must && Filters::one(filter, name).choose(structure).is_empty() {
            return Err(Nothing::Filter(filter.word(name)));
        }
    }
    let filtered = Filters::of(parameters).choose(structure);
    let means = |patterns: &[String]| {
        let meant = |at: &usize| is_meant(patterns, structure.entries[*at]);
        filtered
            .iter()
            .copied()
            .filter(meant)
            .collect::<BTreeSet<_>>()
    };
    for pattern in &parameters.selections {
        if means(std::slice::from_ref(pattern)).is_empty() {
            return Err(Nothing::Pattern(pattern.clone()));
        }
    }
    Ok(means(&parameters.selections))
}

fn left_out(structure: &Structure<'_>, chosen: &BTreeSet<usize>, closed: &Closed) -> Vec<LeftOut> {
    let id = |at: usize| structure.entries[at].id;
    let needing = closed.left_out.iter().map(|(at, needs)| LeftOut {
        entry: id(*at),
        why: Why::Needs(needs.iter().map(|need| id(*need)).collect()),
    });
    let heirs = structure
        .heirs
        .iter()
        .filter(|(parent, heir)| chosen.contains(parent) && !closed.depths.contains_key(heir));
    let heirs = heirs.map(|(parent, heir)| LeftOut {
        entry: id(*heir),
        why: Why::Inherits(id(*parent)),
    });
    needing.chain(heirs).collect()
}

/// Tables of which the archive has rows, or partitions, that do not come.
fn without_rows<'c>(
    structure: &'c Structure<'_>,
    closed: &'c Closed,
) -> impl Iterator<Item = usize> + 'c {
    let is_missing = |at: &usize| !closed.depths.contains_key(at);
    closed.depths.keys().copied().filter(move |at| {
        structure.roles[*at] == Role::Table
            && (rows_of(structure, *at).any(|rows| is_missing(&rows))
                || structure.partitions[*at].iter().any(is_missing))
    })
}

/// Chosen tables that should have rows in the archive and have none.
fn no_rows<'c>(
    structure: &'c Structure<'_>,
    chosen: &'c BTreeSet<usize>,
    closed: &'c Closed,
) -> impl Iterator<Item = usize> + 'c {
    chosen.iter().copied().filter(|at| {
        structure.is(*at, "TABLE")
            && closed.depths.contains_key(at)
            && rows_of(structure, *at).next().is_none()
            && !is_partitioned(structure.entries[*at])
    })
}

fn rows_of<'s>(structure: &'s Structure<'_>, table: usize) -> impl Iterator<Item = usize> + 's {
    structure.parts[table]
        .iter()
        .copied()
        .filter(|part| structure.is(*part, "TABLE DATA"))
}

fn is_partitioned(table: &Entry) -> bool {
    let tokens = tokens(table);
    (0..tokens.len()).any(|at| begins(&tokens[at..], &["partition", "by"]))
}
