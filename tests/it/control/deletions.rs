//! Deleted nodes, and crontabs and directories under paths that have changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE, jobs};

/// A node with its crontab under a name of its own, and everything of it on disk.
fn node_with_files(backup: &Backup<'_>) -> (i64, i64, PathBuf) {
    let node = backup.node("node1", 5432);
    let crontab = backup.sandbox.crontab_dir().join("nightly");
    backup.set_node_config(node, "pgnode_crontab_file", &crontab.display().to_string());
    let id = backup.define(node, "shop");
    backup.once().success();
    assert_eq!(backup.scheduled(node), [id]);
    (node, id, crontab)
}

fn delete(backup: &Backup<'_>, node: i64) {
    backup.sql(&format!(
        "DELETE FROM backup_definition WHERE pgsql_node_id = {node}"
    ));
    backup.sql(&format!("SELECT delete_pgsql_node({node})"));
}

fn waiting_deletions(backup: &Backup<'_>) -> i64 {
    backup.number("SELECT count(*) FROM pgsql_node_to_delete")
}

fn wait_until_cleaned_up(backup: &Backup<'_>) {
    wait::until(DEADLINE, "the end of cleaning up", || {
        (waiting_deletions(backup) == 0).then_some(())
    });
}

#[test]
fn trap_25_a_deleted_nodes_crontab_goes_at_the_configured_path_with_cache_and_empty_directories() {
    let backup = Backup::new();
    let (node, _, crontab) = node_with_files(&backup);
    let root = backup.sandbox.backup_root();
    let cache = root.join(format!("cache_dir/pgsql_node_{node}.cache"));
    assert!(
        crontab.exists() && cache.exists() && root.join(format!("pgsql_node_{node}/dump")).exists()
    );
    let mut control = backup.control();
    delete(&backup, node);
    wait_until_cleaned_up(&backup);
    assert!(!crontab.exists() && !cache.exists());
    assert!(!root.join(format!("pgsql_node_{node}")).exists());
    assert!(root.join("cache_dir").exists());
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn a_deleted_nodes_backups_are_kept_aside_and_reported() {
    let backup = Backup::new();
    let (node, _, crontab) = node_with_files(&backup);
    let partition = backup
        .sandbox
        .backup_root()
        .join(format!("pgsql_node_{node}"));
    fs::write(partition.join("dump/precious.sql"), "x").unwrap();
    delete(&backup, node);
    // C13: what an operator has to remove by hand was not done.
    backup.once().failure();
    assert!(!crontab.exists() && !partition.exists());
    let aside = fs::read_dir(backup.sandbox.backup_root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.display().to_string().contains(".deleted-"))
        .expect("the directory is renamed aside");
    assert!(aside.join("dump/precious.sql").exists());
    assert!(
        backup.sandbox.log().contains(&aside.display().to_string()),
        "it is reported"
    );
    assert_eq!(waiting_deletions(&backup), 0);
}

#[test]
fn trap_25a_a_node_deleted_while_control_was_down_is_cleaned_up_at_every_start() {
    let backup = Backup::new();
    let (node, _, crontab) = node_with_files(&backup);
    delete(&backup, node);
    for _ in 0..2 {
        backup.once().success();
        assert!(!crontab.exists());
        assert_eq!(waiting_deletions(&backup), 0);
    }
    // An entry that 1.x left knows no paths: the default ones are cleared.
    let legacy = backup.node("legacy", 5432);
    backup.define(legacy, "shop");
    backup.once().success();
    assert!(backup.crontab(legacy).exists());
    delete(&backup, legacy);
    backup.sql(
        "UPDATE pgsql_node_to_delete SET pgsql_node_fqdn = NULL, pgnode_crontab_file = NULL, \
             pgnode_backup_partition = NULL, former_backup_partitions = NULL",
    );
    backup.once().success();
    assert!(!backup.crontab(legacy).exists());
    assert_eq!(waiting_deletions(&backup), 0);
}

#[test]
fn trap_25a_a_deletion_that_fails_is_tried_again_and_blocks_nothing() {
    let backup = Backup::new();
    let (node, _, crontab) = node_with_files(&backup);
    let outside = backup.sandbox.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("passwd"), "x").unwrap();
    let partition = backup
        .sandbox
        .backup_root()
        .join(format!("pgsql_node_{node}"));
    fs::remove_dir_all(&partition).unwrap();
    symlink(&outside, &partition).unwrap();
    delete(&backup, node);
    let other = backup.node("node2", 5432);
    let mut control = backup.control();
    backup.wait_for_log("next attempt in 2 s");
    let id = backup.define(other, "shop");
    backup.wait_until_scheduled(other, &[id]);
    assert_eq!(waiting_deletions(&backup), 1);
    assert!(!crontab.exists(), "what can be done is done");
    assert!(
        outside.join("passwd").exists() && partition.is_symlink(),
        "no link is followed"
    );
    fs::remove_file(&partition).unwrap();
    wait_until_cleaned_up(&backup);
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn trap_25_a_crontab_under_a_new_path_leaves_none_under_the_old_one() {
    let backup = Backup::new();
    let (node, id, old) = node_with_files(&backup);
    let new = backup.sandbox.crontab_dir().join("elsewhere");
    let mut control = backup.control();
    backup.set_node_config(node, "pgnode_crontab_file", &new.display().to_string());
    wait::until(DEADLINE, "the new file", || new.exists().then_some(()));
    backup.wait_for_empty_queue();
    assert!(!old.exists());
    assert_eq!(backup.scheduled(node), [id]);
    assert_eq!(backup.sql("SELECT count(*) FROM former_crontab_file"), "0");
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn trap_25_two_nodes_that_exchange_their_paths_have_every_job_once() {
    let backup = Backup::new();
    let (one, first, old) = node_with_files(&backup);
    let other = backup.node("node2", 5432);
    let second = backup.define(other, "shop");
    backup.once().success();
    // While control is down the first node moves away, and the second one takes its path.
    let new = backup.sandbox.crontab_dir().join("elsewhere");
    backup.set_node_config(one, "pgnode_crontab_file", &new.display().to_string());
    backup.set_node_config(other, "pgnode_crontab_file", &old.display().to_string());
    let mut control = backup.control();
    backup.wait_for_empty_queue();
    assert_eq!(backup.scheduled(one), [first]);
    assert_eq!(backup.scheduled(other), [second]);
    assert_eq!(jobs(&backup.sandbox.crontab_dir()).len(), 2);
    assert!(
        fs::read_to_string(&old)
            .unwrap()
            .contains(&format!("--def-id {second} "))
    );
    assert!(!backup.crontab(other).exists());
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn a_crontab_that_pgbackman_did_not_make_is_left_alone() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let (path, text) = (
        backup.sandbox.crontab_dir().join("php"),
        "09 * * * * root /usr/lib/php/clean\n",
    );
    fs::write(&path, text).unwrap();
    backup.set_node_config(node, "pgnode_crontab_file", &path.display().to_string());
    backup.define(node, "shop");
    let said = backup.once().failure();
    assert!(said.contains("was not created by PgBackMan"), "{said}");
    delete(&backup, node);
    backup.once().success();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_crontab_of_1_2_is_replaced() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    let legacy = format!(
        "# File: {}\n# \n# This crontab file is generated automatically\n# and contains the backup jobs to be run\n\
         # for the PgSQL node node1.example.org\n\n30 4 * * * pgbackman /usr/bin/pgbackman_dump --def-id {id}\n",
        backup.crontab(node).display()
    );
    fs::write(backup.crontab(node), legacy).unwrap();
    backup.once().success();
    assert_eq!(backup.scheduled(node), [id]);
    assert!(
        fs::read_to_string(backup.crontab(node))
            .unwrap()
            .contains("# NodeID: ")
    );
}
