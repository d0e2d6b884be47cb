//! What control tells the catalogue about itself.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::alerts::signs_of_life::{self, Daemon, Facts, Sign};
use pgbackman_core::catalog::definitions::queue;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::ids::ServerId;

use crate::world::{Failure, Situation, World};

/// How long saying goodbye may take.
const END_LIMIT: Duration = Duration::from_secs(2);
/// No error is told at greater length, in characters; the whole of it is in the log.
const LONGEST_ERROR: usize = 500;

/// What control knows about itself.
#[derive(Debug, Default)]
pub struct Board {
    /// What is told next.
    pub facts: Facts,
    /// What was new when it was last asked whether anything is: failing items, pending and refused files.
    known: (Option<u64>, Option<u64>, Option<u64>),
}

/// What control knows about itself now.
pub fn board(world: &World) -> MutexGuard<'_, Board> {
    world.board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes how many items fail, and the last error. Whether that, or how much waits, is other than when this was asked last.
pub fn is_news(world: &World, failing: usize, last_error: Option<String>) -> bool {
    let mut board = board(world);
    let facts = &mut board.facts;
    facts.failing = u64::try_from(failing).ok();
    if failing == 0 {
        facts.last_error = None;
    } else if let Some(error) = last_error {
        facts.last_error = Some(error.chars().take(LONGEST_ERROR).collect());
    }
    let now = (facts.failing, facts.pending_files, facts.refused_files);
    std::mem::replace(&mut board.known, now) != now
}

/// Tells it.
pub async fn tell(situation: &Situation) -> Result<(), Failure> {
    let client = &**situation.session;
    let waiting = situation
        .ask(queue::waiting(client, situation.server.id))
        .await?;
    let facts = {
        let mut board = board(&situation.world);
        board.facts.queue_length = u64::try_from(waiting.len()).ok();
        board.facts.clone()
    };
    let sign = Sign {
        server: situation.server.id,
        daemon: Daemon::Control,
        procpid: std::process::id(),
        uptime: situation.world.began.elapsed(),
        next_within: signs_of_life::LATE_AFTER,
        facts,
    };
    situation
        .ask(signs_of_life::note(client, &sign, None))
        .await?;
    Ok(())
}

/// Tells that control is stopped as it should be. Nothing depends on it.
pub async fn end(session: &Session, server: ServerId) {
    let told = signs_of_life::note_end(
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
        Err(_) => tracing::debug!("the catalogue could not be told that control stops"),
    }
}
