//! Every setting of the backup is tried on the target before anything is changed there (`core::node::setting_trial`), in a session
//! of its own, which hears what the server says of them.

use std::collections::BTreeSet;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::setting_trial::{Trial, Tried};
use pgbackman_core::pgtools::other_version::Assignment;

use crate::target::Target;

/// Tries them. `will_exist`: whether the target has a role, or will have it.
pub(crate) async fn on(
    target: &Target,
    env: &Environment,
    settings: &BTreeSet<Assignment>,
    will_exist: &dyn Fn(&str) -> bool,
) -> Result<Tried, Failure> {
    if settings.is_empty() {
        return Ok(Tried::default());
    }
    let (session, mut events) = target
        .server
        .connect_listening(&database(&target.session).await?, env)
        .await
        .map_err(Failure::failed)?;
    let trial = Trial {
        session: &session,
        events: &mut events,
        facts: &target.facts,
        parameters: &target.parameters,
    };
    let tried = trial
        .of(settings, will_exist)
        .await
        .map_err(Failure::failed)?;
    session.close().await;
    Ok(tried)
}

async fn database(session: &Session) -> Result<String, Failure> {
    const DOING: &str = "try the backup's settings on the target";
    let row = session
        .query_one("SELECT pg_catalog.current_database()::pg_catalog.text", &[])
        .await
        .map_err(doing(DOING))?;
    row.try_get(0).map_err(doing(DOING))
}
