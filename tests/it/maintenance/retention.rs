//! Retention of definitions and snapshots, with real files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::SnapshotId;

use super::support::{Site, noon};

#[test]
fn trap_12_expired_backups_go_with_all_their_files_and_the_kept_stay_whole() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups: Vec<i64> = (1..=6)
        .map(|day| site.backup(definition, noon(day)))
        .collect();
    // On the 11th the period of those of the 1st to the 3rd is over.
    let said = site.dry_run(noon(11)).success();
    assert_eq!(said.matches("would delete backup").count(), 3, "{said}");
    assert!(
        said.contains("its retention period of 7 days ended"),
        "{said}"
    );
    site.assert_left(&backups);

    site.pass(noon(11)).success();
    site.assert_left(&backups[3..]);
    let log = site.sandbox.log();
    for (backup, newer) in backups[..3].iter().zip([5, 4, 3]) {
        let line = format!("deleted backup {backup} of definition {definition} (database \"shop\"");
        let line = log.lines().find(|found| found.contains(&line)).unwrap();
        assert!(
            line.contains(&format!("; {newer} newer backups have SUCCEEDED")),
            "{line}"
        );
        assert!(
            line.ends_with("(node=node1.example.org, dbname=shop)"),
            "each line says of which node and database it is: {line}"
        );
    }
    // Much later the newest is still there.
    site.pass(noon(1000)).success();
    site.assert_left(&backups[5..]);
}

#[test]
fn trap_11_failures_expire_nothing_and_their_logs_go() {
    let site = Site::new();
    let definition = site.define("shop");
    let good = site.backup(definition, noon(1));
    for day in 2..=9 {
        let failed = site.backup(definition, noon(day));
        site.sql(&format!(
            "UPDATE backup_catalog SET execution_status = 'ERROR' WHERE bck_id = {failed}"
        ));
    }
    site.pass(noon(60)).success();
    site.assert_left(&[good]);
}

#[test]
fn a_snapshot_goes_with_its_definition_after_its_period() {
    let site = Site::new();
    let snapshot = site.number(&format!(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, backup_code, retention_period) \
         VALUES ({}, {}, 'shop', 'FULL', '2 days') RETURNING snapshot_id",
        site.server, site.node
    ));
    let origin = BackupOrigin::Snapshot(SnapshotId::new(snapshot));
    let entry = site.register(&site.files(origin, noon(1)));
    site.pass(noon(2)).success();
    site.assert_left(&[entry]);
    site.pass(noon(4)).success();
    site.assert_left(&[]);
    assert_eq!(site.number("SELECT count(*) FROM snapshot_definition"), 0);
}

#[test]
fn a_moved_definition_is_judged_as_a_whole_and_each_server_deletes_its_own() {
    let site = Site::new();
    let definition = site.define("shop");
    let other =
        site.number("SELECT register_backup_server('backup02', 'example.net', 'RUNNING', '')");
    // The other server has one that was the first, is expired, and is its own business.
    let older = site.backup(definition, noon(1) - TimeDelta::days(1));
    site.sql(&format!(
        "UPDATE backup_catalog SET backup_server_id = {other} WHERE bck_id = {older}"
    ));
    let here = [noon(1), noon(2)].map(|finished| site.backup(definition, finished));
    site.sql(&format!(
        "UPDATE backup_definition SET backup_server_id = {other} WHERE def_id = {definition}"
    ));
    site.pass(noon(60)).success();
    site.assert_left(&[older, here[1]]);
}

