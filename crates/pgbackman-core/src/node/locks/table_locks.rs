//! Locks on the tables of a database that a backup will read, and what happened to their files.
//!
//! TRUNCATE and every ALTER TABLE that writes a table again are not MVCC-safe: a snapshot that is older than such a change
//! sees the new file, and finds it empty. So a backup locks the tables before it takes its snapshot, and compares files
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, Type};

use crate::domain::pg_version::PgRelease;
use crate::node::{Asking, NodeError, snapshot};
use crate::pgtools::quote;

/// How many tables one statement locks.
const BATCH: usize = 200;
/// How often the list is read again for tables that were made while others were locked.
const ROUNDS: usize = 3;

/// A table of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    /// Its OID.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}.{}",
            quote::identifier(&self.schema),
            quote::identifier(&self.name)
        )
    }
}

/// What is done about a table that somebody else has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// It is waited for.
    Wait,
    /// It stays without a lock: perhaps it does not belong to the backup at all.
    Skip,
}

/// How many locks all sessions of the server can hold together.
pub async fn capacity(client: &Client) -> Result<u64, NodeError> {
    const WHAT: &str = "the size of its lock table";
    let sql = include_str!("../sql/locks/lock_capacity.sql");
    let row = client.query_one(sql, &[]).await.asking(WHAT)?;
    let capacity: i64 = row.try_get(0).asking(WHAT)?;
    Ok(capacity.unsigned_abs())
}

/// The tables that a backup of this database reads.
pub async fn list(client: &Client) -> Result<Vec<Table>, NodeError> {
    tables(
        client,
        include_str!("../sql/locks/tables_to_lock.sql"),
        "its tables",
    )
    .await
}

/// The tables whose file is another one than in the snapshot of the client's transaction.
pub async fn rewritten(client: &Client) -> Result<Vec<Table>, NodeError> {
    let sql = include_str!("../sql/locks/rewritten_tables.sql");
    tables(client, sql, "the tables that have a new file").await
}

/// Every table with its file's number, as they are now.
pub async fn files(client: &Client) -> Result<BTreeMap<Table, u32>, NodeError> {
    const WHAT: &str = "the files of its tables";
    let sql = include_str!("../sql/locks/table_files.sql");
    let rows = client.query(sql, &[]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| Ok((table(row)?, row.try_get(3)?)))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

async fn tables(client: &Client, sql: &str, what: &'static str) -> Result<Vec<Table>, NodeError> {
    let rows = client.query(sql, &[]).await.asking(what)?;
    rows.iter()
        .map(table)
        .collect::<Result<_, _>>()
        .asking(what)
}

fn table(row: &tokio_postgres::Row) -> Result<Table, tokio_postgres::Error> {
    Ok(Table {
        oid: row.try_get(0)?,
        schema: row.try_get::<_, Lossy>(1)?.0,
        name: row.try_get::<_, Lossy>(2)?.0,
    })
}

/// A text that need not be UTF-8: in a database of the encoding `SQL_ASCII` a name may be any bytes. One that is not cannot be
/// locked by name; it can be told.
struct Lossy(String);

impl<'a> FromSql<'a> for Lossy {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(String::from_utf8_lossy(raw).into_owned()))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }
}

/// Begins a transaction, each of whose statements sees what is committed by then, and locks the tables of the database in it
/// (ACCESS SHARE, as `pg_dump` does). Returns the OIDs of those that are locked: a table that has gone meanwhile, or that
/// the role may not read, is left to `pg_dump`.
///
/// # Errors
/// When a statement fails; the transaction can then only be ended.
pub async fn lock_all(
    client: &Client,
    release: PgRelease,
    patience: Patience,
) -> Result<BTreeSet<u32>, NodeError> {
    const WHAT: &str = "the tables, which were to be locked,";
    snapshot::prepare_session(client, release).await?;
    client
        .batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY")
        .await
        .asking(WHAT)?;
    let (mut tried, mut locked) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        let mut new = list(client).await?;
        new.retain(|table| tried.insert(table.oid));
        if new.is_empty() {
            break;
        }
        for batch in new.chunks(BATCH) {
            if lock(client, batch, patience).await.asking(WHAT)? {
                locked.extend(batch.iter().map(|table| table.oid));
                continue;
            }
            for one in batch {
                if lock(client, std::slice::from_ref(one), patience)
                    .await
                    .asking(WHAT)?
                {
                    locked.insert(one.oid);
                }
            }
        }
    }
    Ok(locked)
}

/// Whether a backup continues without these locks when they failed so: the server has no room for them, or somebody waited for
/// one of them in turn. What happened to the tables is checked afterwards all the same.
pub fn can_be_done_without(error: &NodeError) -> bool {
    error.sql_state().is_some_and(|code| {
        [
            SqlState::OUT_OF_MEMORY,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::QUERY_CANCELED,
        ]
        .contains(code)
    })
}

/// Ends the transaction in which not all tables could be locked.
pub async fn give_up(client: &Client) -> Result<(), NodeError> {
    client
        .batch_execute("ROLLBACK")
        .await
        .asking("the end of the transaction of the locks")
}

/// Locks them all, or none of them: then one of them cannot be locked, and the transaction is as it was before.
async fn lock(
    client: &Client,
    tables: &[Table],
    patience: Patience,
) -> Result<bool, tokio_postgres::Error> {
    let names: Vec<String> = tables.iter().map(|table| format!("ONLY {table}")).collect();
    let nowait = match patience {
        Patience::Wait => "",
        Patience::Skip => " NOWAIT",
    };
    client.batch_execute("SAVEPOINT tables").await?;
    let statement = format!(
        "LOCK TABLE {} IN ACCESS SHARE MODE{nowait}",
        names.join(", ")
    );
    match client.batch_execute(&statement).await {
        Ok(()) => {
            client.batch_execute("RELEASE SAVEPOINT tables").await?;
            Ok(true)
        }
        Err(error) if error.code().is_some_and(concerns_a_table) => {
            client
                .batch_execute("ROLLBACK TO SAVEPOINT tables; RELEASE SAVEPOINT tables")
                .await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether a LOCK failed for what one of its tables is or has become, or for who has it.
fn concerns_a_table(code: &SqlState) -> bool {
    [
        SqlState::UNDEFINED_TABLE,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::WRONG_OBJECT_TYPE,
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        SqlState::LOCK_NOT_AVAILABLE,
    ]
    .contains(code)
}
