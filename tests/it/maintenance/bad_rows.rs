//! Rows that say what no row should: nothing is touched, it is reported once, and everything else goes its way (traps 12, 13).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::support::{Site, noon};

/// Two expired backups, the first of which is spoilt, and one that is kept.
struct Scene {
    site: Site<'static>,
    bad: i64,
    good: i64,
    kept: i64,
    outside: PathBuf,
}

fn scene() -> Scene {
    let site = Site::new();
    let definition = site.define("shop");
    let [bad, good, kept] = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    let outside = site.sandbox.path().join("outside");
    site.directory(&outside);
    site.file(&outside.join("precious"), b"precious");
    site.directory(&outside.join("precious.d"));
    site.file(&outside.join("precious.d/toc.dat"), b"precious");
    Scene {
        site,
        bad,
        good,
        kept,
        outside,
    }
}

impl Scene {
    fn set(&self, column: &str, value: &str) {
        self.site.sql(&format!(
            "UPDATE backup_catalog SET {column} = '{value}' WHERE bck_id = {}",
            self.bad
        ));
    }

    /// The spoilt entry stays with its files and is reported; the good one goes.
    #[track_caller]
    fn assert_untouched(&self, word: &str) {
        let mut before = self.site.on_disk();
        for path in self.site.files_of(self.good) {
            before.remove(&path);
        }
        assert!(self.site.dry_run(noon(60)).code != 0);
        let said = self.site.pass(noon(60));
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains(word), "{word}: {}", said.stderr);
        assert!(
            said.stderr.contains(&format!("backup {} ", self.bad)),
            "{}",
            said.stderr
        );
        assert_eq!(self.site.entries(), [self.bad, self.kept]);
        assert_eq!(self.site.on_disk(), before);
        assert_eq!(
            fs::read(self.outside.join("precious")).unwrap(),
            b"precious"
        );
        assert!(self.outside.join("precious.d/toc.dat").exists());
        let claimed = "SELECT count(*) FROM backup_catalog WHERE deleting_since IS NOT NULL";
        assert_eq!(self.site.number(claimed), 0);
    }
}

#[test]
fn trap_13_a_path_outside_the_nodes_directory_is_not_touched() {
    let scene = scene();
    let outside = scene.outside.display().to_string();
    let dump = scene.site.dump_dir().display().to_string();
    for (column, value, word) in [
        (
            "pg_dump_file",
            format!("{outside}/precious"),
            "is not in the directory",
        ),
        (
            "pg_dump_file",
            format!("{outside}/precious.d"),
            "is not in the directory",
        ),
        (
            "pg_dump_roles_file",
            format!("{dump}/../../../outside/precious"),
            "`..`",
        ),
        (
            "pg_dump_dbconfig_file",
            "precious".to_owned(),
            "not an absolute path",
        ),
        (
            "pg_dump_log_file",
            format!("{dump}/x"),
            "is not in the directory",
        ),
        (
            "manifest_file",
            format!("{outside}/precious"),
            "is not in the directory",
        ),
        ("pg_dump_roles_log_file", String::new(), "is not a path"),
        ("pg_dump_file", String::new(), "is not a path"),
        (
            "pg_dump_file",
            format!("{dump}/"),
            "is not in the directory",
        ),
        (
            "pg_dump_dbconfig_file",
            format!("{dump}/other/x"),
            "is not in the directory",
        ),
    ] {
        let was = scene.site.sql(&format!(
            "SELECT {column} FROM backup_catalog WHERE bck_id = {}",
            scene.bad
        ));
        scene.set(column, &value);
        let before = scene.site.on_disk();
        let said = scene.site.dry_run(noon(60));
        assert!(said.stdout.contains(word), "{value}: {}", said.stdout);
        assert_eq!(scene.site.on_disk(), before);
        scene.set(column, &was);
    }
    scene.set("pg_dump_file", &format!("{outside}/precious.d"));
    scene.assert_untouched("is not in the directory");
}

#[test]
fn trap_13_another_nodes_directory_is_outside() {
    let scene = scene();
    let other = scene.site.node("node2", 5432, "STOPPED");
    let theirs = scene.site.partition(other).join("dump/theirs.sql");
    scene.site.file(&theirs, b"theirs");
    scene.set("pg_dump_roles_file", &theirs.display().to_string());
    scene.assert_untouched("is not in the directory");
    assert!(theirs.exists());
}