#[test]
fn a_backup_of_1_x_without_a_manifest_goes_and_none_is_never_a_file() {
    let site = Site::new();
    let definition = site.define("shop");
    let old = site.backup(definition, noon(1));
    site.make_of_1_x(old);
    // A CLUSTER backup of 1.x: one file, and the word None for the rest.
    let cluster = site
        .dump_dir()
        .join("CLUSTER-node1-v9_6-defid4-cCLUSTER-20201101T040500.sql.gz");
    site.file(&cluster, b"gzip");
    site.file(&site.dump_dir().join("None"), b"not a part of anything");
    site.sql(&format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, finished, pg_dump_file, \
             pg_dump_roles_file, pg_dump_dbconfig_file, pg_dump_log_file, pg_dump_roles_log_file, \
             pg_dump_dbconfig_log_file, global_log_file, execution_status, execution_method) \
         VALUES ({definition}, {}, {}, 'template1', '2020-11-01', '{}', 'None', 'None', NULL, 'None', 'None', '/l', \
             'SUCCEEDED', 'CRON')",
        site.server,
        site.node,
        cluster.display()
    ));
    let new = site.backup(definition, noon(2));
    site.pass(noon(60)).success();
    assert_eq!(site.entries(), [new]);
    assert!(!cluster.exists());
    fs::remove_file(site.dump_dir().join("None")).unwrap();
    site.assert_left(&[new]);
}

#[test]
fn many_expired_backups_go_in_one_pass() {
    let site = Site::new();
    let definition = site.define("shop");
    let backup = |hour| site.backup(definition, noon(1) + TimeDelta::hours(hour));
    site.sql(&format!(
        "ALTER DATABASE {} SET log_statement = 'all'",
        site.sandbox.catalogue().name()
    ));
    let pass = || {
        let before = statements(&site);
        site.pass(noon(60)).success();
        statements(&site) - before
    };
    // The daily look has been made.
    site.pass(noon(60)).success();
    let first = [0, 1].map(backup);
    let for_one = pass();
    assert_eq!(site.entries(), first[1..]);
    assert!(for_one > 0);
    let backups: Vec<i64> = (2..150).map(backup).collect();
    // They go in batches: as many statements as for one.
    assert_eq!(pass(), for_one);
    site.assert_left(&backups[147..]);
}

/// How many statements programs have sent to the catalogue; `psql` sends its in another way.
fn statements(site: &Site<'_>) -> usize {
    let catalogue = site.sandbox.catalogue();
    let of_programs = format!("@{} LOG:  execute ", catalogue.name());
    catalogue.cluster().log().matches(&of_programs).count()
}

#[test]
fn files_that_were_gone_already_let_the_entry_go() {
    let site = Site::new();
    let definition = site.define("shop");
    let old = site.backup(definition, noon(1));
    let new = site.backup(definition, noon(2));
    for path in site.files_of(old) {
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    site.pass(noon(60)).success();
    site.assert_left(&[new]);
}

/// Takes the archive of a backup away.
fn lose_archive(site: &Site<'_>, backup: i64) {
    let is_archive = |path: &PathBuf| path.is_dir();
    let archive = site.files_of(backup).into_iter().find(is_archive);
    fs::remove_dir_all(archive.unwrap()).unwrap();
}

#[test]
fn r3_the_last_backup_that_is_there_stays_when_the_newest_ones_files_are_gone() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2, 3, 4].map(|day| site.backup(definition, noon(day)));
    lose_archive(&site, backups[3]);
    // A dry run looks, too, and changes nothing.
    let said = site.dry_run(noon(30));
    let said = said.stdout + &said.stderr;
    assert!(!said.contains("would delete backup"), "{said}");
    assert_eq!(site.entries(), backups);

    let pass = site.pass(noon(30));
    assert_eq!(pass.code, 1, "damage is a problem");
    let log = site.sandbox.log();
    let told = format!(
        "backup {} does not count: its files are damaged:",
        backups[3]
    );
    assert!(log.contains(&told), "{log}");
    // The damaged one is past its period: only the one that is there is left.
    site.assert_left(&[backups[2]]);
    site.pass(noon(31)).success();
    site.assert_left(&[backups[2]]);
}

/// Damages the files of an archive.
type Hurt = fn(&Path);

