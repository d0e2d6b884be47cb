//! What control tells the catalogue about itself.

use std::time::Duration;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::{self, Daemon, Sign};
use pgbackman_core::catalogue::definitions::queue;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::ServerId;

use crate::pass::Pass;

/// How long saying goodbye may take.
const END_LIMIT: Duration = Duration::from_secs(2);
/// Tells it.
pub async fn tell(pass: &Pass) -> Result<(), TaskError> {
    let client = &**pass.session;
    let waiting = pass.ask(queue::waiting(client, pass.server.id)).await?;
    let facts = {
        let mut board = pass.daemon.board();
        board.facts.queue_length = u64::try_from(waiting.len()).ok();
        board.facts.clone()
    };
    let sign = Sign {
        server: pass.server.id,
        daemon: Daemon::Control,
        procpid: std::process::id(),
        uptime: pass.daemon.began.elapsed(),
        next_within: heartbeats::LATE_AFTER,
        facts,
    };
    pass.ask(heartbeats::note(client, &sign, None)).await?;
    Ok(())
}

/// Tells that control is stopped as it should be. Nothing depends on it.
pub async fn end(session: &Session, server: ServerId) {
    let told = heartbeats::note_end(
        &**session,
        server,
        Daemon::Control,
        std::process::id(),
        None,
    );
    let said: Result<Result<(), CatalogError>, _> = tokio::time::timeout(END_LIMIT, told).await;
    match said {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("{error}"),
        Err(_) => tracing::debug!("could not report to the catalogue that control stops"),
    }
}
