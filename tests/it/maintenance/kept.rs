//! What keeps a backup from being deleted: an operator, a restore that waits, a restore that reads it.

use std::fs;
use std::path::PathBuf;

use chrono::TimeDelta;
use pgbackman_core::handoff::backup_lock;
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::wait;

use super::support::{DEADLINE, Site, noon};

#[test]
fn a_kept_backup_outlives_its_retention_until_it_is_released() {
    let site = Site::new();
    let definition = site.define("shop");
    let [first, second, newest] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    site.sandbox
        .shell(&format!("keep_backup {first} \"before the migration\""))
        .success();
    site.pass(noon(60)).success();
    site.assert_left(&[first, newest]);
    assert!(!site.entries().contains(&second));
    site.sandbox
        .shell(&format!("release_backup {first}"))
        .success();
    site.pass(noon(60)).success();
    site.assert_left(&[newest]);
}

#[tokio::test]
async fn a_forced_deletion_of_a_definition_with_kept_backups_is_refused_and_names_them() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2].map(|day| site.backup(definition, noon(day)));
    site.sandbox
        .shell(&format!("keep_backup {} forever audit", backups[0]))
        .success();
    let client = site.sandbox.connect().await;
    let force = format!("SELECT delete_force_backup_definition_id({definition})");
    let error = client.batch_execute(&force).await.unwrap_err();
    let refused = error.as_db_error().unwrap();
    assert!(refused.message().contains("are kept"), "{refused}");
    assert_eq!(
        refused.detail(),
        Some(format!("BckIDs: {}", backups[0]).as_str())
    );
    site.pass(noon(60)).success();
    assert_eq!(site.entries(), backups);
}

#[test]
fn what_an_operator_deletes_goes_with_its_files_and_what_retention_needs_does_not() {
    let site = Site::new();
    let definition = site.define("shop");
    let [pinned, spare, waits, newest] = [1, 2, 3, 4].map(|day| site.backup(definition, noon(day)));
    site.sql(&format!(
        "UPDATE backup_definition SET retention_period = '100 years' WHERE def_id = {definition}"
    ));
    site.sql(&format!("SELECT keep_backup({pinned}, 'infinity', '')"));
    site.sql(&format!(
        "SELECT register_restore_definition('2099-12-30 12:00+00', {}, {}, {waits}, 'copy', NULL, '', '{{}}')",
        site.server, site.node
    ));
    for (backup, why) in [
        (pinned, "is pinned"),
        (waits, "is needed by a restore"),
        (newest, "it is one of the newest SUCCEEDED backups"),
    ] {
        let said = site
            .sandbox
            .shell(&format!("delete_backup {backup}"))
            .failure();
        assert!(said.contains(why), "{said}");
    }
    site.pass(noon(5)).success();
    site.assert_left(&[pinned, spare, waits, newest]);
    site.sandbox
        .shell(&format!("delete_backup {spare}"))
        .success();
    // It counts no longer from now on.
    let said = site
        .sandbox
        .shell(&format!("keep_backup {spare}"))
        .failure();
    assert!(said.contains("is being deleted"), "{said}");
    site.pass(noon(5)).success();
    site.assert_left(&[pinned, waits, newest]);
    assert!(site.sandbox.log().contains(&format!(
        "deleted backup {spare} of definition {definition}"
    )));
}

#[test]
fn trap_12b_what_is_the_only_whole_backup_is_not_deleted_by_an_operator() {
    let site = Site::new();
    let definition = site.define("shop");
    let [whole, newer] = [1, 2].map(|day| site.backup(definition, noon(day)));
    site.sql(&format!(
        "UPDATE backup_catalog SET files_state = 'damaged', files_looked_at = now(), files_problem = 'missing' WHERE bck_id = {newer}"
    ));
    let said = site
        .sandbox
        .shell(&format!("delete_backup {whole}"))
        .failure();
    assert!(said.contains("is needed by the retention"), "{said}");
    site.sandbox
        .shell(&format!("delete_backup {newer}"))
        .success();
}

#[tokio::test]
async fn no_statement_deletes_a_kept_backup() {
    let site = Site::new();
    let definition = site.define("shop");
    let backup = site.backup(definition, noon(1));
    site.sql(&format!("SELECT keep_backup({backup}, 'infinity', '')"));
    let client = site.sandbox.connect().await;
    let refused = client
        .batch_execute("DELETE FROM backup_catalog")
        .await
        .unwrap_err();
    assert!(refused.as_db_error().unwrap().message().contains("is kept"));
    let refused = client
        .batch_execute(&format!(
            "SELECT keep_backup({backup}, now() - interval '1 s', '')"
        ))
        .await;
    assert!(refused.is_err(), "a pin that is over was accepted");
}

#[test]
fn a_backup_that_a_restore_waits_for_stays() {
    let site = Site::new();
    let definition = site.define("shop");
    let [old, _, newest] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    site.sql(&format!(
        "SELECT register_restore_definition('2020-12-30 12:00+00', {}, {}, {old}, 'copy', NULL, '', '{{}}')",
        site.server, site.node
    ));
    site.pass(noon(60)).success();
    site.assert_left(&[old, newest]);
}

