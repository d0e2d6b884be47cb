//! Two entries that name one file, as 1.x leaves them after two runs within a second: the file goes with the last of them
//! (trap 29b).

use std::fs;

use super::support::{Site, noon};

/// A definition with two expired backups of 1.x that have all their files in common, one alone, and the newest.
struct Scene {
    site: Site<'static>,
    definition: i64,
    twins: [i64; 2],
    alone: i64,
    newest: i64,
}

impl Scene {
    fn new() -> Self {
        let site = Site::new();
        let definition = site.define("shop");
        let [first, second, alone, newest] =
            [1, 2, 3, 4].map(|day| site.backup(definition, noon(day)));
        share(&site, first, second);
        Self {
            site,
            definition,
            twins: [first, second],
            alone,
            newest,
        }
    }

    fn keep(&self, backup: i64) {
        self.site
            .sql(&format!("SELECT keep_backup({backup}, 'infinity', '')"));
    }

    /// Both twins are there with their files.
    #[track_caller]
    fn assert_twins_stay(&self) {
        self.site
            .assert_left(&[self.twins[0], self.twins[1], self.newest]);
        let claimed = "SELECT count(*) FROM backup_catalog WHERE deleting_since IS NOT NULL";
        assert_eq!(self.site.number(claimed), 0);
    }
}

#[test]
fn trap_29b_an_operator_does_not_delete_one_of_two_that_share_their_files() {
    let scene = Scene::new();
    scene
        .site
        .sql("UPDATE backup_definition SET retention_period = '100 years'");
    for twin in scene.twins {
        let said = scene
            .site
            .sandbox
            .shell(&format!("delete_backup {twin}"))
            .failure();
        assert!(said.contains("shares files with other backups"), "{said}");
    }
    scene
        .site
        .sandbox
        .shell(&format!("delete_backup {}", scene.alone))
        .success();
    scene.site.pass(noon(5)).success();
    scene.assert_twins_stay();
}

/// The second entry gets the names of the first's files, and both look like rows of 1.x.
fn share(site: &Site<'_>, first: i64, second: i64) {
    for path in site.files_of(second) {
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    site.sql(&format!(
        "UPDATE backup_catalog AS b SET pg_dump_file = a.pg_dump_file, pg_dump_log_file = a.pg_dump_log_file, \
             pg_dump_roles_file = a.pg_dump_roles_file, pg_dump_roles_log_file = a.pg_dump_roles_log_file, \
             pg_dump_dbconfig_file = a.pg_dump_dbconfig_file, pg_dump_dbconfig_log_file = a.pg_dump_dbconfig_log_file \
         FROM backup_catalog AS a WHERE a.bck_id = {first} AND b.bck_id = {second}"
    ));
    let manifest = site.sql(&format!(
        "SELECT manifest_file FROM backup_catalog WHERE bck_id = {first}"
    ));
    fs::remove_file(manifest).unwrap();
    site.sql(&format!(
        "UPDATE backup_catalog SET manifest_file = NULL, run_uuid = NULL WHERE bck_id IN ({first}, {second})"
    ));
}

#[test]
fn trap_29b_a_kept_backup_keeps_the_one_with_the_same_files() {
    for kept in [0, 1] {
        let scene = Scene::new();
        scene.keep(scene.twins[kept]);
        let reason = format!(
            "is also a file of backup {}, which is kept",
            scene.twins[kept]
        );
        let said = scene.site.dry_run(noon(60)).success();
        assert!(said.contains(&reason), "{said}");
        assert!(
            said.contains(&format!("would delete backup {} ", scene.alone)),
            "{said}"
        );
        let said = scene.site.pass(noon(60));
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(said.stderr.contains(&reason), "{}", said.stderr);
        scene.assert_twins_stay();
        // Not kept any more: both go, and the files with the last of them.
        scene
            .site
            .sql(&format!("SELECT release_backup({})", scene.twins[kept]));
        scene.site.pass(noon(60)).success();
        scene.site.assert_left(&[scene.newest]);
    }
}

#[test]
fn trap_29b_one_file_in_common_is_enough() {
    let site = Site::new();
    let definition = site.define("shop");
    let [old, kept, newest] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    let column = |column: &str, entry| {
        site.sql(&format!(
            "SELECT {column} FROM backup_catalog WHERE bck_id = {entry}"
        ))
    };
    let roles = column("pg_dump_roles_file", old);
    // In whichever column the other has it.
    for other in [
        "pg_dump_roles_file",
        "pg_dump_dbconfig_log_file",
        "pg_dump_file",
    ] {
        let was = column(other, kept);
        site.sql(&format!(
            "UPDATE backup_catalog SET {other} = '{roles}', pinned_until = 'infinity' WHERE bck_id = {kept}"
        ));
        let before = site.on_disk();
        let said = site.pass(noon(60)).success();
        assert!(site.sandbox.log().contains(&roles), "{said}");
        assert_eq!(site.entries(), [old, kept, newest], "{other}");
        assert_eq!(site.on_disk(), before);
        site.sql(&format!(
            "UPDATE backup_catalog SET {other} = '{was}' WHERE bck_id = {kept}"
        ));
    }
    site.pass(noon(60)).success();
    site.assert_left(&[kept, newest]);
}

#[test]
fn trap_29b_a_snapshot_goes_together_with_the_definitions_backup() {
    let scene = Scene::new();
    let [first, second] = scene.twins;
    let (server, node) = (scene.site.server, scene.site.node);
    let snapshot = scene.site.number(&format!(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, status) \
         VALUES ({server}, {node}, 'shop', '2020-11-01', 'FULL', 'DEFINED') RETURNING snapshot_id"
    ));
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET def_id = NULL, snapshot_id = {snapshot} WHERE bck_id = {second}"
    ));
    // Of another source than the first, so that no batch has both; a third has a file in common with the snapshot's alone.
    let third = scene.site.backup(scene.definition, noon(5));
    let log = scene.site.sql(&format!(
        "SELECT pg_dump_log_file FROM backup_catalog WHERE bck_id = {third}"
    ));
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET pg_dump_dbconfig_log_file = '{log}' WHERE bck_id = {second}; \
         UPDATE snapshot_definition SET retention_period = '1000 days'"
    ));
    scene.keep(third);
    scene.site.pass(noon(60)).success();
    assert_eq!(
        scene.site.entries(),
        [first, second, third],
        "the snapshot's period keeps all three"
    );
    scene
        .site
        .sql("UPDATE snapshot_definition SET retention_period = '7 days'");
    scene.site.pass(noon(60)).success();
    assert_eq!(
        scene.site.entries(),
        [first, second, third],
        "the third is kept, and keeps the first through the snapshot's"
    );
    scene.site.sql(&format!("SELECT release_backup({third})"));
    let newest = scene.site.backup(scene.definition, noon(6));
    scene.site.pass(noon(60)).success();
    scene.site.assert_left(&[newest]);
    assert_eq!(
        scene
            .site
            .number("SELECT count(*) FROM snapshot_definition"),
        0
    );
}

