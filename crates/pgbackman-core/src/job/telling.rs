//! What the catalogue is told while a run continues, and whether it asks for the run's end: best effort, never a condition.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{interval, sleep};
use uuid::Uuid;

use super::cancellation::CancelSwitch;
use crate::catalogue::asking::{NotAsked, PATIENCE, open, within};
use crate::catalogue::restores::restore_results::{self, RestoreRun};
use crate::catalogue::runs::progress::{self, HowFar, Reply};
use crate::catalogue::runs::{self, Run, requested};
use crate::config::{Config, Environment};
use crate::conninfo::Session;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::RequestId;

/// How often the catalogue is told how far the run is, and asked whether it is to end.
const PACE: Duration = Duration::from_secs(2);
/// How long a catalogue that did not answer is left alone.
const AGAIN: Duration = Duration::from_secs(30);

/// The run as its first report has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// A backup, and the request that it fulfils.
    Backup(Run, Option<RequestId>),
    /// A restore.
    Restore(RestoreRun),
}

impl Beginning {
    const fn run(&self) -> Uuid {
        match self {
            Self::Backup(run, _) => run.run_uuid,
            Self::Restore(run) => run.run_uuid,
        }
    }

    async fn tell(&self, session: &Session) -> Result<(), NotAsked> {
        match self {
            Self::Backup(run, requested) => {
                runs::begin(&**session, run).await?;
                if let (Some(request), BackupOrigin::Definition(definition)) =
                    (requested, run.origin)
                {
                    requested::begun(&**session, *request, definition, run.run_uuid).await?;
                }
            }
            Self::Restore(run) => restore_results::begin(&**session, run).await?,
        }
        Ok(())
    }
}

/// Tells the catalogue that a run has begun, and how far it is, until this is aborted. A catalogue that is unavailable is tried again.
/// `how_far` may look at files: it runs on a thread of its own.
pub fn tell(
    config: &Config,
    env: &Environment,
    beginning: Beginning,
    how_far: impl Fn() -> HowFar + Send + Sync + 'static,
    cancel: &CancelSwitch,
) -> AbortHandle {
    let (config, env, cancel) = (config.clone(), env.clone(), cancel.clone());
    let how_far: Arc<dyn Fn() -> HowFar + Send + Sync> = Arc::new(how_far);
    let telling = async move {
        let mut is_said = false;
        while let Err(reason) = keep_telling(&config, &env, &beginning, &how_far, &cancel).await {
            if !is_said {
                tracing::warn!(
                    "could not report the progress of the run to the catalogue: {reason}"
                );
            }
            is_said = true;
            sleep(AGAIN).await;
        }
    };
    tokio::spawn(telling).abort_handle()
}

/// Returns when there is nobody to tell any more: the catalogue counts the run as over.
async fn keep_telling(
    config: &Config,
    env: &Environment,
    beginning: &Beginning,
    how_far: &Arc<dyn Fn() -> HowFar + Send + Sync>,
    cancel: &CancelSwitch,
) -> Result<(), NotAsked> {
    let session = within(PATIENCE, async {
        let session = open(config, env, PATIENCE).await?;
        beginning.tell(&session).await?;
        Ok(session)
    })
    .await?;
    let mut ticks = interval(PACE);
    loop {
        ticks.tick().await;
        let asked = Arc::clone(how_far);
        // A look that panicked has nothing to say; the next one may.
        let Ok(now) = spawn_blocking(move || asked()).await else {
            continue;
        };
        let reporting = async { Ok(progress::report(&*session, beginning.run(), &now).await?) };
        match within(PATIENCE, reporting).await? {
            Reply::GoOn => {}
            Reply::Cancel(cancellation) => cancel.cancel(cancellation),
            Reply::Unknown => return Ok(()),
        }
    }
}
