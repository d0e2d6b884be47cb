//! What is run in the new database after its contents: an operator's own objects on tables of extensions, which no archive has.
//! The rows are there without them, so that a statement that fails makes a warning with its text.

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::setting_trial::was_ended;
use pgbackman_core::pgtools::scripts::after_script::{self, Wanted};
use tokio_postgres::error::SqlState;

use crate::backup::Backup;
use crate::run::log::RestoreLog;

/// What a server says of an object that the extension has made itself.
const IS_THERE: [SqlState; 2] = [SqlState::DUPLICATE_OBJECT, SqlState::DUPLICATE_TABLE];

/// The statements, with roles mapped; none where only a part of the archive is restored, or rows alone.
pub(crate) fn statements(
    backup: &Backup,
    parameters: &RestoreParameters,
    log: &RestoreLog,
) -> Result<Vec<String>, Failure> {
    let Some(text) = &backup.after else {
        return Ok(Vec::new());
    };
    if parameters.is_partial() {
        log.say("only a part of the archive is restored, so the file -AFTER.sql of the backup is not run");
        return Ok(Vec::new());
    }
    let map = |role: &str| {
        let new = parameters.mapped(role);
        (new != role).then(|| new.to_owned())
    };
    let wanted = Wanted {
        map: &map,
        owner: !parameters.no_owner(),
    };
    after_script::read(text, &wanted).map_err(doing("read the file -AFTER.sql of the backup"))
}

/// Runs each by itself; returns what could not be made, with its statement.
pub(crate) async fn run(
    session: &Session,
    statements: &[String],
    log: &RestoreLog,
) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    for statement in statements {
        log.say(format!("run {statement}"));
        let Err(error) = session.batch_execute(statement).await else {
            continue;
        };
        let Some(said) = error.as_db_error().filter(|said| !was_ended(said.code())) else {
            return Err(doing("run the file -AFTER.sql of the backup")(error));
        };
        if IS_THERE.contains(said.code()) {
            log.say(format!(
                "the extension has already created it: {}",
                said.message()
            ));
        } else {
            warnings.push(format!(
                "not created, because the target reports {}: {}; the rows are restored; correct the cause and run: \
                 {statement};",
                said.severity(),
                said.message()
            ));
        }
    }
    Ok(warnings)
}