#[test]
fn r3_a_missing_file_and_another_size_are_damage_within_the_period_too() {
    let site = Site::new();
    let definition = site.define("shop");
    let hurt: [(&str, Hurt); 3] = [
        ("shorter", |archive| {
            fs::write(archive.join("3001.dat.gz"), "row").unwrap();
        }),
        ("missing", |archive| {
            fs::remove_file(archive.join("toc.dat")).unwrap();
        }),
        ("a link", |archive| {
            let toc = archive.join("toc.dat");
            fs::remove_file(&toc).unwrap();
            symlink("/etc/passwd", toc).unwrap();
        }),
    ];
    let older = site.backup(definition, noon(1) - TimeDelta::days(1));
    let old = site.backup(definition, noon(1));
    for (index, (what, hurt)) in hurt.into_iter().enumerate() {
        let newest = site.backup(definition, noon(20 + i64::try_from(index).unwrap()));
        let archive = site.files_of(newest).into_iter().find(|path| path.is_dir());
        hurt(&archive.unwrap());
        site.pass(noon(24));
        let entries = site.entries();
        assert!(entries.contains(&old), "{what}: {entries:?}");
        assert!(entries.contains(&newest), "{what}: within its period");
        let state = site.sql(&format!(
            "SELECT files_state || ' ' || execution_status FROM backup_catalog WHERE bck_id = {newest}"
        ));
        assert_eq!(state, "damaged SUCCEEDED", "{what}");
    }
    assert!(!site.entries().contains(&older));
}

#[test]
fn r3_what_nobody_can_look_at_lets_nothing_go_and_stays() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    // The newest lies on a node's directory that is closed to the jobs' user, as a stale handle would be.
    let node = site.node("node2", 5432, "STOPPED");
    let newest = site.backup(definition, noon(4));
    let moved = format!(
        "UPDATE backup_catalog SET pgsql_node_id = {node}, pg_dump_file = replace(pg_dump_file, 'pgsql_node_{}', \
             'pgsql_node_{node}'), manifest_file = replace(manifest_file, 'pgsql_node_{}', 'pgsql_node_{node}') \
         WHERE bck_id = {newest}",
        site.node, site.node
    );
    site.sql(&moved);
    let dump = site.partition(node).join("dump");
    fs::remove_dir(&dump).unwrap();
    symlink("/nowhere", &dump).unwrap();
    site.pass(noon(30));
    assert_eq!(
        site.entries(),
        [backups[2], newest],
        "{}",
        site.sandbox.log()
    );
    let state = site.sql(&format!(
        "SELECT files_state FROM backup_catalog WHERE bck_id = {newest}"
    ));
    assert_eq!(state, "not looked at");
}

#[test]
fn r3_backups_of_1_x_count_by_the_sizes_of_their_rows() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    for backup in backups {
        site.make_of_1_x(backup);
    }
    let roles = site.sql(&format!(
        "SELECT pg_dump_roles_file FROM backup_catalog WHERE bck_id = {}",
        backups[2]
    ));
    fs::write(roles, "CREATE").unwrap();
    site.pass(noon(30));
    site.assert_left(&[backups[1]]);
}

#[test]
fn r3_another_servers_backups_count_by_its_own_look_for_two_days() {
    let site = Site::new();
    let definition = site.define("shop");
    let other =
        site.number("SELECT register_backup_server('backup02', 'example.net', 'RUNNING', '')");
    let here = site.backup(definition, noon(1));
    let there = site.backup(definition, noon(2));
    let looked = |state: &str, day: i64| {
        site.sql(&format!(
            "UPDATE backup_catalog SET backup_server_id = {other}, files_state = {state}, files_looked_at = '{}' \
             WHERE bck_id = {there}",
            noon(day).to_rfc3339()
        ));
    };
    for (state, day) in [
        ("NULL", 30),
        ("'damaged'", 30),
        ("'not looked at'", 30),
        ("'whole'", 27),
    ] {
        looked(state, day);
        site.pass(noon(30));
        assert_eq!(site.entries(), [here, there], "{state} on day {day}");
    }
    looked("'whole'", 28);
    site.pass(noon(30)).success();
    assert_eq!(site.entries(), [there]);
}
