//! What a session is told in its first message, so that the database's owner decides nothing of what runs in it.
//!
//! `ALTER DATABASE … SET search_path` puts operators and functions of a database's owner before PostgreSQL's own, and a
//! login event trigger (since 17) runs before the first statement. Both are settled before the session begins. Only a
//! superuser of a server that knows event triggers at the login may switch them off, and which server and which role it is shows
//! after the connection is made: so it is tried, and where the server refuses it, the next try goes without. What was
//! refused is remembered as long as the program runs.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::error::SqlState;

use super::error::ConnectFailure;

/// Names and operators mean PostgreSQL's own. `pg_temp` is named, since it is searched first where it is not.
pub(crate) const SEARCH_PATH: &str = "-c search_path=pg_catalog,pg_temp";

/// No event trigger runs.
pub(crate) const NO_EVENT_TRIGGERS: &str = "-c event_triggers=off";

/// Servers and roles for which [`NO_EVENT_TRIGGERS`] was refused.
static REFUSED: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// The options of the first try, and of the one after a refusal.
pub(super) fn tries(options: &str, place: &str, user: &str) -> Vec<String> {
    let without = options.to_owned();
    let key = (place.to_owned(), user.to_owned());
    let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    if refused.contains(&key) {
        return vec![without];
    }
    vec![format!("{options} {NO_EVENT_TRIGGERS}"), without]
}

/// Remembers that this server refuses the option to this role.
pub(super) fn remember_refusal(place: &str, user: &str) {
    let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    refused.insert((place.to_owned(), user.to_owned()));
}

/// Whether the server refused a setting: it does not know it (before 17), or the role may not set it.
pub(super) fn is_refused_setting(failure: &ConnectFailure) -> bool {
    let refusals = [
        &SqlState::UNDEFINED_OBJECT,
        &SqlState::INSUFFICIENT_PRIVILEGE,
        &SqlState::CANT_CHANGE_RUNTIME_PARAM,
    ];
    matches!(failure, ConnectFailure::Refused { code, .. }
        if refusals.iter().any(|state| state.code() == code))
}
