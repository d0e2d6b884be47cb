//! `kill -9` at every step: afterwards every definition is in the crontab once, and nothing unfinished is left.

use std::fs;

use pgbackman_control::steps::Step;
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE};

/// How many definitions a burst registers while control dies.
const BURST: usize = 6;

/// SIGKILL, as shells count it.
const KILLED: i32 = 128 + 9;

/// Starts control, which dies at `step`, and registers a burst meanwhile. Then a control that lives brings everything in
/// order. Of several nodes the first has its change before control starts and none during the burst: that one must not be
/// forgotten either.
fn die_in_a_burst(backup: &Backup<'_>, nodes: &[i64], step: Step) {
    backup.define(nodes[0], &format!("{step}-early"));
    let (command, steps) = backup.at_step("PGBACKMAN_TEST_DIE_AT", step);
    let mut control = backup.spawn(command);
    for number in 0..BURST {
        for node in &nodes[1.min(nodes.len() - 1)..] {
            backup.define(*node, &format!("{step}-{number}"));
        }
    }
    assert_eq!(control.wait(DEADLINE), KILLED, "{step}: {}", control.said());
    assert!(steps.join(step.name()).exists(), "{step} was not hit");
    for node in nodes {
        assert_written_or_queued(backup, *node, step);
    }
    let through = backup.once();
    // A deleted node's backups that are kept aside are reported as an error, by whoever has renamed them.
    let aside = through
        .stderr
        .contains("check its contents, and remove it by hand");
    assert!(through.code == 0 || aside, "{step}: {}", through.stderr);
    for node in nodes {
        assert_eq!(
            backup.scheduled(*node),
            definitions(backup, *node),
            "{step}: every definition once"
        );
    }
    assert!(backup.queue().is_empty(), "{step}");
    assert_no_unfinished_files(backup, step);
}

/// All definitions of a node, in order of ID.
fn definitions(backup: &Backup<'_>, node: i64) -> Vec<i64> {
    let ids = backup.sql(&format!(
        "SELECT def_id FROM backup_definition WHERE pgsql_node_id = {node} ORDER BY def_id"
    ));
    ids.lines().map(|id| id.parse().unwrap()).collect()
}

/// At any instant: what is not in the crontab waits in the queue.
fn assert_written_or_queued(backup: &Backup<'_>, node: i64, step: Step) {
    assert!(
        backup.queue().contains_key(&node) || backup.scheduled(node) == definitions(backup, node),
        "{step}: a change is neither in the crontab nor in the queue"
    );
}

fn assert_no_unfinished_files(backup: &Backup<'_>, step: Step) {
    for directory in [
        backup.sandbox.crontab_dir(),
        backup.sandbox.backup_root().join("cache_dir"),
    ] {
        for entry in fs::read_dir(directory).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.starts_with('.'), "{step}: {name} is left");
        }
    }
}

#[test]
fn trap_26_killed_at_every_step_of_a_burst_every_definition_is_in_the_crontab_once() {
    let backup = Backup::new();
    let nodes = [backup.node("node1", 5432), backup.node("node2", 5432)];
    for step in [
        Step::QueueRead,
        Step::DefinitionsRead,
        Step::CrontabPrepared,
        Step::CrontabWritten,
        Step::ProblemsNoted,
        Step::QueueEntryRemoved,
        Step::DirectoriesMade,
        Step::CacheWritten,
    ] {
        die_in_a_burst(&backup, &nodes, step);
    }
}

#[test]
fn trap_24_what_is_registered_during_a_write_stays_queued_though_control_is_killed_after_it() {
    for pause in [
        Step::DefinitionsRead,
        Step::CrontabPrepared,
        Step::CrontabWritten,
        Step::ProblemsNoted,
    ] {
        let backup = Backup::new();
        let node = backup.node("node1", 5432);
        backup.define(node, "first");
        let (mut command, steps) = backup.at_step("PGBACKMAN_TEST_PAUSE_AT", pause);
        command.env("PGBACKMAN_TEST_DIE_AT", Step::QueueEntryRemoved.name());
        let mut control = backup.spawn(command);
        wait::until(DEADLINE, pause, || {
            steps.join(pause.name()).exists().then_some(())
        });
        backup.define(node, "second");
        fs::write(steps.join(format!("{pause}.go")), "").unwrap();
        assert_eq!(
            control.wait(DEADLINE),
            KILLED,
            "{pause}: {}",
            control.said()
        );
        assert_written_or_queued(&backup, node, pause);
    }
}

#[test]
fn trap_26_killed_while_a_crontab_moves_every_definition_is_in_the_crontab_once() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.define(node, "first");
    backup.once().success();
    let old = backup.crontab(node);
    let new = backup.sandbox.crontab_dir().join("elsewhere");
    backup.set_node_config(node, "pgnode_crontab_file", &new.display().to_string());
    die_in_a_burst(&backup, &[node], Step::FormerCrontabRemoved);
    assert!(new.exists() && !old.exists());
    assert_eq!(backup.sql("SELECT count(*) FROM former_crontab_file"), "0");
}

#[test]
fn trap_26_killed_while_a_crontab_shrinks_every_definition_is_in_the_crontab_once() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.sql(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status, remarks) \
         SELECT {}, {node}, 'db' || n, '30', '4', 'FULL', 'ACTIVE', '' FROM generate_series(1, 5001) AS n",
        backup.server
    ));
    backup.once().success();
    let second_file = format!("{}_2", backup.crontab(node).display());
    assert!(fs::exists(&second_file).unwrap());
    backup.sql("DELETE FROM backup_definition WHERE def_id <= 100");
    die_in_a_burst(&backup, &[node], Step::SurplusFileRemoved);
    assert!(!fs::exists(&second_file).unwrap());
}

#[test]
fn trap_26_killed_at_every_step_of_a_nodes_deletion_it_is_cleaned_up_after() {
    for step in [
        Step::DeletedCrontabRemoved,
        Step::DeletedCacheRemoved,
        Step::DeletedDirectoriesCleared,
        Step::DeletedNodeForgotten,
    ] {
        let backup = Backup::new();
        let (gone, kept) = (backup.node("gone", 5432), backup.node("kept", 5432));
        backup.define(gone, "shop");
        backup.once().success();
        let partition = backup
            .sandbox
            .backup_root()
            .join(format!("pgsql_node_{gone}"));
        fs::write(partition.join("dump/precious.sql"), "x").unwrap();
        backup.sql(&format!(
            "DELETE FROM backup_definition WHERE pgsql_node_id = {gone}"
        ));
        backup.sql(&format!("SELECT delete_pgsql_node({gone})"));
        die_in_a_burst(&backup, &[kept], step);
        assert_eq!(
            backup.sql("SELECT count(*) FROM pgsql_node_to_delete"),
            "0",
            "{step}"
        );
        assert!(
            !backup.crontab(gone).exists() && !partition.exists(),
            "{step}"
        );
        let kept_aside = fs::read_dir(backup.sandbox.backup_root())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("dump/precious.sql").exists())
            .count();
        assert_eq!(kept_aside, 1, "{step}: the backups are there once");
    }
}
