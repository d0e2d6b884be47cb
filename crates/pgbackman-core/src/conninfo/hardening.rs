//! What a session is told in its first message, so that the database's owner decides nothing of what runs in it.
//!
//! `ALTER DATABASE … SET search_path` puts operators and functions of a database's owner before PostgreSQL's own, and a
//! login event trigger (since 17) runs before the first statement. Both are settled before the session begins. Only a
//! superuser of a server that knows event triggers at the login may switch them off, and which server and which role it is shows
//! after the connection is made: so it is tried, and where the server refuses it, the next try goes without. What was
//! refused is remembered as long as the program runs; that a server is too old for it, from run to run
//! ([`crate::job::older_servers`]).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_postgres::error::SqlState;

use super::error::ConnectFailure;

/// Names and operators mean PostgreSQL's own. `pg_temp` is named, since it is searched first where it is not.
pub(crate) const SEARCH_PATH: (&str, &str) = ("search_path", "pg_catalog,pg_temp");

/// No event trigger runs.
pub(crate) const NO_EVENT_TRIGGERS: &str = "-c event_triggers=off";

/// Why [`NO_EVENT_TRIGGERS`] is not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The server does not know it.
    OlderServer,
    /// The role may not set it.
    Role,
}

/// A server, as messages name it, and a role.
type Login = (String, String);

/// Where it was refused.
static REFUSED: Mutex<BTreeMap<Login, Refusal>> = Mutex::new(BTreeMap::new());

/// The first release that knows event triggers at the login.
const SINCE: i32 = 170_000;

/// The options of the first try, and of the one after a refusal.
pub(super) fn tries(options: &str, place: &str, user: &str) -> Vec<String> {
    let without = options.to_owned();
    if refused().contains_key(&login(place, user)) {
        return vec![without];
    }
    vec![format!("{options} {NO_EVENT_TRIGGERS}"), without]
}

/// Remembers that this server, of this release, refuses the option to this role.
pub(super) fn remember_refusal(place: &str, user: &str, version_num: i32) {
    let why = if version_num < SINCE {
        Refusal::OlderServer
    } else {
        Refusal::Role
    };
    refused().insert(login(place, user), why);
}

/// Forgets a server that was older than it is now; true if that is why the option was not tried.
pub(super) fn forget_older(place: &str, user: &str, version_num: i32) -> bool {
    let mut refused = refused();
    let login = login(place, user);
    let is_newer = version_num >= SINCE && refused.get(&login) == Some(&Refusal::OlderServer);
    if is_newer {
        refused.remove(&login);
    }
    is_newer
}

/// The servers, each with a role, that are too old for the option: whoever keeps them spares the next run a refusal.
pub fn older_servers() -> Vec<(String, String)> {
    let refused = refused();
    let older = refused
        .iter()
        .filter(|(_, why)| **why == Refusal::OlderServer);
    older.map(|(login, _)| login.clone()).collect()
}

/// What [`older_servers`] gave in an earlier run. A server that is newer by now is found out all the same.
pub fn expect_older_servers(logins: impl IntoIterator<Item = (String, String)>) {
    let mut refused = refused();
    for login in logins {
        refused.entry(login).or_insert(Refusal::OlderServer);
    }
}

fn refused() -> MutexGuard<'static, BTreeMap<Login, Refusal>> {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn login(place: &str, user: &str) -> Login {
    (place.to_owned(), user.to_owned())
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
