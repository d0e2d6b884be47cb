//! The FULL backup, restored into a second database, and compared.

use std::time::{Duration, Instant};

use super::backups::{FullBackup, string_of};
use super::sample;
use crate::installation::{Account, HOST, Layout, Node, Shell};
use crate::process::output;
use crate::task::{Result, TaskError, say, step};

/// The second database.
pub(super) const RESTORED: &str = "shop_restored";
/// How long atd and the restore may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// The list of restores, unfiltered.
const RESTORES: [&str; 4] = ["show_restore_catalog", "all", "all", "all"];

/// Restores and compares a dump of both databases, line by line.
///
/// # Errors
///
/// When the restore fails, or the databases differ.
pub(super) fn restore_and_compare(
    shell: Shell<'_>,
    layout: &Layout,
    node: &Node<'_>,
    full: &FullBackup,
    account: &Account,
) -> Result<()> {
    step("restoring the FULL backup into a second database");
    if account.has_namespace() {
        by_pgbackman(shell, layout, full)?;
    } else {
        by_postgresql(node, full)?;
    }
    compare(node)
}

/// Through the shell, control, atd and `pgbackman_restore`. The roles of the sample are on the node already, and are used.
fn by_pgbackman(shell: Shell<'_>, layout: &Layout, full: &FullBackup) -> Result<()> {
    let words = [
        "register_restore_definition",
        "now",
        &full.bck_id,
        HOST,
        RESTORED,
        "",
        "",
        "all",
    ];
    shell.show(&words)?;
    let started = Instant::now();
    loop {
        let status = string_of(&shell.json(&RESTORES)?, "status");
        match status.as_deref() {
            Some("SUCCEEDED") => break,
            Some(other) => {
                shell.show(&["show_restore_details", "1"])?;
                return Err(TaskError::new(format!("the restore ended as {other}")));
            }
            None if started.elapsed() > DEADLINE => {
                shell.show(&["show_restore_definitions", "all", "all", "all"])?;
                return Err(TaskError::new(format!(
                    "the restore has not ended after {} s; see {}",
                    DEADLINE.as_secs(),
                    layout.program_log().display()
                )));
            }
            None => std::thread::sleep(Duration::from_millis(300)),
        }
    }
    say(&format!(
        "restored by atd and pgbackman_restore ({} s)",
        started.elapsed().as_secs()
    ));
    shell.show(&RESTORES)
}

/// Without atd: the archive is one of `pg_dump`, and its own programs read it.
fn by_postgresql(node: &Node<'_>, full: &FullBackup) -> Result<()> {
    say("There is no private atd: restoring with PostgreSQL's own program.");
    output(node.client("createdb").arg(RESTORED))?;
    let mut restore = node.client("pg_restore");
    restore
        .args(["--exit-on-error", "--dbname", RESTORED])
        .arg(&full.archive);
    say(&crate::process::shown(&restore));
    output(&mut restore).map(drop)
}

fn compare(node: &Node<'_>) -> Result<()> {
    let before = dump(node, sample::DATABASE)?;
    let after = dump(node, RESTORED)?;
    match first_difference(&before, &after) {
        None => {
            let rows = node.sql(RESTORED, "SELECT count(*) FROM sales.\"Order\"")?;
            say(&format!(
                "pg_dump of both databases is identical: {} lines, including {} orders",
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
