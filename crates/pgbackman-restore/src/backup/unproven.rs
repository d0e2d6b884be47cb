//! A backup without a manifest, as 1.x left it. Nothing but its own end marks says that it is whole: `pg_restore` restores
//! what is left of a data file that was cut off and ends with status 0 (trap 3). So its archive is read by our own code
//! to the end before anything is changed, and what was restored is counted.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pgbackman_core::archive::{Amount, Archive, ArchiveError, Contents, Entry};
use pgbackman_core::conninfo::Session;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::quote::identifier;
use pgbackman_core::pgtools::sql_tokens::{Token, Tokens};

use crate::backup::{Backup, StopOnDrop};
use crate::run::log::RestoreLog;

/// Whether a table is partitioned.
const IS_PARTITIONED: &str = include_str!("unproven.sql");

/// A table into which rows are copied: schema and name.
type Table = (String, String);

/// How many rows the archive has for each table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Of each entry with rows its number, the table that they go to, and how many there are.
    entries: Vec<(u32, Table, u64)>,
}

/// Reads the archive to its end, and counts its rows.
pub(crate) async fn read_to_end(
    archive: &Arc<Archive>,
    backup: &Backup,
    log: &RestoreLog,
    bounds: &mut Bounds,
) -> Result<Counted, Failure> {
    log.say(format!(
        "read {} to its end, because it has no manifest",
        backup.dump_file.display()
    ));
    let stop = StopOnDrop(Arc::<AtomicBool>::default());
    let (archive, flag) = (Arc::clone(archive), Arc::clone(&stop.0));
    let reading = tokio::task::spawn_blocking(move || {
        let contents = archive.read_to_end(&flag)?;
        Ok::<_, ArchiveError>(count(&archive, &contents))
    });
    let read = bounds
        .within("read the archive to its end", reading)
        .await?
        .map_err(Failure::failed)?;
    let counted = read.map_err(|error| {
        Failure::failed(format!(
            "could not read the archive to its end, and the target was not changed: {error}; restore another backup, \
             and do not rely on this one"
        ))
    })?;
    let rows = counted.by_table();
    log.say(format!(
        "the archive is complete: {} rows for {} tables",
        rows.values().sum::<u64>(),
        rows.len()
    ));
    Ok(counted)
}

fn count(archive: &Archive, contents: &Contents) -> Counted {
    let mut counted = Counted::default();
    for entry in &archive.entries {
        if let (Some(Amount::Rows(rows)), Some(table)) = (contents.of(entry.id), copied_to(entry)) {
            counted.entries.push((entry.id, table, rows));
        }
    }
    counted
}

/// The table of a statement `COPY schema.name (columns) FROM stdin`.
pub(crate) fn copied_to(entry: &Entry) -> Option<Table> {
    let mut tokens = Tokens::new(entry.copy.as_slice());
    let mut next = || tokens.next()?.ok();
    let name = |token: Token| Some(String::from_utf8_lossy(token.name()?).into_owned());
    next().filter(|token| token.is_word("copy"))?;
    let schema = name(next()?)?;
    next().filter(|token| *token == Token::Symbol(b'.'))?;
    Some((schema, name(next()?)?))
}

impl Counted {
    /// Those of some entries.
    pub(crate) fn only(mut self, ids: &HashSet<u32>) -> Self {
        self.entries.retain(|(id, ..)| ids.contains(id));
        self
    }

    /// The rows by the table that they go to: those of a partition may go to its root.
    fn by_table(&self) -> BTreeMap<&Table, u64> {
        let mut rows = BTreeMap::new();
        for (_, table, count) in &self.entries {
            *rows.entry(table).or_default() += count;
        }
        rows
    }

    /// Compares with the tables that were made and filled; fewer rows are an error. Returns what could not be counted.
    pub(crate) async fn compare(
        &self,
        session: &Session,
        log: &RestoreLog,
    ) -> Result<Option<String>, Failure> {
        // A policy makes counting an error, and hides nothing.
        session
            .batch_execute("SET row_security TO off")
            .await
            .map_err(doing("count the rows"))?;
        let rows = self.by_table();
        let mut missing = Vec::new();
        let mut uncounted = Vec::new();
        for ((schema, name), wanted) in &rows {
            match rows_of(session, schema, name).await {
                Ok(found) if u64::try_from(found).unwrap_or_default() < *wanted => {
                    missing.push(format!("{schema}.{name} has {found} of {wanted} rows"));
                }
                Ok(_) => {}
                // A name in another encoding, a foreign table, a policy: the rest can be counted.
                Err(error) if error.as_db_error().is_some() => {
                    uncounted.push(format!("{schema}.{name}"));
                }
                Err(error) => return Err(doing("count the rows")(error)),
            }
        }
        if !missing.is_empty() {
            return Err(Failure::failed(format!(
                "pg_restore reported no error, but tables have fewer rows than the archive: {}",
                missing.join(", ")
            )));
        }
        log.say(format!(
            "{} tables have at least as many rows as the archive",
            rows.len() - uncounted.len()
        ));
        Ok((!uncounted.is_empty()).then(|| {
            format!(
                "could not count the rows of these tables after the restore: {}",
                uncounted.join(", ")
            )
        }))
    }
}

/// The table's own rows; of a partitioned one those of its partitions.
async fn rows_of(
    session: &Session,
    schema: &str,
    name: &str,
) -> Result<i64, tokio_postgres::Error> {
    let found = session.query_opt(IS_PARTITIONED, &[&schema, &name]).await?;
    let is_partitioned = match found {
        Some(row) => row.try_get(0)?,
        None => false,
    };
    let only = if is_partitioned { "" } else { "ONLY " };
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM {only}{}.{}",
        identifier(schema),
        identifier(name)
    );
    session.query_one(&sql, &[]).await?.try_get(0)
}
