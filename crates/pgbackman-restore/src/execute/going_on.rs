//! What continues in a database that is about to be renamed, and does not end, or does not continue, by itself.

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::handoff::run::Renamed;
use pgbackman_core::job::failure::{Failure, doing};

/// The first version that says what its processes and subscriptions are.
const SINCE: PgMajor = PgMajor::new(10);

/// What an operator must know of it, in words.
pub(crate) async fn warnings(
    session: &Session,
    renamed: &Renamed,
    major: PgMajor,
) -> Result<Vec<String>, Failure> {
    const DOING: &str = "check for activity in the database to be renamed";
    if major < SINCE {
        return Ok(Vec::new());
    }
    let rows = session
        .query(include_str!("renamed.sql"), &[&renamed.from])
        .await
        .map_err(doing(DOING))?;
    let all = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<Vec<(String, String)>, tokio_postgres::Error>>()
        .map_err(doing(DOING))?;
    let of = |kind: &str| {
        let names: Vec<String> = all
            .iter()
            .filter(|(one, _)| one == kind)
            .map(|(_, name)| format!("\"{name}\""))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let to = &renamed.to;
    let slots = of("slot").map(|slots| {
        format!(
            "the database \"{to}\" still has the replication slots {slots}, for which the server keeps WAL: drop them \
             with pg_drop_replication_slot if nobody reads from them"
        )
    });
    let subscriptions = of("subscription").map(|subscriptions| {
        format!(
            "the subscriptions {subscriptions} continue to replicate into \"{to}\": disable them there if you do not \
             want this"
        )
    });
    let workers = of("worker").map(|workers| {
        format!(
            "renaming the existing database has terminated the background workers {workers}, which do not restart \
             automatically: restart the server or the workers"
        )
    });
    Ok([slots, subscriptions, workers]
        .into_iter()
        .flatten()
        .collect())
}
