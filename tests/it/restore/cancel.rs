//! A restore that an operator ends through the catalogue, and what somebody at a terminal sees of one.

use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::wait::until;

use super::support::RestoreLab;
use crate::dump::support::DEADLINE;

#[test]
fn finding_8_a_cancelled_restore_ends_as_error_with_who_asked_and_where_each_database_is() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t AS SELECT 1 AS n");
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE previous ()");
    let mut lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    tools.script(
        "pg_restore",
        "case \"$*\" in *--dbname=*) exec sleep 300;; esac; exec \"$REAL\" \"$@\"",
    );
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    let id = restore.register();
    let said = lab.sandbox().path().join("said-first");
    let mut run = Daemon::spawn(&mut restore.command(id), &said);
    let number = until(DEADLINE, "a restore that reports", || {
        let shown = lab
            .sandbox()
            .catalogue()
            .psql("SELECT \"RunID\" FROM show_restores_in_progress WHERE \"Phase\" = 'restoring'");
        Some(shown.trim().to_owned()).filter(|shown| !shown.is_empty())
    });
    let answer = lab
        .sandbox()
        .shell(&format!("cancel_run {number}"))
        .success();
    assert!(
        answer.contains("ended with ERROR: ") && answer.contains("Reason: cancelled by "),
        "{answer}"
    );
    assert_eq!(run.wait(DEADLINE), 9);
    let reason = lab
        .sandbox()
        .catalogue()
        .psql("SELECT error_message FROM restore_catalog");
    assert!(reason.contains("shop_old"), "{reason}");
    let databases = target.psql("postgres", "SELECT datname FROM pg_database ORDER BY 1");
    assert!(databases.contains("shop_old"), "{databases}");
    until(DEADLINE, "the end of the sessions of the restore", || {
        let sessions = target.psql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgbackman_restore%'",
        );
        (sessions.trim() == "0").then_some(())
    });
}

#[test]
fn finding_8_at_a_terminal_a_restore_ends_with_one_line_of_result() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t AS SELECT 1 AS n");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop");
    let id = restore.register();
    let mut terminal = Pty::spawn(&restore.command(id), 24, 100);
    terminal.expect("SUCCEEDED, ", DEADLINE);
    terminal.expect(" s, RestoreID 1", DEADLINE);
    assert_eq!(terminal.wait(DEADLINE), Some(0));
}