/// The manifest, and the archive, of an entry.
fn locked_files(site: &Site<'_>, entry: i64) -> (PathBuf, PathBuf) {
    let files = site.files_of(entry);
    let manifest = files
        .iter()
        .find(|path| path.extension() == Some("json".as_ref()));
    let archive = files.iter().find(|path| path.is_dir());
    (manifest.unwrap().clone(), archive.unwrap().clone())
}

#[test]
fn a_backup_that_a_restore_reads_stays_although_the_catalogue_does_not_know_of_it() {
    let site = Site::new();
    let definition = site.define("shop");
    let [with_manifest, of_1_x, newest] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    let (manifest, archive) = locked_files(&site, with_manifest);
    let reading = backup_lock::shared(Some(&manifest), &archive).unwrap();
    let (old_manifest, old_archive) = locked_files(&site, of_1_x);
    fs::remove_file(old_manifest).unwrap();
    site.sql(&format!(
        "UPDATE backup_catalog SET manifest_file = NULL WHERE bck_id = {of_1_x}"
    ));
    let reading_old = backup_lock::shared(None, &old_archive).unwrap();

    let said = site.pass(noon(60));
    assert_eq!(said.code, 1);
    assert_eq!(
        said.stderr.matches("a restore is reading it").count(),
        2,
        "{}",
        said.stderr
    );
    site.assert_left(&[with_manifest, of_1_x, newest]);
    let claimed = "SELECT count(*) FROM backup_catalog WHERE deleting_since IS NOT NULL";
    assert_eq!(site.number(claimed), 0, "the claims were not given up");

    drop((reading, reading_old));
    site.pass(noon(60)).success();
    site.assert_left(&[newest]);
}

/// Stops a pass at a step, lets something happen, and lets the pass go on to its end.
fn meanwhile(site: &Site<'_>, step: &str, happens: impl FnOnce()) -> i32 {
    let mut command = site.command(noon(60));
    command.env("PGBACKMAN_TEST_STOP_AT", step);
    let said = site.sandbox.path().join("said");
    let mut pass = Daemon::spawn(command.arg("--cron"), &said);
    wait::until(DEADLINE, step, || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pass.pid()));
        stat.is_ok_and(|stat| stat.contains(") T ")).then_some(())
    });
    happens();
    pass.signal(nix::sys::signal::Signal::SIGCONT);
    pass.wait(DEADLINE)
}

#[test]
fn what_is_kept_or_needed_after_it_was_listed_stays() {
    let site = Site::new();
    let definition = site.define("shop");
    let [pinned, restored, kept_by_policy, newest] =
        [1, 2, 3, 4].map(|day| site.backup(definition, noon(day)));
    let code = meanwhile(&site, "LookedAt", || {
        site.sql(&format!("SELECT keep_backup({pinned}, 'infinity', '')"));
        site.sql(&format!(
            "SELECT register_restore_definition(now(), {}, {}, {restored}, 'copy', NULL, '', '{{}}')",
            site.server, site.node
        ));
        site.sql("UPDATE backup_definition SET retention_redundancy = 2");
    });
    assert_eq!(code, 0);
    site.assert_left(&[pinned, restored, kept_by_policy, newest]);
}

#[test]
fn rotation_keeps_the_newest_of_days_weeks_and_months() {
    let site = Site::new();
    let definition = site.define("shop");
    // Two a day over ten weeks.
    let backups: Vec<(i64, i64)> = (0..70)
        .flat_map(|day| [0, 6].map(|hour| (day, hour)))
        .map(|(day, hour)| {
            let finished = noon(1) + TimeDelta::days(day) + TimeDelta::hours(hour);
            (
                site.backup(definition, finished),
                day * 2 + i64::from(hour > 0),
            )
        })
        .collect();
    site.sandbox
        .shell(&format!("update_retention_policy {definition} 10 4 3 1"))
        .success();
    // Half a year later only the policy keeps anything: ten days, of which one is the newest of week, month and year;
    // the other weeks and months.
    let shown = site
        .sandbox
        .shell(&format!("show_retention {definition}"))
        .success();
    assert!(
        shown.contains("the newest of its day, week, month, year"),
        "{shown}"
    );
    site.pass(noon(250)).success();
    let left = site.entries();
    let index: Vec<i64> = backups
        .iter()
        .filter(|(id, _)| left.contains(id))
        .map(|(_, index)| *index)
        .collect();
    // The 70 days end on Saturday 9 January 2021. Days 60 to 69 (evenings); Sundays 13, 20 and 27 December and 3 January
    // are the ends of weeks (days 42, 49, 56, 63), of which the week of the 9th counts as one; months end on days 29
    // (30 November) and 60 (31 December).
    let evenings = |days: &[i64]| days.iter().map(|day| day * 2 + 1).collect::<Vec<_>>();
    assert_eq!(
        index,
        evenings(&[29, 49, 56, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69])
    );
    site.assert_left(&left);
}
