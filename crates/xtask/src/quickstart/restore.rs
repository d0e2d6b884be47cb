//! The FULL backup, restored into a second database with PostgreSQL's own programs, and compared.

use super::backups::FullBackup;
use super::sample;
use crate::installation::Node;
use crate::process::output;
use crate::task::{Result, TaskError, say, step};

/// The second database.
pub(super) const RESTORED: &str = "shop_restored";

/// Restores with `pg_restore` and compares a dump of both databases, line by line.
///
/// # Errors
///
/// When the restore fails, or the databases differ.
pub(super) fn restore_and_compare(node: &Node<'_>, full: &FullBackup) -> Result<()> {
    step("restoring the FULL backup into a second database");
    output(node.client("createdb").arg(RESTORED))?;
    let mut restore = node.client("pg_restore");
    restore
        .args(["--exit-on-error", "--dbname", RESTORED])
        .arg(&full.archive);
    say(&crate::process::shown(&restore));
    output(&mut restore)?;
    let before = dump(node, sample::DATABASE)?;
    let after = dump(node, RESTORED)?;
    match first_difference(&before, &after) {
        None => {
            let rows = node.sql(RESTORED, "SELECT count(*) FROM sales.\"Order\"")?;
            say(&format!(
                "pg_dump of both databases says the same: {} lines, {} orders among them",
                before.len(),
                rows.trim()
            ));
            Ok(())
        }
        Some((one, other)) => Err(TaskError::new(format!(
            "the databases differ:\n  {}: {one}\n  {RESTORED}: {other}",
            sample::DATABASE
        ))),
    }
}

/// What `pg_dump` writes of a database, without the keys that newer releases draw at random.
fn dump(node: &Node<'_>, database: &str) -> Result<Vec<String>> {
    // The sample database has a time zone of its own, which is a setting of the database and not in its archive.
    let text = output(node.client("pg_dump").env("PGTZ", "UTC").arg(database))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .map(str::to_owned)
        .collect())
}

/// The first lines in which two texts differ.
fn first_difference(one: &[String], other: &[String]) -> Option<(String, String)> {
    let end = "(nothing more)".to_owned();
    (0..one.len().max(other.len()))
        .map(|at| (one.get(at), other.get(at)))
        .find(|(one, other)| one != other)
        .map(|(one, other)| (one.unwrap_or(&end).clone(), other.unwrap_or(&end).clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_line_is_a_difference() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(first_difference(&lines("a\nb"), &lines("a\nb")), None);
        assert_eq!(
            first_difference(&lines("a\nb"), &lines("a")),
            Some(("b".into(), "(nothing more)".into()))
        );
    }
}
