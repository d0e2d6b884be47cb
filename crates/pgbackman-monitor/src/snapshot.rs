//! A consistent state of the catalogue: read in one transaction, with one statement per kind of object.

use pgbackman_core::catalogue::attention::{self, Judgement, Limits, Picture, judge};
use pgbackman_core::catalogue::monitoring::{self, Totals};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::Session;
use pgbackman_core::exit_code::{Exit, ExitCode};

use crate::asking::ask;

/// The snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The state of everything that is checked.
    pub picture: Picture,
    /// The problems that need attention.
    pub judgement: Judgement,
    /// Backups, queues, runs.
    pub totals: Totals,
}

/// Reads a snapshot, within the configured time.
///
/// # Errors
/// If the catalogue is unavailable, too slow, or of another version.
pub async fn take(config: &Config, env: &Environment) -> Result<Snapshot, Exit> {
    ask(
        "pgbackman_exporter",
        config,
        env,
        config.exporter.query_timeout,
        async |session| read(session, config).await,
    )
    .await
}

async fn read(session: &Session, config: &Config) -> Result<Snapshot, Exit> {
    let client = &**session;
    let transaction = |sql| async move {
        client.batch_execute(sql).await.map_err(|error| Exit {
            code: ExitCode::CatalogueUnavailable,
            reason: format!("could not read the catalogue in one snapshot: {error}"),
        })
    };
    transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let now = monitoring::now(client).await?;
    let everything = attention::Scope::default();
    let picture = attention::read::read(client, &everything, config, now).await?;
    let snapshot = Snapshot {
        judgement: judge(&picture, &Limits::of_config(config)),
        totals: monitoring::totals(client).await?,
        picture,
    };
    transaction("COMMIT").await?;
    Ok(snapshot)
}
