//! Whether `pg_dumpall` lost a table: each of its `pg_dump`s takes a snapshot of its own, which nobody can share, so files are
//! compared before and after, and a table that has a new one and came out without a row is not believed to be empty.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::config::Environment;
use pgbackman_core::node::databases;
use pgbackman_core::node::locks::table_locks::{self, Table};

use crate::args::Args;
use crate::source::{Source, connect_to};
use pgbackman_core::job::failure::Failure;

/// A line longer than this is no COPY statement: a table has at most 1600 columns.
const LONGEST_LINE: usize = 512 * 1024;

/// The tables of every database of a node, each with its file.
pub(crate) type Files = BTreeMap<String, BTreeMap<Table, u32>>;

/// Reads which file each table has, database by database, one connection at a time.
pub(crate) async fn read(
    args: &Args,
    env: &Environment,
    source: &Source,
) -> Result<Files, Failure> {
    let mut files = Files::new();
    let all = databases::list(&*source.session)
        .await
        .map_err(Failure::failed)?;
    for database in all.into_iter().filter(|one| one.allows_connections) {
        // A database that cannot be reached is pg_dumpall's to tell.
        let session = match connect_to(args, env, &database.name).await {
            Ok(session) => session,
            Err(error) => {
                tracing::warn!("database {}: {error}", database.name);
                continue;
            }
        };
        let found = table_locks::files(&session).await;
        session.close().await;
        files.insert(database.name, found.map_err(Failure::failed)?);
    }
    Ok(files)
}

/// The tables that have another file than before and no row in the script, by name.
pub(crate) fn lost(before: &Files, after: &Files, empty: &EmptyCopies) -> Vec<String> {
    let mut lost = Vec::new();
    for (database, tables) in after {
        let Some(earlier) = before.get(database) else {
            continue;
        };
        let by_oid: BTreeMap<u32, u32> = earlier
            .iter()
            .map(|(table, file)| (table.oid, *file))
            .collect();
        let changed = tables
            .iter()
            .filter(|(table, file)| by_oid.get(&table.oid).is_some_and(|before| before != *file));
        lost.extend(
            changed
                .filter(|(table, _)| empty.may_have(table))
                .map(|(table, _)| format!("{table} of database {database}")),
        );
    }
    lost
}

/// The tables that a script fills with no row. Names stand for tables of any database: rather one too many.
#[derive(Debug, Default)]
pub(crate) struct EmptyCopies {
    line: Vec<u8>,
    copy: Option<Vec<u8>>,
    found: BTreeSet<(String, String)>,
    copies: bool,
}

impl EmptyCopies {
    /// The next bytes of the script.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if ends {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let is_copy = self.line.starts_with(b"COPY ") && self.line.ends_with(b" FROM stdin;");
        self.copies |= is_copy;
        if is_copy {
            self.copy = Some(std::mem::take(&mut self.line));
            return;
        }
        let copy = self.copy.take();
        if self.line == b"\\."
            && let Some(name) = copy.as_deref().and_then(table_of)
        {
            self.found.insert(name);
        }
        self.line.clear();
    }

    /// Whether the table may have come out without a row: for certain not, where there are rows. A script without COPY, and a
    /// name that is written in the encoding of its database or on two lines, says nothing.
    fn may_have(&self, table: &Table) -> bool {
        let is_plain = |name: &str| name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        !self.copies
            || !is_plain(&table.schema)
            || !is_plain(&table.name)
            || self
                .found
                .contains(&(table.schema.clone(), table.name.clone()))
    }
}

/// Schema and name of the table in a COPY statement.
fn table_of(copy: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(copy.strip_prefix(b"COPY ")?).into_owned();
    let (schema, rest) = identifier(&text)?;
    let (name, _) = identifier(rest.strip_prefix('.')?)?;
    Some((schema, name))
}

/// The identifier at the beginning, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['.', ' ', '('])?;
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return Some((name, &quoted[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(oid: u32, schema: &str, name: &str) -> Table {
        Table {
            oid,
            schema: schema.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn b0_a_table_with_a_new_file_is_lost_only_where_it_came_out_empty() {
        let script = b"COPY public.t (n) FROM stdin;\n\\.\nCOPY public.u (n) FROM stdin;\n1\n\\.\n\
                       COPY public.\"a \"\".b\" (n) FROM stdin;\n\\.\n";
        for size in [1, 7, script.len()] {
            let mut empty = EmptyCopies::default();
            script.chunks(size).for_each(|chunk| empty.push(chunk));
            let before = Files::from([(
                "d".to_owned(),
                BTreeMap::from([
                    (table(1, "public", "t"), 10),
                    (table(2, "public", "u"), 20),
                    (table(3, "public", "a \".b"), 30),
                    (table(5, "public", "m\u{fc}ller"), 50),
                ]),
            )]);
            let mut after = before.clone();
            assert!(lost(&before, &after, &empty).is_empty());
            for file in after.values_mut().flat_map(|tables| tables.values_mut()) {
                *file += 1;
            }
            let named = lost(&before, &after, &empty);
            assert_eq!(
                named,
                [
                    "\"public\".\"t\" of database d",
                    "\"public\".\"a \"\".b\" of database d",
                    "\"public\".\"m\u{fc}ller\" of database d",
                ]
            );
            assert_eq!(lost(&before, &after, &EmptyCopies::default()).len(), 4);
        }
    }
}