#[test]
fn trap_13_links_are_neither_followed_nor_removed() {
    for (target, name) in [
        ("precious", "a-USERS.sql"),
        ("precious.d", "a-DATABASE.sql"),
    ] {
        let scene = scene();
        let link = scene.site.dump_dir().join(name);
        symlink(scene.outside.join(target), &link).unwrap();
        let column = if target == "precious" {
            "pg_dump_roles_file"
        } else {
            "pg_dump_file"
        };
        scene.set(column, &link.display().to_string());
        scene.assert_untouched("a symbolic link");
    }
}

#[test]
fn trap_13_a_link_inside_an_archive_keeps_the_backup() {
    let scene = scene();
    let archive = archive_of(&scene.site, scene.bad);
    fs::remove_file(archive.join("3001.dat.gz")).unwrap();
    symlink(scene.outside.join("precious"), archive.join("3001.dat.gz")).unwrap();
    scene.assert_untouched("a symbolic link");
    assert!(archive.join("toc.dat").exists());
}

#[test]
fn trap_13_a_link_in_place_of_the_nodes_directory_is_not_followed() {
    let scene = scene();
    let moved = scene.site.sandbox.path().join("elsewhere");
    fs::rename(scene.site.dump_dir(), &moved).unwrap();
    symlink(&moved, scene.site.dump_dir()).unwrap();
    let before = fs::read_dir(&moved).unwrap().count();
    assert_eq!(scene.site.pass(noon(60)).code, 1);
    assert_eq!(scene.site.entries(), [scene.bad, scene.good, scene.kept]);
    assert_eq!(fs::read_dir(&moved).unwrap().count(), before);
}

#[test]
fn what_the_manifest_does_not_list_keeps_the_backup() {
    let scene = scene();
    let stranger = archive_of(&scene.site, scene.bad).join("9999.dat");
    scene.site.file(&stranger, b"an operator's");
    scene.assert_untouched("not part of the backup");
    assert!(stranger.exists());
}

#[test]
fn a_directory_in_an_archive_is_not_gone_into() {
    let scene = scene();
    let inside = archive_of(&scene.site, scene.bad).join("sub");
    scene.site.directory(&inside);
    scene.site.file(&inside.join("toc.dat"), b"x");
    scene.assert_untouched("not part of the backup");
    assert!(inside.join("toc.dat").exists());
}

#[test]
fn a_damaged_or_foreign_manifest_keeps_the_backup() {
    for (content, word) in [
        (Vec::new(), "damaged"),
        (b"{\"version\": 99}".to_vec(), "another version"),
        (b"{\"version\": 1}".to_vec(), "damaged"),
    ] {
        let scene = scene();
        fs::write(manifest_of(&scene.site, scene.bad), content).unwrap();
        scene.assert_untouched(word);
    }
    let scene = scene();
    fs::copy(
        manifest_of(&scene.site, scene.good),
        manifest_of(&scene.site, scene.bad),
    )
    .unwrap();
    scene.assert_untouched("belongs to another backup");
}

#[test]
fn trap_12_a_directory_that_is_missing_is_not_a_backup_that_is_gone() {
    let scene = scene();
    let away = scene.site.sandbox.path().join("unmounted");
    fs::rename(scene.site.partition(scene.site.node), &away).unwrap();
    let said = scene.site.pass(noon(60));
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("is its file system mounted"),
        "{}",
        said.stderr
    );
    assert_eq!(scene.site.entries(), [scene.bad, scene.good, scene.kept]);
    fs::rename(away, scene.site.partition(scene.site.node)).unwrap();
    scene.site.pass(noon(60)).success();
    scene.site.assert_left(&[scene.kept]);
}

