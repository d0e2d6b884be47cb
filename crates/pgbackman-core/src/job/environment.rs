//! What client programs see of a job's environment.

use std::ffi::OsString;

use crate::config::Environment;
use crate::conninfo::hardening;
use crate::domain::pg_version::PgMajor;

/// Variables of libpq that say how to connect, but not where to: those come with the arguments. What changes the dump's
/// content (`PGCLIENTENCODING`, `PGDATESTYLE`, …) is left out.
const LIBPQ_VARIABLES: [&str; 25] = [
    "PGPASSFILE",
    "PGPASSWORD",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGREQUIREAUTH",
    "PGCHANNELBINDING",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLCOMPRESSION",
    "PGSSLCERT",
    "PGSSLCERTMODE",
    "PGSSLKEY",
    "PGSSLROOTCERT",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLSNI",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
    "PGREQUIREPEER",
    "PGKRBSRVNAME",
    "PGGSSLIB",
    "PGGSSENCMODE",
    "PGGSSDELEGATION",
    "PGCONNECT_TIMEOUT",
    "PGSYSCONFDIR",
];

/// What a server of this major or a newer one is told of each session of a client program.
const SESSION_OPTIONS: [(u16, &str); 3] = [
    // It looks while a statement runs whether its client is still there: a dump that was killed leaves no backend that waits
    // for a lock (trap 27).
    (14, "-c client_connection_check_interval=10s"),
    // A worker of `pg_restore -j` rests until there is something for it, and nobody ends it for that. The programs
    // themselves lift the other limits of idle sessions and of statements.
    (14, "-c idle_session_timeout=0"),
    (17, "-c transaction_timeout=0"),
];

/// What the client programs see of our environment. Their messages are English, so that logs and reasons do not depend on
/// who started the run. `application` is the name under which they appear on the server.
///
/// `search_path` is not set: every client program empties it in its first statement, and `pg_dump` looks for the tables of `-t t`
/// and `-T t` on the path that the role and database have by themselves. A path of ours would be searched instead, where
/// `-t t` finds no table and `-T t` leaves none out (pg_dump 15 to 18).
///
/// `without_event_triggers` is what the server let our own session do
/// ([`Session::is_without_event_triggers`](crate::conninfo::Session::is_without_event_triggers)).
pub fn client_environment(
    env: &Environment,
    server: PgMajor,
    without_event_triggers: bool,
    application: &str,
) -> Vec<(OsString, OsString)> {
    let env = &env.for_nodes();
    let mut variables: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), "/usr/bin:/bin".into()),
        ("LC_ALL".into(), "C.UTF-8".into()),
        ("PGAPPNAME".into(), application.into()),
    ];
    if let Some(home) = env.home() {
        variables.push(("HOME".into(), home.into()));
    }
    for name in LIBPQ_VARIABLES.into_iter().chain(["TZ"]) {
        if let Some(value) = env.var(name) {
            variables.push((name.into(), value.into()));
        }
    }
    let of_server = SESSION_OPTIONS
        .into_iter()
        .filter(|(since, _)| server >= PgMajor::new(*since))
        .map(|(_, option)| option);
    let options: Vec<&str> = env
        .var("PGOPTIONS")
        .into_iter()
        .chain(without_event_triggers.then_some(hardening::NO_EVENT_TRIGGERS))
        .chain(of_server)
        .collect();
    variables.push(("PGOPTIONS".into(), options.join(" ").into()));
    variables
}
