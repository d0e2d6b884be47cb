//! `kill -9` at fifty moments of a pass: afterwards no entry is without its files unless it was claimed, no file belongs to
//! nobody, and the next pass completes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

pub(super) fn assert_nothing_is_lost(site: &Site<'_>, moment: u64) {
    let owned = owned(site);
    let on_disk = site.on_disk();
    let strangers: Vec<_> = on_disk.difference(&owned).collect();
    assert!(
        strangers.is_empty(),
        "moment {moment}: {strangers:?} belong to no row"
    );
    for path in &on_disk {
        assert_the_last_is_left(site, path, moment);
    }
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

/// While anything of a backup is there, its manifest is, which says what belongs to it and which a restore locks; while
/// anything of an archive is there, its table of contents is, which a restore locks where there is no manifest.
fn assert_the_last_is_left(site: &Site<'_>, path: &Path, moment: u64) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let (stem, _) = name.rsplit_once('-').unwrap();
    let manifest = site.dump_dir().join(format!("{stem}-MANIFEST.json"));
    assert!(
        manifest.exists(),
        "moment {moment}: {name} is left without its manifest"
    );
    if path.is_dir() {
        let left = std::fs::read_dir(path).unwrap().count();
        assert!(
            left == 0 || path.join("toc.dat").exists(),
            "moment {moment}: {name} is left without its table of contents"
        );
    }
}

#[test]
fn trap_12_killed_at_fifty_moments_nothing_is_lost_and_the_next_pass_completes() {
    // One catalogue and one tree, killed again and again: each pass begins where the last one was killed.
    let (mut site, mut newest) = scene();
    let (mut killed, mut among_forced) = (0, 0);
    for number in 0..MOMENTS {
        // Each pass goes on where the last one was killed, and first passes by what is gone already: the early moments are spread
        // over the steps of the first backups, the later ones over those of all, the forced deletions included.
        let after = if number < MOMENTS / 2 {
            1 + (number * 7) % 13
        } else {
            14 + (number * 11) % 47
        };
        let mut command = site.command(noon(60));
        command.env("PGBACKMAN_TEST_KILL_AFTER", after.to_string());
        let code = Site::run(&mut command, &["--cron"]).code;
        assert_nothing_is_lost(&site, after);
        if code == KILLED {
            killed += 1;
            among_forced += u32::from(site.entries() == [newest]);
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
    assert!(
        among_forced > 5,
        "only {among_forced} of them were killed while deleting with force"
    );
    site.pass(noon(60)).success();
    site.assert_left(&[newest]);
    assert_eq!(
        site.number("SELECT count(*) FROM catalog_entries_to_delete"),
        0
    );
}
