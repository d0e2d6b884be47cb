//! What is asked of the catalogue besides the report: best effort, and never a condition for a backup.

use pgbackman_core::catalogue::runs::progress::HowFar;
use pgbackman_core::catalogue::{backups, runs};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::dump_estimate::Previous;
use pgbackman_core::handoff::run::{Artifact, Phase, RunRecord};
use pgbackman_core::job::cancellation::CancelSwitch;
use pgbackman_core::job::catalogue::ask;
use pgbackman_core::job::progress::Position;
use pgbackman_core::job::telling::{self, Beginning};
use tokio::task::AbortHandle;

use crate::app::App;
use crate::run::progress::Progress;

/// Tells the catalogue that the run has begun and how far it is, until this is aborted.
pub(crate) fn tell(app: &App<'_>, progress: &Progress<'_>, cancel: &CancelSwitch) -> AbortHandle {
    let result = &progress.record().result;
    let run = runs::Run {
        run_uuid: result.run_uuid,
        origin: result.origin,
        server: result.server,
        node: result.node,
        procpid: result.procpid,
        started: result.started,
    };
    let position = progress.position();
    let look = move || how_far(&position.borrow().clone());
    let beginning = Beginning::Backup(run, app.args.requested);
    telling::tell(app.config, app.env, beginning, look, cancel)
}

/// How far a run is, by its record and by what its files have.
pub(crate) fn how_far(position: &Position<RunRecord>) -> HowFar {
    let record = &position.record;
    // Files that have their names already are not looked at again.
    let written = match record.phase {
        Phase::Preparing | Phase::Dumping => record.artifacts.iter().map(Artifact::written).sum(),
        Phase::Publishing | Phase::Published => record.result.bytes(),
        Phase::Failed => 0,
    };
    HowFar {
        phase: position.phase,
        bytes_done: Some(written),
        bytes_expected: record.expected,
        objects: None,
    }
}

/// The newest usable backup of this kind that the catalogue knows; none where it cannot be asked.
pub(crate) async fn newest_of(
    config: &Config,
    env: &Environment,
    kind: &backups::Kind<'_>,
) -> Option<Previous> {
    let asked = ask(config, env, async |session| {
        backups::newest_of(&**session, kind).await
    });
    asked.await.unwrap_or_else(|reason| {
        tracing::warn!("could not read the size of the last backup from the catalogue: {reason}");
        None
    })
}
