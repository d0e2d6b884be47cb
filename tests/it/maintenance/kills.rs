//! `kill -9` at fifty moments of a pass: afterwards no entry is without its files unless it was claimed, no file belongs to
//! nobody, and the next pass completes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::support::{KILLED, Site, noon};

/// So many moments a pass is killed at.
const MOMENTS: u64 = 50;

/// Two definitions with twelve backups each, one of which was deleted with force.
fn scene() -> (Site<'static>, i64) {
    let site = Site::new();
    let definition = site.define("shop");
    let forced = site.define("crm");
    let mut newest = 0;
    for day in 1..=12 {
        newest = site.backup(definition, noon(day));
        site.backup(forced, noon(day));
    }
    site.sql(&format!(
        "SELECT delete_force_backup_definition_id({forced})"
    ));
    (site, newest)
}

/// Every file that some row names: entries, and what forced deletions left.
fn owned(site: &Site<'_>) -> BTreeSet<PathBuf> {
    let columns = "unnest(ARRAY[pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file, \
                   pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, manifest_file])";
    let rows = site.sql(&format!(
        "SELECT {columns} FROM backup_catalog UNION SELECT {columns} FROM catalog_entries_to_delete"
    ));
    rows.lines().map(PathBuf::from).collect()
}

fn assert_nothing_is_lost(site: &Site<'_>, moment: u64) {
    let owned = owned(site);
    let on_disk = site.on_disk();
    let strangers: Vec<_> = on_disk.difference(&owned).collect();
    assert!(
        strangers.is_empty(),
        "moment {moment}: {strangers:?} belong to no row"
    );
    let counting = "SELECT bck_id FROM backup_catalog WHERE deleting_since IS NULL";
    for entry in site.sql(counting).lines() {
        let files = site.files_of(entry.parse().unwrap());
        assert!(
            files.is_subset(&on_disk),
            "moment {moment}: backup {entry} counts and is not whole"
        );
        for archive in files.iter().filter(|path| path.is_dir()) {
            assert_eq!(
                std::fs::read_dir(archive).unwrap().count(),
                2,
                "moment {moment}"
            );
        }
    }
}

#[test]
fn trap_12_killed_at_fifty_moments_nothing_is_lost_and_the_next_pass_completes() {
    // One catalogue and one tree, killed again and again: each pass begins where the last one was killed.
    let (mut site, mut newest) = scene();
    let mut killed = 0;
    for number in 0..MOMENTS {
        // Each pass goes on where the last one was killed: these moments are spread over all steps of all files.
        let after = 1 + (number * 7) % 13;
        let mut command = site.command(noon(60));
        command.env("PGBACKMAN_TEST_KILL_AFTER", after.to_string());
        let code = Site::run(&mut command, &["--cron"]).code;
        assert_nothing_is_lost(&site, after);
        if code == KILLED {
            killed += 1;
            continue;
        }
        // It came to its end before: begin anew.
        assert_eq!(code, 0);
        site.assert_left(&[newest]);
        (site, newest) = scene();
        let mut command = site.command(noon(60));
        command.env("PGBACKMAN_TEST_KILL_AFTER", after.to_string());
        assert_eq!(Site::run(&mut command, &["--cron"]).code, KILLED);
        assert_nothing_is_lost(&site, after);
        killed += 1;
    }
    assert_eq!(killed, MOMENTS);
    site.pass(noon(60)).success();
    site.assert_left(&[newest]);
    assert_eq!(
        site.number("SELECT count(*) FROM catalog_entries_to_delete"),
        0
    );
}
