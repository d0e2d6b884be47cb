//! Warnings after the registration of something that will not run: `[Done]` alone would suggest that it does.

use pgbackman_core::catalogue::alerts::heartbeats::{self, Daemon, DaemonState};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::ServerStatus;

use crate::error::CommandError;
use crate::session::shell::Shell;

/// Warns that a node's backups do not run while it is STOPPED.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn stopped_node(shell: &Shell, node: &PgsqlNode) -> Result<(), CommandError> {
    if node.status == ServerStatus::Running {
        return Ok(());
    }
    let (name, id) = (node.fqdn(), node.id);
    shell.say(&format!(
        "[WARNING]: PgSQL node {name}:{} is STOPPED: none of its backups runs until it is RUNNING \
         (update_pgsql_node {id} status=RUNNING).",
        node.port
    ))
}

/// Warns that no date ever matches a schedule, such as 31 February.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn never_runs(shell: &Shell, schedule: &Schedule) -> Result<(), CommandError> {
    if schedule.next_after(&shell.now()).is_some() {
        return Ok(());
    }
    shell.say(&format!(
        "[WARNING]: The schedule {schedule} never runs: no date matches it."
    ))
}

/// That a backup server starts no `what` (backup, restore, clone), because its control has never run or does not respond.
///
/// # Errors
/// What the catalogue says, or that it cannot be written.
pub(crate) fn silent_control(
    shell: &Shell,
    server: &BackupServer,
    what: &str,
) -> Result<(), CommandError> {
    let id = server.id;
    let lives = shell.read(async |session| heartbeats::list(&**session, Some(id), None).await)?;
    let state = lives
        .iter()
        .find(|life| life.daemon == Daemon::Control)
        .map_or(DaemonState::Never, |life| life.state);
    let why = match state {
        DaemonState::Alive => return Ok(()),
        DaemonState::Never => "has never run",
        DaemonState::Late => "does not respond",
        DaemonState::Stopped => "is stopped",
    };
    shell.say(&format!(
        "[WARNING]: pgbackman_control on backup server {} {why}: no {what} runs there until the daemon runs (show_daemons).",
        server.fqdn()
    ))
}
