//! The roles: one script in one transaction, which the first error undoes (trap 6). Password hashes reach the server and
//! nothing else. Who else makes roles on the server at the same time does not get in the way.

use std::collections::BTreeSet;
use std::fmt::Display;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, sanitize};
use pgbackman_core::pgtools::other_version;
use pgbackman_core::pgtools::scripts::roles_script;
use tokio_postgres::error::SqlState;

use crate::plan::{RolesToMake, quoted};
use crate::run::log::RestoreLog;

/// Restores to one server make their roles one after the other. The number is nobody else's ("PgBMrole" in ASCII).
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(5793672346035252325)";

/// How often the script is begun. The lock is one of the database that the session is in, and others make roles, too: who has
/// been overtaken by somebody looks again at what there is.
const TRIES: u32 = 5;

/// Makes the roles that the target lacks. Another restore may have made some of them since that was found out.
pub(crate) async fn make(
    roles: &RolesToMake,
    session: &Session,
    log: &RestoreLog,
) -> Result<(), Failure> {
    if roles.missing.is_empty() {
        log.say("every role that the backup needs already exists");
        return Ok(());
    }
    log.say(format!(
        "run the roles script in one transaction; it creates {}",
        quoted(&roles.missing)
    ));
    let mut made = Ok(());
    for _ in 0..TRIES {
        made = run(roles, session, log).await;
        let Err(not_made) = &made else {
            break;
        };
        // The session may be gone; then the server rolls back by itself.
        let _already_undone = session.batch_execute("ROLLBACK").await;
        if !not_made.overtaken {
            break;
        }
    }
    // The script sets what later statements of this session must not inherit.
    let _best_effort = session
        .batch_execute("SET search_path TO DEFAULT; SET standard_conforming_strings TO on")
        .await;
    made.map_err(|not_made| {
        Failure::failed(format!(
            "could not create the roles, and created none of them: {}",
            not_made.reason
        ))
    })
}

/// Why the script was not run to its end.
struct NotMade {
    reason: String,
    /// Somebody made one of its roles or memberships at the same time.
    overtaken: bool,
}

impl From<tokio_postgres::Error> for NotMade {
    fn from(error: tokio_postgres::Error) -> Self {
        let code = error.code();
        Self {
            reason: said(&error),
            overtaken: code == Some(&SqlState::UNIQUE_VIOLATION)
                || code == Some(&SqlState::DUPLICATE_OBJECT),
        }
    }
}

async fn run(roles: &RolesToMake, session: &Session, log: &RestoreLog) -> Result<(), NotMade> {
    let execute = async |sql: &str| session.batch_execute(sql).await.map_err(NotMade::from);
    execute("BEGIN").await?;
    execute(LOCK).await?;
    let existing = existing(session).await?;
    let meanwhile: Vec<&String> = roles
        .missing
        .iter()
        .filter(|role| existing.contains(*role))
        .collect();
    if !meanwhile.is_empty() {
        log.say(format!(
            "somebody has created {} in the meantime: these roles are used unchanged",
            quoted(&meanwhile)
        ));
    }
    let Some(text) = &roles.script else {
        return execute("COMMIT").await;
    };
    let target = roles_script::Target {
        exists: &|role| existing.contains(role),
        is_mapped: &|role| roles.mapped.contains_key(role),
    };
    let unreadable = |error: &dyn Display| NotMade {
        reason: format!("could not read the backup's roles file: {error}"),
        overtaken: false,
    };
    let script = roles_script::read(text.expose().as_bytes(), &target)
        .map_err(|error| unreadable(&error))?;
    for statement in &script.statements {
        if let Some(knows) = &roles.knows {
            // What is left out was told when the restore was planned, which also refused what the target cannot have.
            let fitted = other_version::fit_text(statement.expose(), knows)
                .map_err(|error| unreadable(&error))?;
            if let Some(sql) = fitted.sql {
                execute(&sql).await?;
            }
        } else {
            execute(statement.expose()).await?;
        }
    }
    execute("COMMIT").await
}

/// The names as bytes: one that is no text in this session must not keep anybody from reading the others.
async fn existing(session: &Session) -> Result<BTreeSet<String>, tokio_postgres::Error> {
    const SQL: &str =
        "SELECT pg_catalog.textsend(rolname::pg_catalog.text) FROM pg_catalog.pg_roles";
    let rows = session.query(SQL, &[]).await?;
    let names: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    Ok(names
        .into_iter()
        .filter_map(|name| String::from_utf8(name).ok())
        .collect())
}

/// The server's message alone: its context repeats the statement, and with it a password's hash (trap 32).
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => sanitize(&format!("{}: {}", server.severity(), server.message())),
        None => sanitize(&error.to_string()),
    }
}
