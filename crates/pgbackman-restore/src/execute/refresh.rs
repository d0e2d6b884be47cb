//! Materialized views after a DATA restore. A `pg_dump --data-only` archive has no entries that refresh them, as a FULL one has:
//! those that are computed, at once or over other views, from a table whose rows came back are refreshed here, each behind those
//! it reads; where the whole archive was restored, so are those that have no rows yet.

use std::collections::BTreeSet;

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::quote::identifier;

use crate::run::log::RestoreLog;

/// The first version with materialized views.
pub(crate) const SINCE: PgMajor = PgMajor::old(9, 3);

/// The materialized views, each with the tables it is computed from, those that read others behind these.
const VIEWS: &str = include_str!("refresh.sql");

/// A materialized view.
struct View {
    schema: String,
    name: String,
    has_rows: bool,
    /// Tables it is computed from, as schema and name.
    tables: Vec<(String, String)>,
}

impl View {
    /// Whether it is to be refreshed.
    fn is_meant(&self, restored: &BTreeSet<(&str, &str)>, whole: bool) -> bool {
        let from_restored = self
            .tables
            .iter()
            .any(|(schema, name)| restored.contains(&(schema.as_str(), name.as_str())));
        from_restored || (whole && !self.has_rows)
    }
}

/// Refreshes them; returns those that could not be, which is no reason to call the rows not restored.
pub(crate) async fn refresh(
    session: &Session,
    list: &ArchiveList,
    whole: bool,
    log: &RestoreLog,
) -> Result<Vec<String>, Failure> {
    let restored = list.tables_with_data();
    let mut warnings = Vec::new();
    for view in views(session).await? {
        if !view.is_meant(&restored, whole) {
            continue;
        }
        let sql = format!(
            "REFRESH MATERIALIZED VIEW {}.{}",
            identifier(&view.schema),
            identifier(&view.name)
        );
        log.say(format!("run {sql}"));
        if let Err(error) = session.batch_execute(&sql).await {
            if error.as_db_error().is_none() {
                return Err(doing("refresh a materialized view")(error));
            }
            let reason = doing("refresh it")(error).reason;
            warnings.push(format!(
                "the materialized view \"{}.{}\" {}: {reason}; when its cause is mended, run in the database: {sql};",
                view.schema,
                view.name,
                if view.has_rows {
                    "still has its previous rows"
                } else {
                    "has no rows"
                }
            ));
        }
    }
    Ok(warnings)
}

async fn views(session: &Session) -> Result<Vec<View>, Failure> {
    const DOING: &str = "list the materialized views";
    let rows = session.query(VIEWS, &[]).await.map_err(doing(DOING))?;
    rows.iter()
        .map(|row| {
            let schemas: Vec<String> = row.try_get(3)?;
            let names: Vec<String> = row.try_get(4)?;
            Ok(View {
                schema: row.try_get(0)?,
                name: row.try_get(1)?,
                has_rows: row.try_get(2)?,
                // As the archive's list shows a name with a line break.
                tables: schemas
                    .into_iter()
                    .zip(names)
                    .map(|(schema, name)| (on_one_line(&schema), on_one_line(&name)))
                    .collect(),
            })
        })
        .collect::<Result<_, tokio_postgres::Error>>()
        .map_err(doing(DOING))
}

fn on_one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_refreshed_for_its_tables_or_for_the_first_time() {
        let view = |has_rows| View {
            schema: "s".into(),
            name: "v".into(),
            has_rows,
            tables: vec![("s".into(), "t".into())],
        };
        let restored = BTreeSet::from([("s", "t")]);
        let others = BTreeSet::from([("s", "u"), ("t", "s")]);
        assert!(view(true).is_meant(&restored, true) && view(true).is_meant(&restored, false));
        assert!(!view(true).is_meant(&others, true) && view(false).is_meant(&others, true));
        assert!(!view(false).is_meant(&others, false));
    }
}
