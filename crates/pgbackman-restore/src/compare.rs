//! What the target has after a restore, compared with what the archive's list says that it should have.

use std::collections::BTreeMap;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::archive_list::ArchiveList;

/// Counts of the objects of a database that belong to nobody's extension, by the archive's name for their kind.
const COUNTS: &str = include_str!("compare.sql");

/// What is missing, in words: `3 TABLE of 4`. A database may have more than the list (the indexes of constraints, what
/// extensions made), never less.
pub(crate) fn missing(
    expected: &BTreeMap<&'static str, u64>,
    found: &BTreeMap<String, u64>,
) -> Vec<String> {
    expected
        .iter()
        .filter_map(|(kind, wanted)| {
            let there = *found.get(*kind)?;
            (there < *wanted).then(|| format!("{there} {kind} of {wanted}"))
        })
        .collect()
}

/// Counts what is there, and fails where something is missing.
pub(crate) async fn compare(session: &Session, list: &ArchiveList) -> Result<String, Failure> {
    const DOING: &str = "count what was restored";
    let rows = session.query(COUNTS, &[]).await.map_err(doing(DOING))?;
    let mut found = BTreeMap::new();
    for row in rows {
        let kind: String = row.try_get(0).map_err(doing(DOING))?;
        let count: i64 = row.try_get(1).map_err(doing(DOING))?;
        found.insert(kind, u64::try_from(count).unwrap_or_default());
    }
    let expected = list.counts();
    let missing = missing(&expected, &found);
    if !missing.is_empty() {
        return Err(Failure::failed(format!(
            "pg_restore reported no error, but the database has less than the archive's list: {}",
            missing.join(", ")
        )));
    }
    let compared: Vec<String> = expected
        .iter()
        .filter(|(kind, _)| found.contains_key(**kind))
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    Ok(compared.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_less_than_the_list_is_missing() {
        let expected = [("TABLE", 4), ("INDEX", 2), ("COMMENT", 9)].into();
        let found =
            |tables, indexes| [("TABLE".to_owned(), tables), ("INDEX".to_owned(), indexes)].into();
        assert!(missing(&expected, &found(4, 7)).is_empty());
        assert_eq!(
            missing(&expected, &found(3, 0)),
            ["0 INDEX of 2", "3 TABLE of 4"]
        );
    }
}
