//! Before an upgrade: nobody changes the old catalogue any more, and its tables come to belong to the owner role.

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use super::{MigrateError, OWNER_ROLE, embedded, failed};
use crate::pgtools::quote::identifier;

/// How often the lock is tried again where a program of 1.x stood in the way with one of its own.
const TRIES: u32 = 5;

/// A table or view of the catalogue that belongs to another role than the owner role.
#[derive(Debug)]
pub(super) struct Foreign {
    name: String,
}

/// The tables and views of others: a 1.x that was installed by a superuser has them. Refuses where the connected role may not give
/// them away, and names them.
pub(super) async fn foreign(transaction: &Transaction<'_>) -> Result<Vec<Foreign>, MigrateError> {
    let names = [embedded::table_names(), embedded::view_names()].concat();
    let rows = transaction
        .query(
            "SELECT c.relname::text, o.rolname::text, current_user::text, \
                    me.rolsuper OR (pg_catalog.pg_has_role(c.relowner, 'MEMBER') \
                                    AND pg_catalog.pg_has_role($2::name, 'MEMBER')) \
             FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner \
             JOIN pg_catalog.pg_roles AS me ON me.rolname = current_user \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') \
               AND c.relname = ANY ($1::text[]) AND o.rolname <> $2::name \
             ORDER BY 1",
            &[&names, &OWNER_ROLE],
        )
        .await
        .map_err(|error| failed("owners of tables", &error))?;
    let mut tables = Vec::new();
    let mut kept_by_others = Vec::new();
    let mut role = String::new();
    for row in &rows {
        let column = |error| failed("owners of tables", &error);
        let name: String = row.try_get(0).map_err(column)?;
        let owner: String = row.try_get(1).map_err(column)?;
        role = row.try_get(2).map_err(column)?;
        if !row.try_get::<_, bool>(3).map_err(column)? {
            kept_by_others.push(format!("{name} ({owner})"));
        }
        tables.push(Foreign { name });
    }
    if kept_by_others.is_empty() {
        Ok(tables)
    } else {
        Err(MigrateError::ForeignOwners {
            role,
            objects: kept_by_others,
        })
    }
}

/// Waits for programs that are changing the catalogue at this moment, and lets no other begin until the upgrade is done or
/// given up. Reading continues: the catalogue can be dumped.
pub(super) async fn keep_writers_out(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    let rows = transaction
        .query(
            "SELECT relname::text FROM pg_catalog.pg_class \
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY ($1::text[]) \
             ORDER BY 1",
            &[&embedded::table_names()],
        )
        .await
        .map_err(|error| failed("tables", &error))?;
    let mut names = Vec::new();
    for row in &rows {
        let name: &str = row.try_get(0).map_err(|error| failed("tables", &error))?;
        names.push(format!("public.{}", identifier(name)));
    }
    let statement = format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
    let what = "lock the catalogue's tables";
    execute(transaction, what, "SAVEPOINT keep_others_out").await?;
    let mut tries = 1;
    loop {
        match transaction.batch_execute(&statement).await {
            // A program waits for a table that we have, and we for one of its own: it goes first.
            Err(error)
                if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) && tries < TRIES =>
            {
                execute(transaction, what, "ROLLBACK TO SAVEPOINT keep_others_out").await?;
                tries += 1;
            }
            result => return result.map_err(|error| failed(what, &error)),
        }
    }
}

/// Gives the tables and views, with what belongs to them (sequences of columns, indexes), to the owner role.
pub(super) async fn adopt(
    transaction: &Transaction<'_>,
    tables: &[Foreign],
) -> Result<(), MigrateError> {
    for table in tables {
        let statement = format!(
            "ALTER TABLE public.{} OWNER TO {}",
            identifier(&table.name),
            identifier(OWNER_ROLE)
        );
        execute(
            transaction,
            "transfer ownership to the owner role",
            &statement,
        )
        .await?;
    }
    Ok(())
}

async fn execute(
    transaction: &Transaction<'_>,
    what: &str,
    statement: &str,
) -> Result<(), MigrateError> {
    transaction
        .batch_execute(statement)
        .await
        .map_err(|error| failed(what, &error))
}
