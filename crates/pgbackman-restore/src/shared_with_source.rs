//! What a restored database shares with the one that was backed up, if that one is still there: a clone always does.

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::setting_trial::was_ended;

/// The first version with subscriptions.
const SINCE: PgMajor = PgMajor::new(10);

const DOING: &str = "check what the restored database shares with its source";

/// What an operator must know of it, in words. What the role may not look at is not known.
pub(crate) async fn warnings(session: &Session, major: PgMajor) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    if major >= SINCE {
        let rows = or_none(
            session
                .query(include_str!("shared_with_source.sql"), &[])
                .await,
        )?;
        let names: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let names = names.map_err(doing(DOING))?;
        if !names.is_empty() {
            warnings.push(format!(
                "these subscriptions are disabled, and share their slots with the subscriptions of the original \
                 database: {}; before you drop one of them, run ALTER SUBSCRIPTION … SET (slot_name = NONE), or the \
                 original loses its slot",
                names.join(", ")
            ));
        }
    }
    let has_jobs = "SELECT pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 FROM pg_catalog.pg_attribute AS a \
                    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) a.attrelid \
                    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
                    WHERE n.nspname OPERATOR(pg_catalog.=) 'cron' AND c.relname OPERATOR(pg_catalog.=) 'job' \
                    AND a.attname OPERATOR(pg_catalog.=) 'active' AND a.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.bool'::pg_catalog.regtype";
    let has_jobs = session
        .query_one(has_jobs, &[])
        .await
        .and_then(|row| row.try_get::<_, bool>(0))
        .map_err(doing(DOING))?;
    if has_jobs {
        let rows = or_none(
            session
                .query(include_str!("jobs_of_pg_cron.sql"), &[])
                .await,
        )?;
        let jobs = rows.first().map(|row| row.try_get::<_, i64>(0));
        let jobs = jobs.transpose().map_err(doing(DOING))?.unwrap_or_default();
        if jobs > 0 {
            warnings.push(format!(
                "the jobs of pg_cron were restored, too ({jobs} active), and run here as well if pg_cron uses this \
                 database; to prevent this, run UPDATE cron.job SET active = false"
            ));
        }
    }
    Ok(warnings)
}

/// The rows, or none where the server refuses them.
fn or_none(
    asked: Result<Vec<tokio_postgres::Row>, tokio_postgres::Error>,
) -> Result<Vec<tokio_postgres::Row>, Failure> {
    match asked {
        Ok(rows) => Ok(rows),
        Err(error)
            if error
                .as_db_error()
                .is_some_and(|said| !was_ended(said.code())) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(doing(DOING)(error)),
    }
}
