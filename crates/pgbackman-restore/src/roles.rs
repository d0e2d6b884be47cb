//! The roles: one script in one transaction, which the first error undoes (trap 6). Password hashes reach the server and
//! nothing else.

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, in_words};

use crate::log::RestoreLog;
use crate::plan::RolesToMake;

/// Makes the roles that the target lacks.
pub(crate) async fn make(
    roles: &RolesToMake,
    session: &Session,
    log: &RestoreLog,
) -> Result<(), Failure> {
    if roles.missing.is_empty() {
        log.say("every role that the backup needs is there");
        return Ok(());
    }
    log.say(format!(
        "run the roles script, {} statements in one transaction; it makes {}",
        roles.script.statements.len(),
        crate::plan::quoted(&roles.missing)
    ));
    let made = run(roles, session).await;
    if made.is_err() {
        // The session may be gone; then the server rolls back by itself.
        let _already_undone = session.batch_execute("ROLLBACK").await;
    }
    // The script sets what later statements of this session must not inherit.
    let _best_effort = session
        .batch_execute("SET search_path TO DEFAULT; SET standard_conforming_strings TO on")
        .await;
    made.map_err(|reason| {
        Failure::failed(format!(
            "the roles could not be made, and none of them was: {reason}"
        ))
    })
}

async fn run(roles: &RolesToMake, session: &Session) -> Result<(), String> {
    let execute = async |sql: &str| {
        session
            .batch_execute(sql)
            .await
            .map_err(|error| said(&error))
    };
    execute("BEGIN").await?;
    for statement in &roles.script.statements {
        execute(statement.expose()).await?;
    }
    execute("COMMIT").await
}

/// The server's message alone: its context repeats the statement, and with it a password's hash (trap 32).
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => in_words(&format!("{}: {}", server.severity(), server.message())),
        None => in_words(&error.to_string()),
    }
}
