//! The pause of a standby's replay for the time of a dump (traps 28, 28a).
//!
//! That a pause may be ours is in the run record before it is asked for, and is taken out when replay continues again: a
//! run that dies in between leaves a note, and recovery resumes.

use std::time::Duration;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::handoff::run::{self, PausedNode};
use pgbackman_core::node::replay_pause::{self, Pause};
use tokio::time::timeout;

use crate::args::Args;
use crate::run::progress::Progress;
use crate::step::Step;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::Failure;

/// How long giving a pause back may take.
const RELEASE_WITHIN: Duration = Duration::from_secs(30);

/// A pause that is held: its session has the locks that say so.
pub(crate) struct Held {
    session: Session,
    release: PgRelease,
}

/// Pauses replay on the standby, or joins another dump's pause.
pub(crate) async fn pause(
    args: &Args,
    env: &Environment,
    release: PgRelease,
    limit: Duration,
    progress: &mut Progress<'_>,
    bounds: &mut Bounds,
) -> Result<Held, Failure> {
    let node = PausedNode {
        host: args.node_fqdn.clone(),
        port: args.node_port,
        user: args.node_user.clone(),
    };
    let connecting = run::connect_to_node(&node, env);
    let session = bounds
        .within("connect to the standby", connecting)
        .await?
        .map_err(Failure::failed)?;
    progress.commit(Step::ReplayPauseRecorded, |record| {
        record.paused = Some(node);
    })?;
    let pausing = replay_pause::pause(&session, release, limit);
    let pause = bounds
        .within("pause replay on the standby", pausing)
        .await?
        .map_err(Failure::failed)?;
    if pause == Pause::Foreign {
        tracing::warn!(
            "replay on the standby had already been paused by somebody else, and remains paused"
        );
    }
    progress.reached(Step::ReplayPaused);
    Ok(Held { session, release })
}

impl Held {
    /// Gives the pause back; whoever needs it last lets replay continue.
    pub(crate) async fn give_back(self, progress: &mut Progress<'_>) -> Result<(), Failure> {
        let releasing = replay_pause::release(&self.session, self.release);
        match timeout(RELEASE_WITHIN, releasing).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(Failure::failed(error)),
            Err(_) => {
                return Err(Failure::failed(
                    "could not resume replay on the standby: no response",
                ));
            }
        }
        self.session.close().await;
        forget(progress)
    }
}

/// Lets replay continue where the record still says that it may be paused: after a failure in the middle of pausing, or for a
/// run that died.
pub(crate) async fn give_back_recorded(
    env: &Environment,
    progress: &mut Progress<'_>,
) -> Result<(), Failure> {
    let Some(node) = progress.record().paused.clone() else {
        return Ok(());
    };
    run::resume(&node, env).await.map_err(Failure::failed)?;
    forget(progress)
}

fn forget(progress: &mut Progress<'_>) -> Result<(), Failure> {
    progress.commit(Step::ReplayResumed, |record| record.paused = None)
}
