//! Whether the target refuses an option of columns that newer releases keep for themselves (`core::pgtools::internal_options`). It is
//! tried on a table of the session's own, in a transaction that is rolled back: minor releases differ in it.

use pgbackman_core::archive::Archive;
use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};
use tokio_postgres::error::SqlState;

const TRIAL: &str = include_str!("internal_options.sql");
const DOING: &str = "check whether the target supports a column option";

/// Whether the archive sets the option and the target refuses it.
pub(crate) async fn are_refused(
    session: &Session,
    archive: Option<&Archive>,
) -> Result<bool, Failure> {
    let sets = match archive.map(Archive::sets_internal_options) {
        Some(sets) => sets.map_err(doing("read what the archive creates"))?,
        None => false,
    };
    if !sets {
        return Ok(false);
    }
    let tried = session.batch_execute(TRIAL).await;
    session
        .batch_execute("ROLLBACK")
        .await
        .map_err(doing(DOING))?;
    match tried {
        Ok(()) => Ok(false),
        Err(error) if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => Ok(true),
        Err(error) => Err(doing(DOING)(error)),
    }
}
