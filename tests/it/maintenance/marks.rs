//! A directory that is not the one it was: a mount point without its file system looks as if every backup were gone.

use std::fs;
use std::path::PathBuf;

use pgbackman_core::handoff::directory_mark::FILE_NAME;

use super::support::{Site, noon};

/// An expired backup, one whose files were lost, and the newest.
struct Scene {
    site: Site<'static>,
    entries: [i64; 3],
}

impl Scene {
    fn new() -> Self {
        let site = Site::new();
        let definition = site.define("shop");
        let entries = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
        Self { site, entries }
    }

    /// Takes the file system away, and makes the directories in the mount point.
    fn unmount(&self) -> PathBuf {
        let partition = self.site.partition(self.site.node);
        let away = partition.with_extension("away");
        fs::rename(&partition, &away).unwrap();
        for path in [partition.clone(), self.site.dump_dir(), self.site.log_dir()] {
            self.site.directory(&path);
        }
        away
    }

    fn mount(&self, away: &PathBuf) {
        let partition = self.site.partition(self.site.node);
        fs::remove_dir_all(&partition).unwrap();
        fs::rename(away, partition).unwrap();
    }

    fn questions(&self) -> String {
        self.site.sql(
            "SELECT string_agg(question, '') FROM pgsql_node_question WHERE kind = 'another_directory'",
        )
    }

    /// As an installation of before there were marks.
    fn without_mark(&self) {
        let partition = self.site.partition(self.site.node);
        fs::remove_file(partition.join(FILE_NAME)).unwrap();
        self.site.sql("DELETE FROM backup_directory_mark");
    }

    fn is_marked(&self) -> bool {
        let file = self.site.partition(self.site.node).join(FILE_NAME);
        let text = fs::read_to_string(file).unwrap_or_default();
        let known = self.site.sql("SELECT mark FROM backup_directory_mark");
        !known.is_empty() && text.starts_with(&known)
    }

    /// A pass in which nothing happens but a question.
    #[track_caller]
    fn assert_asks(&self, what: &str) {
        let said = self.site.pass(noon(60));
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains(what), "{}", said.stderr);
        assert!(self.questions().contains(what), "{}", self.questions());
        assert_eq!(self.site.entries(), self.entries);
    }
}

#[test]
fn trap_12_an_empty_mount_point_is_no_directory_whose_files_are_gone() {
    let scene = Scene::new();
    let away = scene.unmount();
    let said = scene.site.dry_run(noon(60));
    assert_eq!(said.code, 1);
    assert!(
        said.stdout
            .contains("is not the directory that the catalogue knows")
            && !said.stdout.contains("would delete"),
        "{}",
        said.stdout
    );
    scene.assert_asks("is not the directory that the catalogue knows");
    scene.assert_asks("is not the directory that the catalogue knows");
    // The mark of another directory is none.
    let partition = scene.site.partition(scene.site.node);
    scene.site.file(
        &partition.join(FILE_NAME),
        b"00000000-0000-4000-8000-000000000000\n",
    );
    scene.assert_asks("is not the directory that the catalogue knows");
    scene.mount(&away);
    scene.site.pass(noon(60)).success();
    scene.site.assert_left(&scene.entries[2..]);
    assert_eq!(scene.questions(), "");
}

#[test]
fn an_operator_may_say_that_the_backups_are_really_gone() {
    let scene = Scene::new();
    scene.unmount();
    scene.assert_asks("is not the directory that the catalogue knows");
    scene
        .site
        .sql(&format!("SELECT accept_pgsql_node({})", scene.site.node));
    // The files are gone, and so counts none of them (trap 12b): past their period, the entries go, but for the newest.
    let pass = scene.site.pass(noon(60));
    assert_eq!(pass.code, 1, "{}", pass.stderr);
    assert!(
        pass.stderr
            .contains("does not count: its files are damaged"),
        "{}",
        pass.stderr
    );
    assert_eq!(scene.site.entries(), scene.entries[2..]);
    assert_eq!(scene.questions(), "");
    assert!(scene.is_marked());
}

#[test]
fn trap_12_a_directory_without_a_mark_gets_one_where_most_of_its_backups_are_seen() {
    let scene = Scene::new();
    scene.without_mark();
    let away = scene.unmount();
    scene.assert_asks("only 0 of 3 expected backups");
    assert!(!scene.is_marked());
    scene.mount(&away);
    scene.site.dry_run(noon(4)).success();
    assert!(!scene.is_marked());
    scene.site.pass(noon(4)).success();
    assert!(scene.is_marked());
    scene.site.assert_left(&scene.entries);
    scene.unmount();
    scene.assert_asks("is not the directory that the catalogue knows");
}

#[test]
fn another_nodes_work_goes_on_where_one_directory_is_doubted() {
    let scene = Scene::new();
    let other = scene.site.node("node2", 5432, "STOPPED");
    let definition = scene.site.define_on(other, "shop");
    // Its files are gone, in a directory that is the right one.
    let gone = scene.site.number(&format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, finished, global_log_file, \
             execution_status, pg_dump_file) \
         VALUES ({definition}, {}, {other}, 'shop', '2020-11-01', '', 'ERROR', '{}/dump/x') RETURNING bck_id",
        scene.site.server,
        scene.site.partition(other).display()
    ));
    scene.unmount();
    assert_eq!(scene.site.pass(noon(60)).code, 1);
    assert_eq!(scene.site.entries(), scene.entries);
    assert!(!scene.site.entries().contains(&gone));
}
