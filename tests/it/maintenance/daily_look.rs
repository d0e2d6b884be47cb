//! The daily look at the files of all backups: what it looks at, how it goes on, and what it does where a file system is away.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::SnapshotId;

use super::support::{KILLED, Site, noon};

/// How a backup was found, and when.
fn state(site: &Site<'_>, backup: i64) -> String {
    site.sql(&format!(
        "SELECT files_state || ' ' || to_char(files_looked_at AT TIME ZONE 'UTC', 'DD HH24') FROM backup_catalog \
         WHERE bck_id = {backup}"
    ))
}

fn archive(site: &Site<'_>, backup: i64) -> PathBuf {
    let is_archive = |path: &PathBuf| path.is_dir();
    site.files_of(backup).into_iter().find(is_archive).unwrap()
}

fn lose_archive(site: &Site<'_>, backup: i64) {
    fs::remove_dir_all(archive(site, backup)).unwrap();
}

#[test]
fn d1_every_kept_backup_is_looked_at_once_a_day_and_no_other() {
    let site = Site::new();
    let definition = site.define("shop");
    let snapshot = site.number(&format!(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, backup_code, retention_period) \
         VALUES ({}, {}, 'shop', 'FULL', '200 days') RETURNING snapshot_id",
        site.server, site.node
    ));
    let of_snapshot =
        site.register(&site.files(BackupOrigin::Snapshot(SnapshotId::new(snapshot)), noon(2)));
    let [pinned, failed, elsewhere, newest] =
        [3, 4, 5, 6].map(|day| site.backup(definition, noon(day)));
    let other =
        site.number("SELECT register_backup_server('backup02', 'example.net', 'RUNNING', '')");
    site.sql(&format!(
        "UPDATE backup_catalog SET pinned_until = 'infinity' WHERE bck_id = {pinned}; \
         UPDATE backup_catalog SET execution_status = 'ERROR' WHERE bck_id = {failed}; \
         UPDATE backup_catalog SET backup_server_id = {other} WHERE bck_id = {elsewhere}"
    ));
    let all = [of_snapshot, pinned, failed, elsewhere, newest];
    let states = || all.map(|backup| state(&site, backup));
    site.dry_run(noon(7)).success();
    assert_eq!(states(), [""; 5], "a dry run notes nothing");
    site.pass(noon(7)).success();
    assert_eq!(
        states(),
        ["whole 07 12", "whole 07 12", "", "", "whole 07 12"]
    );
    // Nothing that happens within the day is found before the next one, and then it is.
    lose_archive(&site, newest);
    site.pass(noon(7) + TimeDelta::hours(22)).success();
    assert_eq!(state(&site, newest), "whole 07 12");
    let pass = site.pass(noon(7) + TimeDelta::hours(23));
    assert_eq!(pass.code, 1);
    assert_eq!(state(&site, newest), "damaged 08 11");
    assert_eq!(state(&site, of_snapshot), "whole 08 11");
    let since = format!("SELECT files_since FROM backup_catalog WHERE bck_id = {of_snapshot}");
    assert!(site.sql(&since).starts_with("2020-11-07"));
    // What was away comes back: it counts again.
    fs::create_dir(site.dump_dir().join("x")).unwrap();
    assert!(
        site.sandbox
            .log()
            .contains(&format!("backup {newest}: its files are damaged: "))
    );
}

#[test]
fn d1_where_no_backup_is_whole_the_newest_damaged_one_stays() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    for backup in backups {
        lose_archive(&site, backup);
    }
    for day in [30, 31, 32] {
        site.pass(noon(day));
        assert_eq!(site.entries(), backups[2..], "{}", site.sandbox.log());
    }
    let why = format!("SELECT why FROM retention_of_definition({definition}, now())");
    assert_eq!(
        site.sql(&why),
        "its files are damaged; no backup is whole, and this is the newest"
    );
    // With a good one it goes, and what is left of it.
    let good = site.backup(definition, noon(33));
    site.pass(noon(60)).success();
    site.assert_left(&[good]);
}

#[test]
fn d1_one_damage_that_retention_finds_has_all_others_looked_at_in_the_same_pass() {
    let site = Site::new();
    let shop = site.define("shop");
    let crm = site.define("crm");
    site.pass(noon(29)).success();
    let [old, new] = [1, 2].map(|day| site.backup(shop, noon(day)));
    let other = site.backup(crm, noon(1) + TimeDelta::hours(1));
    lose_archive(&site, new);
    lose_archive(&site, other);
    site.pass(noon(29) + TimeDelta::hours(1));
    assert_eq!(site.entries(), [old, other]);
    assert_eq!(state(&site, other), "damaged 29 13");
}

/// Rows whose files are nowhere.
fn many(site: &Site<'_>, definition: i64, count: i64) -> Vec<i64> {
    site.sql(&format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, finished, pg_dump_file, \
             global_log_file, execution_status, execution_method) \
         SELECT {definition}, {}, {}, 'shop', '2020-11-05 12:00Z'::timestamptz + n * interval '1 second', \
             '{}/' || n || '.sql', '/l', 'SUCCEEDED', 'CRON' FROM generate_series(1, {count}) AS n",
        site.server,
        site.node,
        site.dump_dir().display()
    ));
    site.entries()
}

