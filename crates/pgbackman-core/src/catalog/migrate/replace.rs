//! Taking away the old views, triggers and functions without harming what others built on them: their views are saved and
//! made again, and the rights that were given stay.

use tokio_postgres::{Row, Transaction};

use super::state::ALL_TABLES;
use super::{MigrateError, embedded, failed};

/// What has to be done after the new set is there.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// Others' views, the ones that are built on first.
    views: Vec<String>,
    /// Rights on our views and on those of others.
    grants: Vec<String>,
    /// Rights on our functions, with the signature that must exist.
    function_grants: Vec<(String, String)>,
    /// Functions of 1.x that belong to somebody else and stay, unused.
    pub(super) left: Vec<String>,
}

/// Our names, of 1.x and of now.
struct Own {
    views: Vec<&'static str>,
    functions: Vec<&'static str>,
}

/// Saves what others have, and drops their views, our views, our triggers and our functions.
pub(super) async fn take_away(transaction: &Transaction<'_>) -> Result<Saved, MigrateError> {
    let own = Own {
        views: embedded::view_names(),
        functions: [embedded::LEGACY_FUNCTIONS, &embedded::function_names()].concat(),
    };
    let objects = query(
        transaction,
        "own objects",
        include_str!("own_objects.sql"),
        &[&own.views, &own.functions],
    )
    .await?;
    let foreign = foreign_views(transaction, &own).await?;
    let saved = save(transaction, &own, &objects, &foreign).await?;
    drop_foreign(transaction, &foreign).await?;
    for kind in ["VIEW", "TRIGGER", "FUNCTION"] {
        drop_own(transaction, kind, &objects).await?;
    }
    Ok(saved)
}

/// Makes others' views again and gives the rights back.
pub(super) async fn give_back(
    transaction: &Transaction<'_>,
    saved: &Saved,
) -> Result<(), MigrateError> {
    for statement in &saved.views {
        transaction
            .batch_execute(statement)
            .await
            .map_err(|error| MigrateError::Dependents {
                objects: vec![format!(
                    "{} ({})",
                    statement.lines().next().unwrap_or_default(),
                    failed("make again", &error)
                )],
            })?;
    }
    for statement in &saved.grants {
        execute(transaction, statement).await?;
    }
    for (signature, statement) in &saved.function_grants {
        let rows = query(
            transaction,
            "functions",
            "SELECT to_regprocedure($1) IS NOT NULL AS there",
            &[signature],
        )
        .await?;
        if rows.iter().any(|row| row.get("there")) {
            execute(transaction, statement).await?;
        }
    }
    Ok(())
}

/// The OIDs of others' views in the order in which they are made again; refuses what cannot be saved.
async fn foreign_views(transaction: &Transaction<'_>, own: &Own) -> Result<Vec<u32>, MigrateError> {
    let rows = query(
        transaction,
        "dependents",
        include_str!("dependents.sql"),
        &[&own.views, &own.functions, &ALL_TABLES.concat()],
    )
    .await?;
    let objects: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let obstacle: Option<&str> = row.get("obstacle");
            Some(format!(
                "{} ({})",
                row.get::<_, &str>("description"),
                obstacle?
            ))
        })
        .collect();
    if objects.is_empty() {
        Ok(rows.iter().map(|row| row.get("oid")).collect())
    } else {
        Err(MigrateError::Dependents { objects })
    }
}

async fn save(
    transaction: &Transaction<'_>,
    own: &Own,
    objects: &[Row],
    foreign: &[u32],
) -> Result<Saved, MigrateError> {
    let mut saved = Saved::default();
    for view in foreign {
        let rows = query(
            transaction,
            "others' views",
            include_str!("save_view.sql"),
            &[view],
        )
        .await?;
        saved
            .views
            .extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    let views: Vec<u32> = of_kind(objects, "VIEW")
        .map(|row| row.get("oid"))
        .chain(foreign.iter().copied())
        .collect();
    let rows = query(
        transaction,
        "rights on views",
        include_str!("save_grants.sql"),
        &[&views],
    )
    .await?;
    saved.grants = rows.iter().map(|row| row.get(0)).collect();
    let rows = query(
        transaction,
        "rights on functions",
        include_str!("save_function_grants.sql"),
        &[&own.functions],
    )
    .await?;
    saved.function_grants = rows
        .iter()
        .map(|row| (row.get("signature"), row.get("statement")))
        .collect();
    saved.left = of_kind(objects, "FUNCTION")
        .filter(|row| !row.get::<_, bool>("droppable"))
        .map(|row| {
            format!(
                "the function {} of 1.x belongs to another role and stays; nothing uses it",
                name(row)
            )
        })
        .collect();
    Ok(saved)
}

async fn drop_foreign(transaction: &Transaction<'_>, views: &[u32]) -> Result<(), MigrateError> {
    let rows = query(
        transaction,
        "others' views",
        "SELECT v.oid::regclass::text FROM unnest($1::oid[]) AS v (oid)",
        &[&views],
    )
    .await?;
    let names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    drop_all(transaction, "VIEW", &names).await
}

async fn drop_own(
    transaction: &Transaction<'_>,
    kind: &str,
    objects: &[Row],
) -> Result<(), MigrateError> {
    let names: Vec<&str> = of_kind(objects, kind)
        .filter(|row| row.get::<_, bool>("droppable"))
        .map(name)
        .collect();
    if kind == "TRIGGER" {
        // Only one trigger can be dropped at a time.
        for trigger in names {
            drop_all(transaction, kind, &[trigger]).await?;
        }
        return Ok(());
    }
    drop_all(transaction, kind, &names).await
}

/// In one statement, so that they may depend on each other. The names come quoted from PostgreSQL.
async fn drop_all(
    transaction: &Transaction<'_>,
    kind: &str,
    names: &[&str],
) -> Result<(), MigrateError> {
    if names.is_empty() {
        return Ok(());
    }
    execute(
        transaction,
        &["DROP ", kind, " ", &names.join(", ")].concat(),
    )
    .await
}

fn of_kind<'a>(objects: &'a [Row], kind: &str) -> impl Iterator<Item = &'a Row> {
    objects
        .iter()
        .filter(move |row| row.get::<_, &str>("kind") == kind)
}

fn name(row: &Row) -> &str {
    row.get("name")
}

async fn query(
    transaction: &Transaction<'_>,
    what: &'static str,
    statement: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<Row>, MigrateError> {
    transaction
        .query(statement, parameters)
        .await
        .map_err(|error| failed(what, &error))
}

async fn execute(transaction: &Transaction<'_>, statement: &str) -> Result<(), MigrateError> {
    transaction
        .batch_execute(statement)
        .await
        .map_err(|error| failed(statement, &error))
}
