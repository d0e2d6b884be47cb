//! Definitions whose database is gone, at the end of their quarantine: deleted with their backups. Only if this very pass
//! has seen that the database is still missing: a node that does not answer keeps them (trap 12a).

use pgbackman_core::catalogue::nodes::missing_databases;
use pgbackman_core::daemon::question::TaskError;

use crate::journal::Journal;
use crate::pass::Pass;
use crate::steps::Step;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let (client, as_of) = (&*pass.session, pass.as_of);
    let due = pass
        .ask(missing_databases::past_quarantine(
            client,
            pass.server.id,
            as_of,
        ))
        .await?;
    for definition in due {
        if pass.daemon.is_stopping() {
            break;
        }
        let what = format!("definition {definition} with its backups");
        if !pass.certainly_gone.contains(&definition) {
            journal.problem(&format!(
                "keeping {what} although its quarantine has ended: this pass could not confirm that the database no \
                 longer exists"
            ));
            continue;
        }
        let why = "its database no longer exists on the node, and its quarantine has ended";
        if pass.daemon.dry_run {
            journal.would_delete(&what, why);
            continue;
        }
        let deletion = missing_databases::delete_past_quarantine(client, definition, as_of);
        match pass.ask(deletion).await {
            Ok(true) => {
                pass.daemon.reached(Step::DefinitionDeleted);
                journal.deleted(&what, why);
            }
            Ok(false) => {}
            Err(error) if error.is_unavailable() => return Err(error.into()),
            Err(error) => journal.problem(&format!("keeping {what}: {error}")),
        }
    }
    Ok(())
}