#[test]
fn d1_a_look_that_is_killed_goes_on_where_it_was() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = many(&site, definition, 1500);
    let mut command = site.command(noon(6));
    command.env("PGBACKMAN_TEST_KILL_AFTER", "1");
    assert_eq!(Site::run(&mut command, &["--cron"]).code, KILLED);
    let looked = || {
        site.sql(
            "SELECT string_agg(s.text, ', ' ORDER BY s.text) FROM ( \
                 SELECT coalesce(to_char(files_looked_at AT TIME ZONE 'UTC', 'HH24'), 'never') || ' ' || count(*) AS text \
                 FROM backup_catalog GROUP BY files_looked_at) AS s",
        )
    };
    assert_eq!(looked(), "12 1000, never 500");
    site.pass(noon(6) + TimeDelta::hours(1));
    assert_eq!(looked(), "12 1000, 13 500");
    // It is over: the next is due a day after it began.
    site.pass(noon(6) + TimeDelta::hours(2));
    assert_eq!(looked(), "12 1000, 13 500");
    site.pass(noon(6) + TimeDelta::hours(23));
    assert_eq!(looked(), "11 1500");
    let damaged = "SELECT count(*) FROM backup_catalog WHERE files_state = 'damaged'";
    assert_eq!(site.number(damaged), 1500);
    // 1500 of one kind are one line each time that they are new.
    let lines = site.sandbox.log();
    let lines = lines.matches(": its files are damaged: ").count();
    assert_eq!(lines, 1, "{}", backups.len());
}

fn with_limit(site: &Site<'_>, now: DateTime<Utc>, name: &str, path: &std::path::Path) -> i32 {
    let mut command = site.command(now);
    command
        .env("PGBACKMAN_TEST_LOOK_LIMIT", "1")
        .env(name, path);
    let begun = Instant::now();
    let code = Site::run(&mut command, &["--cron"]).code;
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "somebody waited for what hangs"
    );
    code
}

#[test]
fn d1_a_file_system_that_hangs_holds_up_no_other_directory() {
    let site = Site::new();
    let shop = site.define("shop");
    let here = [1, 2].map(|day| site.backup(shop, noon(day)));
    let mut far = Site {
        node: site.node("node2", 5432, "STOPPED"),
        ..site
    };
    let crm = far.define("crm");
    let there = [1, 2].map(|day| far.backup(crm, noon(day)));
    let hangs = far.partition(far.node);
    for below in ["dump", ""] {
        // Either the directory answers and its files do not, or nothing does.
        let at = if below.is_empty() { noon(50) } else { noon(30) };
        let code = with_limit(&far, at, "PGBACKMAN_TEST_HANG_BELOW", &hangs.join(below));
        assert_eq!(code, 1, "{}", far.sandbox.log());
        assert_eq!(far.entries(), [here[1], there[0], there[1]]);
        let day = at.format("%d");
        assert_eq!(state(&far, here[1]), format!("whole {day} 12"));
        assert_eq!(state(&far, there[1]), format!("not looked at {day} 12"));
        let problem = far.sql(&format!(
            "SELECT files_problem FROM backup_catalog WHERE bck_id = {}",
            there[1]
        ));
        assert!(problem.contains("did not respond within 1 s"), "{problem}");
    }
    // It answers again: they are looked at after an hour, and retention goes on.
    far.pass(noon(50) + TimeDelta::hours(1)).success();
    assert_eq!(state(&far, there[1]), "whole 20 13");
    assert_eq!(far.entries(), [here[1], there[1]]);
    far.node = 0;
}

#[test]
fn d1_a_look_that_dies_at_one_backup_looks_at_all_others() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [5, 6, 7].map(|day| site.backup(definition, noon(day)));
    let fatal = archive(&site, backups[1]);
    with_limit(&site, noon(8), "PGBACKMAN_TEST_DIE_BELOW", &fatal);
    let states = backups.map(|backup| state(&site, backup));
    assert_eq!(
        states,
        ["whole 08 12", "not looked at 08 12", "whole 08 12"]
    );
}

#[test]
fn d1_a_directory_that_is_away_or_another_one_is_not_looked_at_and_one_problem() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [4, 5, 6].map(|day| site.backup(definition, noon(day)));
    let (partition, away) = (site.partition(site.node), site.sandbox.home().join("away"));
    fs::rename(&partition, &away).unwrap();
    let states = || backups.map(|backup| state(&site, backup));
    assert_eq!(site.pass(noon(7)).code, 1);
    assert_eq!(states(), ["not looked at 07 12"; 3]);
    // Another one: a mount point without its file system.
    for directory in ["", "dump", "log"] {
        site.directory(&partition.join(directory));
    }
    assert_eq!(site.pass(noon(8)).code, 1);
    assert_eq!(states(), ["not looked at 08 12"; 3]);
    assert_eq!(site.entries(), backups);
    fs::remove_dir_all(&partition).unwrap();
    fs::rename(&away, &partition).unwrap();
    site.pass(noon(8) + TimeDelta::hours(1)).success();
    assert_eq!(states(), ["whole 08 13"; 3]);
    let log = site.sandbox.log();
    let lines = log.matches("its files could not be checked").count();
    assert_eq!(lines, 2, "a line for each look: {log}");
}