#[tokio::test]
async fn trap_12_a_file_that_cannot_be_deleted_keeps_its_entry_and_a_later_pass_completes() {
    let scene = scene();
    let roles = scene
        .site
        .files_of(scene.bad)
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with("-USERS.sql"))
        .unwrap();
    // Looked at while it was a file; a directory of that name cannot be unlinked.
    let mut command = scene.site.command(noon(60));
    command.env("PGBACKMAN_TEST_STOP_AT", "Claimed");
    let said = scene.site.sandbox.path().join("said");
    let mut pass = pgbackman_tests::sandbox::Daemon::spawn(command.arg("--cron"), &said);
    pgbackman_tests::wait::until(super::support::DEADLINE, "the claim", || {
        let claimed = "SELECT count(*) FROM backup_catalog WHERE deleting_since IS NOT NULL";
        (scene.site.number(claimed) == 2 && pgbackman_tests::processes::is_stopped(pass.pid()))
            .then_some(())
    });
    fs::remove_file(&roles).unwrap();
    scene.site.directory(&roles);
    pass.signal(nix::sys::signal::Signal::SIGCONT);
    assert_eq!(pass.wait(super::support::DEADLINE), 1, "{}", pass.said());
    assert_eq!(scene.site.entries(), [scene.bad, scene.kept]);
    // Half of it is gone: it counts no longer, and nobody can restore or keep it.
    let client = scene.site.sandbox.connect().await;
    for statement in [
        format!("SELECT keep_backup({}, 'infinity', '')", scene.bad),
        format!(
            "SELECT register_restore_definition(now(), {}, {}, {}, 'copy', NULL, '', '{{}}')",
            scene.site.server, scene.site.node, scene.bad
        ),
        format!(
            "INSERT INTO restore_definition (bck_id, backup_server_id, target_pgsql_node_id, target_dbname) \
             VALUES ({}, {}, {}, 'copy')",
            scene.bad, scene.site.server, scene.site.node
        ),
    ] {
        let refused = client.batch_execute(&statement).await.unwrap_err();
        let message = refused.as_db_error().unwrap().message();
        assert!(
            message.contains("is being deleted"),
            "{statement}: {message}"
        );
    }
    fs::remove_dir(&roles).unwrap();
    scene.site.pass(noon(60)).success();
    scene.site.assert_left(&[scene.kept]);
}

fn archive_of(site: &Site<'_>, entry: i64) -> PathBuf {
    let mut files = site.files_of(entry).into_iter();
    files.find(|path| path.is_dir()).unwrap()
}

fn manifest_of(site: &Site<'_>, entry: i64) -> PathBuf {
    let is_manifest = |path: &PathBuf| path.extension() == Some("json".as_ref());
    site.files_of(entry).into_iter().find(is_manifest).unwrap()
}

#[test]
fn a_node_whose_directory_lies_outside_the_backup_roots_is_left_alone() {
    let scene = scene();
    site_config(&scene.site, Path::new("/etc"));
    let said = scene.site.pass(noon(60));
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("backup_roots"), "{}", said.stderr);
    // What is left of the node is its former directory, which is allowed.
    assert_eq!(scene.site.entries(), [scene.kept]);
}

#[test]
fn f16_a_former_directory_outside_the_backup_roots_without_backups_is_forgotten() {
    let scene = scene();
    let own = scene.site.sql(&format!(
        "SELECT value FROM pgsql_node_config WHERE node_id = {} AND parameter = 'pgnode_backup_partition'",
        scene.site.node
    ));
    // A mistake, and its correction: nothing was ever written there.
    site_config(&scene.site, Path::new("/etc/mistake"));
    site_config(&scene.site, Path::new(&own));
    let former = "SELECT path FROM former_backup_directory";
    assert_eq!(scene.site.sql(former), "/etc/mistake");
    scene.site.pass(noon(60)).success();
    // A backup that the catalogue names there is not forgotten.
    scene.site.sql(&format!(
        "UPDATE backup_catalog SET pg_dump_file = '/etc/mistake/dump/x' WHERE bck_id = {}",
        scene.kept
    ));
    let said = scene.site.pass(noon(60));
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("/etc/mistake"), "{}", said.stderr);
}

/// The catalogue refuses such a value from the shell's user; a damaged one may hold it.
fn site_config(site: &Site<'_>, partition: &Path) {
    site.sql(&format!(
        "UPDATE pgsql_node_config SET value = '{}' WHERE node_id = {} AND parameter = 'pgnode_backup_partition'",
        partition.display(),
        site.node
    ));
}
