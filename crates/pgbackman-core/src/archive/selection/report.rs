//! What a selection means for whoever has chosen, in words: what comes along, what does not, and what the choice lacks.

use std::collections::{BTreeMap, HashSet};

use super::super::Archive;
use super::super::toc::Entry;
use super::{Selection, Why};
use crate::domain::restore::restore_check::{Finding, Level, Subject};
use crate::pgtools::sql_tokens::Tokens;

/// Maximum number of entries named in one message.
const NAMED: usize = 12;

/// Types whose values may be numbers of large objects.
const NUMBERS_OF_LARGE_OBJECTS: [&str; 2] = ["oid", "lo"];

/// What a selection means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelectionReport {
    /// Objects that come along.
    pub along: Vec<String>,
    /// Sentences, each with what it is about.
    pub warnings: Vec<(String, Vec<String>)>,
}

impl Archive {
    /// Puts a selection into words. `rows`: whether rows are restored that the archive has.
    pub fn selection_report(&self, selection: &Selection, rows: bool) -> SelectionReport {
        let words = Words::of(self);
        let mut warnings = words.warnings(selection, rows);
        if rows && let Some(tables) = without_large_objects(self, selection) {
            warnings.push((
                "the large objects of the archive are not included, but columns of these tables may refer to them \
                 (--select='BLOB*' includes them)"
                    .to_owned(),
                tables.into_iter().map(Entry::described).collect(),
            ));
        }
        SelectionReport {
            along: words.objects(&selection.along),
            warnings,
        }
    }
}

impl SelectionReport {
    /// As the dialogue and a dry run show it: what comes along.
    pub fn along(&self) -> Option<Finding> {
        (!self.along.is_empty()).then(|| Finding {
            level: Level::Ok,
            subject: Subject::General,
            text: format!(
                "The selection also includes the objects that belong to it or that it needs: {}.",
                some(&self.along)
            ),
            advice: None,
        })
    }

    /// The warnings, with the first of what they are about.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.warnings
            .iter()
            .map(|(sentence, named)| format!("{sentence}: {}", some(named)))
    }
}

/// The first of them.
pub fn some(named: &[String]) -> String {
    let mut shown: Vec<String> = named.iter().take(NAMED).cloned().collect();
    if named.len() > NAMED {
        shown.push(format!(
            "and {} more (see the log of the restore)",
            named.len() - NAMED
        ));
    }
    shown.join("; ")
}

/// Entries in words.
struct Words<'a> {
    entries: BTreeMap<u32, &'a Entry>,
}

impl<'a> Words<'a> {
    fn of(archive: &'a Archive) -> Self {
        let entries = archive.entries.iter().map(|entry| (entry.id, entry));
        Self {
            entries: entries.collect(),
        }
    }

    fn one(&self, id: u32) -> String {
        self.entries
            .get(&id)
            .map_or_else(|| id.to_string(), |entry| entry.described())
    }

    fn all(&self, ids: &[u32]) -> Vec<String> {
        ids.iter().map(|id| self.one(*id)).collect()
    }

    /// Those that are objects of their own: not rows, and not what is said of others.
    fn objects(&self, ids: &[u32]) -> Vec<String> {
        const NONE: [&str; 6] = [
            "ACL",
            "COMMENT",
            "SECURITY LABEL",
            "SEQUENCE SET",
            "SEQUENCE OWNED BY",
            "STATISTICS DATA",
        ];
        let is_object = |id: &&u32| {
            self.entries
                .get(id)
                .is_some_and(|entry| !NONE.iter().any(|kind| entry.is(kind)) && !entry.has_data)
        };
        ids.iter()
            .filter(is_object)
            .map(|id| self.one(*id))
            .collect()
    }

    /// What must be known of a selection.
    fn warnings(&self, selection: &Selection, has_rows: bool) -> Vec<(String, Vec<String>)> {
        let left_out = selection.left_out.iter().map(|left_out| {
            let why = match &left_out.why {
                Why::Needs(ids) => format!("needs {}", self.all(ids).join(", ")),
                Why::Inherits(id) => format!("inherits from {}", self.one(*id)),
            };
            format!("{} ({why})", self.one(left_out.entry))
        });
        let mut warnings = vec![
            (
                "left out, because it refers to objects that are not selected",
                left_out.collect(),
            ),
            (
                "--exactly restores only the selected entries, without the objects that belong to them or that they \
                 need",
                self.objects(&selection.lacking),
            ),
        ];
        if has_rows {
            warnings.push((
                "not all rows of these tables are restored, because the tables are not selected themselves",
                self.all(&selection.without_rows),
            ));
            warnings.push((
                "the archive has no rows of these selected tables",
                self.all(&selection.no_rows),
            ));
        }
        warnings
            .into_iter()
            .filter(|(_, named)| !named.is_empty())
            .map(|(sentence, named)| (sentence.to_owned(), named))
            .collect()
    }
}

/// Selected tables that may name large objects, none of which is selected though the archive has some.
fn without_large_objects<'a>(
    archive: &'a Archive,
    selection: &Selection,
) -> Option<Vec<&'a Entry>> {
    let is_large = |entry: &Entry| entry.is("BLOB") || entry.is("BLOB METADATA");
    let selected: HashSet<u32> = selection.entries.iter().copied().collect();
    let mut large = archive
        .entries
        .iter()
        .filter(|entry| is_large(entry))
        .peekable();
    large.peek()?;
    if large.any(|entry| selected.contains(&entry.id)) {
        return None;
    }
    let may_name = |entry: &Entry| {
        Tokens::new(entry.definition.as_slice())
            .map_while(Result::ok)
            .any(|token| {
                NUMBERS_OF_LARGE_OBJECTS
                    .iter()
                    .any(|word| token.is_word(word))
            })
    };
    let tables: Vec<&Entry> = archive
        .entries
        .iter()
        .filter(|entry| selected.contains(&entry.id) && entry.is("TABLE") && may_name(entry))
        .collect();
    (!tables.is_empty()).then_some(tables)
}
