//! Taking away the old views, triggers and functions without harming what others built on them: their views are saved and
//! made again, and the rights that were given stay.

use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Row, Transaction};

use super::{MigrateError, embedded, failed};

/// What has to be done after the new set is there.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// Others' views, the ones that are built on first.
    views: Vec<String>,
    /// Rights on our views and on those of others.
    grants: Vec<String>,
    /// Rights on our functions.
    function_grants: Vec<FunctionGrant>,
    /// Functions of 1.x that belong to somebody else and stay, unused.
    pub(super) left: Vec<String>,
}

/// A right on a function.
#[derive(Debug)]
struct FunctionGrant {
    /// The function that must exist for it.
    signature: String,
    /// What gives it.
    statement: String,
}

/// Our names, of 1.x and of now.
struct Names {
    views: Vec<&'static str>,
    functions: Vec<&'static str>,
}

/// An object of ours as it is in the database.
struct OwnObject {
    kind: Kind,
    oid: u32,
    /// As DROP takes it; quoted by PostgreSQL.
    name: String,
    /// Whether this session may drop it.
    droppable: bool,
}

/// The kinds of objects that are replaced, in the order in which they can be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    View,
    Trigger,
    Function,
}

/// Saves what others have, and drops their views, our views, our triggers and our functions.
pub(super) async fn take_away(transaction: &Transaction<'_>) -> Result<Saved, MigrateError> {
    let names = Names {
        views: embedded::view_names(),
        functions: [embedded::LEGACY_FUNCTIONS, &embedded::function_names()].concat(),
    };
    let own = own_objects(transaction, &names).await?;
    let foreign = foreign_views(transaction, &names).await?;
    let saved = save(transaction, &names, &own, &foreign).await?;
    drop_foreign(transaction, &foreign).await?;
    for kind in [Kind::View, Kind::Trigger, Kind::Function] {
        drop_own(transaction, kind, &own).await?;
    }
    Ok(saved)
}

/// Makes others' views again and gives the rights back.
pub(super) async fn give_back(
    transaction: &Transaction<'_>,
    saved: &Saved,
) -> Result<(), MigrateError> {
    for statement in &saved.views {
        // A column that it needs may be gone: then the view is named, and nothing is upgraded.
        transaction
            .batch_execute(statement)
            .await
            .map_err(|error| {
                let view = statement.lines().next().unwrap_or_default();
                MigrateError::Dependents {
                    objects: vec![format!("{view} ({})", failed("make again", &error))],
                }
            })?;
    }
    for statement in &saved.grants {
        execute(transaction, statement).await?;
    }
    for grant in &saved.function_grants {
        let found = query(
            transaction,
            "functions",
            "SELECT to_regprocedure($1) IS NOT NULL",
            &[&grant.signature],
        )
        .await?;
        if first_column::<bool>(&found)?.contains(&true) {
            execute(transaction, &grant.statement).await?;
        }
    }
    Ok(())
}

async fn own_objects(
    transaction: &Transaction<'_>,
    names: &Names,
) -> Result<Vec<OwnObject>, MigrateError> {
    let rows = query(
        transaction,
        "own objects",
        include_str!("own_objects.sql"),
        &[&names.views, &names.functions],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let kind = match field(row, "kind")? {
                "VIEW" => Kind::View,
                "TRIGGER" => Kind::Trigger,
                _ => Kind::Function,
            };
            Ok(OwnObject {
                kind,
                oid: field(row, "oid")?,
                name: field(row, "name")?,
                droppable: field(row, "droppable")?,
            })
        })
        .collect()
}

/// The OIDs of others' views in the order in which they are made again; refuses what cannot be saved.
async fn foreign_views(
    transaction: &Transaction<'_>,
    names: &Names,
) -> Result<Vec<u32>, MigrateError> {
    let rows = query(
        transaction,
        "dependents",
        include_str!("dependents.sql"),
        &[&names.views, &names.functions, &embedded::table_names()],
    )
    .await?;
    let mut obstacles = Vec::new();
    let mut views = Vec::new();
    for row in &rows {
        match field::<Option<&str>>(row, "obstacle")? {
            Some(obstacle) => obstacles.push(format!(
                "{} ({obstacle})",
                field::<&str>(row, "description")?
            )),
            None => views.push(field(row, "oid")?),
        }
    }
    if obstacles.is_empty() {
        Ok(views)
    } else {
        Err(MigrateError::Dependents { objects: obstacles })
    }
}

async fn save(
    transaction: &Transaction<'_>,
    names: &Names,
    own: &[OwnObject],
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
        saved.views.extend(first_column::<String>(&rows)?);
    }
    let own_views = own
        .iter()
        .filter(|object| object.kind == Kind::View)
        .map(|object| object.oid);
    let views: Vec<u32> = own_views.chain(foreign.iter().copied()).collect();
    let rows = query(
        transaction,
        "rights on views",
        include_str!("save_grants.sql"),
        &[&views],
    )
    .await?;
    saved.grants = first_column(&rows)?;
    let rows = query(
        transaction,
        "rights on functions",
        include_str!("save_function_grants.sql"),
        &[&names.functions],
    )
    .await?;
    for row in &rows {
        let grant = FunctionGrant {
            signature: field(row, "signature")?,
            statement: field(row, "statement")?,
        };
        saved.function_grants.push(grant);
    }
    saved.left = own
        .iter()
        .filter(|object| !object.droppable)
        .map(|object| {
            format!(
                "the function {} of 1.x belongs to another role and is kept; nothing uses it",
                object.name
            )
        })
        .collect();
    Ok(saved)
}

async fn drop_foreign(transaction: &Transaction<'_>, views: &[u32]) -> Result<(), MigrateError> {
    let statement = "SELECT v.oid::regclass::text FROM unnest($1::oid[]) AS v (oid)";
    let rows = query(transaction, "others' views", statement, &[&views]).await?;
    drop_all(transaction, "VIEW", &first_column(&rows)?).await
}

async fn drop_own(
    transaction: &Transaction<'_>,
    kind: Kind,
    own: &[OwnObject],
) -> Result<(), MigrateError> {
    let names: Vec<String> = own
        .iter()
        .filter(|object| object.kind == kind && object.droppable)
        .map(|object| object.name.clone())
        .collect();
    match kind {
        Kind::View => drop_all(transaction, "VIEW", &names).await,
        Kind::Function => drop_all(transaction, "FUNCTION", &names).await,
        Kind::Trigger => {
            // Only one can be dropped at a time.
            for name in names {
                drop_all(transaction, "TRIGGER", &[name]).await?;
            }
            Ok(())
        }
    }
}

/// In one statement, so that they may depend on each other. The names come quoted from PostgreSQL.
async fn drop_all(
    transaction: &Transaction<'_>,
    kind: &str,
    names: &[String],
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

async fn query(
    transaction: &Transaction<'_>,
    what: &str,
    statement: &str,
    parameters: &[&(dyn ToSql + Sync)],
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

fn field<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, MigrateError> {
    row.try_get(name).map_err(|error| failed(name, &error))
}

/// The first column of every row.
fn first_column<'a, T: FromSql<'a>>(rows: &'a [Row]) -> Result<Vec<T>, MigrateError> {
    rows.iter()
        .map(|row| {
            row.try_get(0)
                .map_err(|error| failed("first column", &error))
        })
        .collect()
}
