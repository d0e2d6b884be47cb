//! One installation or upgrade: a transaction under an advisory lock.

use tokio_postgres::{Client, Transaction};

use super::embedded::{self, File};
use super::{
    Applied, MigrateError, OWNER_ROLE, SavingError, Schema, adopt, contents, failed, planted,
    replace,
};
use crate::catalogue::error::CatalogError;
use crate::catalogue::schema::{RELEASED_VERSION, SCHEMA_VERSION};

/// The advisory lock that installations and upgrades take in turn ("PgBackMn" as a number).
pub(super) const LOCK: i64 = 0x5067_4261_636b_4d6e;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A catalogue in an empty database.
    Install,
    /// A newer catalogue where an older one is.
    Upgrade,
}

/// Looks again under the lock, does what is to be done, and commits.
pub(super) async fn run<E>(
    client: &mut Client,
    wanted: Wanted,
    save: impl AsyncFnOnce(i32) -> Result<(), E>,
) -> Result<Applied, SavingError<E>> {
    let transaction = client
        .transaction()
        .await
        .map_err(|error| failed("begin", &error))?;
    prepare(&transaction).await?;
    let found = planted::trusted_status(&transaction).await?;
    let applied = match (found, wanted) {
        (Schema::Current, _) => Applied {
            from: Some(SCHEMA_VERSION),
            changed: false,
            remarks: Vec::new(),
        },
        (Schema::Empty, Wanted::Install) => fresh(&transaction).await?,
        (Schema::Older { version, .. }, Wanted::Upgrade) => {
            from_version(&transaction, version, save).await?
        }
        (Schema::OtherFunctions, Wanted::Upgrade) => {
            from_version(&transaction, SCHEMA_VERSION, save).await?
        }
        (other, _) => {
            return Err(SavingError::Migrate(MigrateError::Refused {
                found: describe(&other),
            }));
        }
    };
    transaction
        .commit()
        .await
        .map_err(|error| failed("commit", &error))?;
    Ok(applied)
}

/// Waits for the lock, and makes sure that a session of 1.x that sits
/// on a table makes the upgrade fail instead of hang.
async fn prepare(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    transaction
        .execute("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[&LOCK])
        .await
        .map_err(|error| failed("lock", &error))?;
    transaction
        .batch_execute(
            "SET LOCAL client_min_messages = warning; \
             SET LOCAL lock_timeout = '1min'; SET LOCAL idle_in_transaction_session_timeout = 0; \
             SET LOCAL statement_timeout = 0",
        )
        .await
        .map_err(|error| failed("settings", &error))
}

/// Names in the files mean the schema `public`.
async fn search_public(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    transaction
        .batch_execute("SET LOCAL search_path = public, pg_temp")
        .await
        .map_err(|error| failed("settings", &error))
}

async fn fresh(transaction: &Transaction<'_>) -> Result<Applied, MigrateError> {
    search_public(transaction).await?;
    become_owner(transaction).await?;
    execute_all(transaction, embedded::SCHEMA).await?;
    execute_all(transaction, embedded::REPEATABLE).await?;
    note_contents(transaction).await?;
    Ok(Applied {
        from: None,
        changed: true,
        remarks: Vec::new(),
    })
}

async fn from_version<E>(
    transaction: &Transaction<'_>,
    found: i32,
    save: impl AsyncFnOnce(i32) -> Result<(), E>,
) -> Result<Applied, SavingError<E>> {
    let foreign = adopt::foreign(transaction).await?;
    adopt::keep_writers_out(transaction).await?;
    planted::hold_still(transaction).await?;
    // Again: now nobody can change the tables any more, nor make functions and operators.
    planted::refuse(transaction).await?;
    save(found).await.map_err(SavingError::NotSaved)?;
    adopt::adopt(transaction, &foreign).await?;
    let saved = replace::take_away(transaction).await?;
    search_public(transaction).await?;
    become_owner(transaction).await?;
    let mut version = found;
    while let Some(step) = embedded::STEPS
        .iter()
        .find(|step| step.from.contains(&version))
    {
        execute_all(transaction, &[step.file])
            .await
            .map_err(|error| unreleased(found, error))?;
        version = step.to;
    }
    look_at_columns(transaction, found).await?;
    execute_all(transaction, embedded::REPEATABLE).await?;
    note_contents(transaction).await?;
    // Others' views belong to others: back to who we were, and to PostgreSQL's own names.
    transaction
        .batch_execute("SET LOCAL ROLE NONE; SET LOCAL search_path TO pg_catalog, pg_temp")
        .await
        .map_err(|error| failed("role", &error))?;
    replace::give_back(transaction, &saved).await?;
    Ok(Applied {
        from: Some(found),
        changed: true,
        remarks: saved.left,
    })
}

/// A catalogue that no release made may hold something else than its number says: a step then fails on what is there already.
fn unreleased(found: i32, error: MigrateError) -> MigrateError {
    match error {
        MigrateError::Sql {
            file,
            source: source @ CatalogError::Refused { .. },
        } if found > RELEASED_VERSION => MigrateError::Unreleased {
            version: found,
            found: format!("{file}: {source}"),
        },
        error => error,
    }
}

/// Or it lacks what was added under its number later.
async fn look_at_columns(transaction: &Transaction<'_>, found: i32) -> Result<(), MigrateError> {
    let missing = contents::missing(transaction)
        .await
        .map_err(|source| MigrateError::Sql {
            file: "columns".to_owned(),
            source,
        })?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(MigrateError::Unreleased {
        version: found,
        found: format!("it lacks {}", contents::describe(&missing)),
    })
}

async fn note_contents(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    transaction
        .batch_execute(&contents::note())
        .await
        .map_err(|error| failed("record the created objects", &error))
}

/// What is made belongs to the owner role, whoever runs this.
async fn become_owner(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    // The role's name is fixed; nothing of the catalogue or an operator goes into this text.
    let statement = ["SET LOCAL ROLE ", OWNER_ROLE].concat();
    transaction
        .batch_execute(&statement)
        .await
        .map_err(|error| failed("switch to the owner role", &error))
}

async fn execute_all(transaction: &Transaction<'_>, files: &[File]) -> Result<(), MigrateError> {
    for file in files {
        transaction
            .batch_execute(file.text)
            .await
            .map_err(|error| failed(file.name, &error))?;
    }
    Ok(())
}

fn describe(schema: &Schema) -> String {
    match schema {
        Schema::Empty => "it is empty, so there is nothing to upgrade".to_owned(),
        Schema::Current => "it already is one".to_owned(),
        Schema::Older { version, tag } => {
            format!("it contains a catalogue of version [{version}:{tag}]: upgrade it")
        }
        Schema::OtherFunctions => {
            "it already is one, with functions and views of another state of this software: \
                                   upgrade it"
                .to_owned()
        }
        Schema::Newer { version, tag } => {
            format!("it contains a catalogue of the newer version [{version}:{tag}]")
        }
        Schema::Unusable { found } => found.clone(),
    }
}