#[test]
fn trap_29b_a_begun_deletion_waits_for_a_twin_that_came_late() {
    let scene = Scene::new();
    let [first, second] = scene.twins;
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET deleting_since = now() WHERE bck_id = {first}"
    ));
    scene.keep(second);
    let said = scene.site.pass(noon(60));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr
            .contains(&format!("also a file of backup {second}")),
        "{}",
        said.stderr
    );
    scene.site.assert_left(&[first, second, scene.newest]);
    scene.site.sql(&format!("SELECT release_backup({second})"));
    // The twin goes with the files, and then the row that waited.
    scene.site.pass(noon(60)).success();
    scene.site.pass(noon(60)).success();
    scene.site.assert_left(&[scene.newest]);
}

#[test]
fn trap_29b_a_forced_deletion_leaves_a_backups_files_to_it() {
    let scene = Scene::new();
    let [first, second] = scene.twins;
    let other = scene.site.define("other");
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET def_id = {other} WHERE bck_id = {second}; \
         SELECT force_delete_definitions(ARRAY[{}::bigint])",
        scene.definition
    ));
    let files = scene.site.files_of(second);
    let said = scene.site.pass(noon(5));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr
            .contains(&format!("because it is also a file of backup {second}")),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr
            .contains(&format!("the files of backup {first}"))
    );
    assert_eq!(
        scene
            .site
            .number("SELECT count(*) FROM catalog_entries_to_delete"),
        0
    );
    assert_eq!(scene.site.on_disk(), files);
    scene.site.assert_left(&[second]);
}

#[test]
fn trap_29b_the_same_path_on_another_backup_server_is_another_file() {
    let scene = Scene::new();
    let [first, second] = scene.twins;
    let elsewhere = scene
        .site
        .number("SELECT register_backup_server('backup02', 'example.net', 'RUNNING', '')");
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET backup_server_id = {elsewhere}, pinned_until = 'infinity' WHERE bck_id = {second}"
    ));
    scene.site.pass(noon(60)).success();
    assert_eq!(scene.site.entries(), [second, scene.newest]);
    assert!(scene.site.files_of(first).iter().all(|path| !path.exists()));
}
