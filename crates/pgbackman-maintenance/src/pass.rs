//! One pass: the tasks, one after the other; one that fails stops no other.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::backups::leftovers;
use pgbackman_core::catalog::nodes::config_params;
use pgbackman_core::catalog::nodes::{self, servers};
use pgbackman_core::catalog::schema::version::{self, VersionMismatch};
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};

use tokio::sync::Mutex;

use crate::journal::Journal;
use crate::looker::Looker;
use crate::marks;
use crate::places::Places;
use crate::tasks::Task;
use crate::world::{Failure, Situation, World};

/// Clocks that differ by more than this are reported.
const TOLERATED_DIFFERENCE: TimeDelta = TimeDelta::minutes(10);

/// How a pass ended.
#[derive(Debug)]
pub enum PassEnd {
    /// Every task has been tried; the journal knows what went wrong.
    Through,
    /// The catalogue is away, or went away.
    Away(String),
    /// This machine is not a backup server of the catalogue, or its directory is refused.
    NotReady(String),
    /// Software and catalogue do not fit together.
    Version(VersionMismatch),
}

/// Makes a pass.
pub async fn pass(world: &Arc<World>, journal: &mut Journal) -> PassEnd {
    let target =
        ConnectTarget::catalogue(&world.config).with_application_name("pgbackman_maintenance");
    let session = match connect(&target, &world.env, DEFAULT_TIMEOUT).await {
        Ok(session) => session,
        Err(error) => return PassEnd::Away(error.to_string()),
    };
    match version::check(&session).await {
        Ok(()) => {}
        Err(VersionMismatch::Catalog(error)) => return PassEnd::Away(error.to_string()),
        Err(mismatch) => return PassEnd::Version(mismatch),
    }
    match situation(world, session, journal).await {
        Ok(situation) => run(situation, journal).await,
        Err(Failure::Away(reason)) => PassEnd::Away(reason),
        Err(Failure::Failed(reason)) => PassEnd::NotReady(reason),
    }
}

async fn run(mut situation: Situation, journal: &mut Journal) -> PassEnd {
    for task in Task::ALL {
        if situation.world.is_stopping() {
            break;
        }
        match task.run(&mut situation, journal).await {
            Ok(()) => {}
            Err(Failure::Failed(reason)) => journal.problem(&format!("{task}: {reason}")),
            Err(Failure::Away(reason)) => return PassEnd::Away(reason),
        }
    }
    situation.session.close().await;
    PassEnd::Through
}

/// Reads what a pass has to know.
async fn situation(
    world: &Arc<World>,
    session: Session,
    journal: &mut Journal,
) -> Result<Situation, Failure> {
    if world.dry_run {
        // Whatever a task gets wrong, a dry run changes nothing.
        session
            .batch_execute("SET default_transaction_read_only = on")
            .await
            .map_err(|error| Failure::Away(error.to_string()))?;
    }
    let section = &world.config.backup_server;
    let server = match servers::resolve(&*session, &section.fqdn()).await {
        Err(CatalogError::NotFound { .. }) => {
            return Err(Failure::Failed(format!(
                "this machine is not registered as a backup server: register {} in the shell (register_backup_server), or \
                 set backup_server in [backup_server]",
                section.fqdn()
            )));
        }
        found => found?,
    };
    let config = config_params::server_config(&*session, server.id).await?;
    let root = check_backup_path(section, &config.root_backup_partition)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let nodes = nodes::list(&*session).await?;
    let directories = leftovers::backup_directories(&*session, server.id).await?;
    let (places, refused) = Places::new(section, &root, &directories);
    for reason in refused {
        journal.problem(&reason);
    }
    let as_of = point_in_time(world, &session, journal).await?;
    let mut situation = Situation {
        world: Arc::clone(world),
        session,
        server,
        nodes,
        root,
        as_of,
        places: Arc::default(),
        looker: Mutex::new(Looker::new(world.look_limit)),
        certainly_gone: BTreeSet::new(),
    };
    situation.places = Arc::new(marks::compare(&situation, places, journal).await?);
    Ok(situation)
}

/// Now, as this machine and the catalogue have it: the earlier, since a clock that runs ahead would let everything expire.
async fn point_in_time(
    world: &World,
    session: &Session,
    journal: &mut Journal,
) -> Result<DateTime<Utc>, Failure> {
    let here = world.clock.now();
    if !world.clock_is_real {
        return Ok(here);
    }
    let there: DateTime<Utc> = session
        .query_one("SELECT now()", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| Failure::Away(error.to_string()))?;
    if (here - there).abs() > TOLERATED_DIFFERENCE {
        journal.problem(
            "the clocks of this machine and of the catalogue's differ by more than ten minutes; the earlier one counts",
        );
    }
    Ok(here.min(there))
}
