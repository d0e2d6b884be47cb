//! What the catalogue says at one moment: read in one transaction, a statement for each kind of thing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::signs_of_life::{self, DaemonLife};
use pgbackman_core::catalogue::backups::files_found::{self, LastLook};
use pgbackman_core::catalogue::backups::partition_space::{self, PartitionSpace};
use pgbackman_core::catalogue::monitoring::{self, DefinitionState, Scope, Totals};
use pgbackman_core::clock::time_delta;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::Session;
use pgbackman_core::exit_code::{Exit, ExitCode};

use crate::asking::ask;

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The time, by the catalogue's clock.
    pub now: DateTime<Utc>,
    /// The definitions that are not DELETED.
    pub definitions: Vec<DefinitionState>,
    /// Backups, queues, runs.
    pub totals: Totals,
    /// The daemons.
    pub lives: Vec<DaemonLife>,
    /// When the servers last looked at all their backups.
    pub looks: Vec<LastLook>,
    /// Where the backups go.
    pub spaces: Vec<PartitionSpace>,
}

/// Takes one, within the time that the configuration allows.
///
/// # Errors
/// When the catalogue is away, too slow or of another version.
pub async fn take(config: &Config, env: &Environment) -> Result<Snapshot, Exit> {
    let grace = config.backup_server.missed_run_grace;
    ask(
        "pgbackman_exporter",
        config,
        env,
        config.exporter.query_timeout,
        async |session| read(session, grace).await,
    )
    .await
}

async fn read(session: &Session, grace: Duration) -> Result<Snapshot, Exit> {
    let client = &**session;
    let transaction = |sql| async move {
        client.batch_execute(sql).await.map_err(|error| Exit {
            code: ExitCode::CatalogueUnavailable,
            reason: format!("could not read the catalogue at one moment: {error}"),
        })
    };
    transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let now = monitoring::now(client).await?;
    let lives = signs_of_life::list(client, None, Some(now)).await?;
    let everything = Scope::default();
    let snapshot = Snapshot {
        now,
        definitions: monitoring::definitions(client, &everything, &lives, (time_delta(grace), now))
            .await?,
        totals: monitoring::totals(client).await?,
        lives,
        looks: files_found::last_looks(client, None).await?,
        spaces: partition_space::list(client, None).await?,
    };
    transaction("COMMIT").await?;
    Ok(snapshot)
}
