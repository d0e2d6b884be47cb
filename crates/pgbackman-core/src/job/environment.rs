//! What client programs see of a job's environment.

use std::ffi::OsString;

use crate::config::Environment;
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

/// How often a server looks whether its client is still there, while a statement runs (since 14): a dump that was killed
/// then leaves no backend that waits for a lock (trap 27).
const CONNECTION_CHECK: &str = "-c client_connection_check_interval=10s";

/// What the client programs see of our environment. Their messages are English, so that logs and reasons do not depend on
/// who started the run. `application` is the name under which they appear on the server.
pub fn client_environment(
    env: &Environment,
    server: PgMajor,
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
    let options = [
        env.var("PGOPTIONS"),
        (server >= PgMajor::new(14)).then_some(CONNECTION_CHECK),
    ];
    let options: Vec<&str> = options.into_iter().flatten().collect();
    if !options.is_empty() {
        variables.push(("PGOPTIONS".into(), options.join(" ").into()));
    }
    variables
}
