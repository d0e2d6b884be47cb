//! Statistics for the planner after a restore, table by table: one that fails keeps them from no other, and none is asked of a
//! foreign server. The data is there without them.

use std::collections::BTreeSet;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};

use crate::run::log::RestoreLog;

/// The tables, those above others first.
const TABLES: &str = include_str!("analyze.sql");

/// Runs ANALYZE for every table; returns what failed, in words, with the statement to run.
pub(crate) async fn analyze(session: &Session, log: &RestoreLog) -> Result<Vec<String>, Failure> {
    const DOING: &str = "list the tables to analyze";
    log.say("run ANALYZE for each table");
    let mut done = BTreeSet::new();
    let mut warnings = Vec::new();
    for row in session.query(TABLES, &[]).await.map_err(doing(DOING))? {
        let oid: u32 = row.try_get(0).map_err(doing(DOING))?;
        let statement: &str = row.try_get(1).map_err(doing(DOING))?;
        let above: Vec<u32> = row.try_get(2).map_err(doing(DOING))?;
        if above.iter().any(|table| done.contains(table)) {
            done.insert(oid);
            continue;
        }
        match session.batch_execute(statement).await {
            Ok(()) => {
                done.insert(oid);
            }
            Err(error) => {
                let is_lost = error.as_db_error().is_none();
                let reason = doing("update the statistics for the planner")(error).reason;
                warnings.push(format!(
                    "the rows are restored, but {reason}; correct the cause, then run in the database: {statement};"
                ));
                if is_lost {
                    break;
                }
            }
        }
    }
    Ok(warnings)
}
