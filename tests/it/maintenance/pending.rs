//! Results that wait in files: imported once each; what nobody can read is kept aside and stops nothing (traps 29, 29a).

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chrono::Utc;
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::{DefId, NodeId, RestoreDefId, ServerId};
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::handoff::pending;
use uuid::Uuid;

use super::support::{Site, noon};

pub(super) fn wait_for_import(site: &Site<'_>, result: &BackupResult) -> PathBuf {
    let path = pending::write(&site.sandbox.backup_root(), result, None).unwrap();
    site.own(&path);
    path
}

pub(super) fn result(site: &Site<'_>, definition: i64, day: i64) -> BackupResult {
    site.files(BackupOrigin::Definition(DefId::new(definition)), noon(day))
}

#[test]
fn trap_29_results_are_imported_once_and_their_files_go() {
    let site = Site::new();
    let definition = site.define("shop");
    let [one, two] = [1, 2].map(|day| result(&site, definition, day));
    wait_for_import(&site, &one);
    let again = wait_for_import(&site, &two);
    // Killed between the two: registered, and the file is still there.
    let mut command = site.command(noon(3));
    command.env("PGBACKMAN_TEST_KILL_AFTER", "1");
    assert_eq!(
        Site::run(&mut command, &["--cron"]).code,
        super::support::KILLED
    );
    assert_eq!(site.entries().len(), 1);
    site.pass(noon(3)).success();
    assert_eq!(site.entries().len(), 2);
    assert!(!again.exists());
    // And once more, from a copy somebody kept.
    wait_for_import(&site, &one);
    site.pass(noon(3)).success();
    assert_eq!(site.entries().len(), 2);
    assert_eq!(fs::read_dir(site.pending_dir()).unwrap().count(), 0);
}

#[test]
fn trap_29a_poison_is_kept_aside_and_reported_once_and_stops_nothing() {
    let site = Site::new();
    let definition = site.define("shop");
    let good = result(&site, definition, 1);
    let orphan = {
        let deleted = site.define("deleted");
        let result = result(&site, deleted, 2);
        site.sql(&format!(
            "DELETE FROM backup_definition WHERE def_id = {deleted}"
        ));
        result
    };
    wait_for_import(&site, &good);
    wait_for_import(&site, &orphan);
    let whole = fs::read_to_string(wait_for_import(&site, &result(&site, definition, 3))).unwrap();
    let poison = |name: String, content: &[u8]| {
        let path = site.pending_dir().join(name);
        site.file(&path, content);
        path
    };
    let named = |number: u128| format!("backup-{}.json", Uuid::from_u128(number));
    let mut all = vec![
        poison(named(1), &whole.as_bytes()[..whole.len() / 2]),
        poison(named(2), b""),
        poison(
            named(3),
            whole
                .replacen("\"version\": 1", "\"version\": 7", 1)
                .as_bytes(),
        ),
        // Another run's, under this name.
        poison(named(4), whole.as_bytes()),
        poison(
            "restore-00000000-0000-0000-0000-000000000005.json".to_owned(),
            b"{\"version\": 1}",
        ),
        poison("backup-notauuid.json".to_owned(), whole.as_bytes()),
        poison("notes.txt".to_owned(), b"?"),
        poison(named(6), b"\xff\xfe"),
    ];
    let unreadable = poison(named(7), whole.as_bytes());
    fs::set_permissions(&unreadable, fs::Permissions::from_mode(0o000)).unwrap();
    all.push(unreadable);
    let directory = site.pending_dir().join(named(8));
    site.directory(&directory);
    site.file(&directory.join("inside"), b"x");
    all.push(directory);
    let link = site.pending_dir().join(named(9));
    let precious = site.sandbox.path().join("precious");
    site.file(&precious, whole.as_bytes());
    symlink(&precious, &link).unwrap();
    all.push(link);

    let before = site.on_disk();
    let dry = site.dry_run(noon(3));
    assert_eq!(
        dry.stdout.matches("would import").count(),
        3,
        "{}",
        dry.stdout
    );
    assert_eq!(
        dry.stdout.matches("would refuse").count(),
        all.len(),
        "{}",
        dry.stdout
    );
    assert!(all.iter().all(|path| path.symlink_metadata().is_ok()));

    let said = site.pass(noon(3));
    assert_eq!(said.code, 1);
    assert_eq!(site.entries().len(), 2);
    assert_eq!(site.number("SELECT count(*) FROM orphaned_result"), 1);
    for path in &all {
        assert!(path.symlink_metadata().is_err(), "{}", path.display());
        let name = path.file_name().unwrap();
        let kept = site.pending_dir().join("refused").join(name);
        assert!(kept.symlink_metadata().is_ok(), "{}", kept.display());
        assert_eq!(
            said.stderr
                .matches(&format!("could not import {}", path.display()))
                .count(),
            1
        );
    }
    assert!(
        site.pending_dir()
            .join("refused")
            .join(named(8))
            .join("inside")
            .exists()
    );
    assert!(precious.exists());
    assert_eq!(site.on_disk(), before, "the orphan's files have an owner");
    assert_eq!(fs::read_dir(site.pending_dir()).unwrap().count(), 1);
    // Reported once: nothing is left to report.
    let quiet = site.pass(noon(3));
    assert_eq!(
        (quiet.code, quiet.stderr.contains("could not import")),
        (0, false)
    );
    // A second one of a name that is kept already.
    poison(named(2), b"");
    assert_eq!(site.pass(noon(3)).code, 1);
    assert!(
        site.pending_dir()
            .join("refused")
            .join(format!("{}.1", named(2)))
            .exists()
    );
}

#[test]
fn trap_29_what_the_catalogue_refuses_is_kept_aside() {
    let site = Site::new();
    let definition = site.define("shop");
    let mut bad = result(&site, definition, 1);
    bad.procpid = u32::MAX;
    wait_for_import(&site, &bad);
    wait_for_import(&site, &result(&site, definition, 2));
    assert_eq!(site.pass(noon(3)).code, 1);
    assert_eq!(site.entries().len(), 1);
    assert_eq!(
        fs::read_dir(site.pending_dir().join("refused"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn results_of_restores_are_imported() {
    let site = Site::new();
    let definition = site.define("shop");
    let backup = site.backup(definition, noon(1));
    let restore = site.number(&format!(
        "SELECT register_restore_definition(now(), {}, {}, {backup}, 'copy', NULL, '', '{{}}')",
        site.server, site.node
    ));
    let result = RestoreResult {
        run_uuid: Uuid::new_v4(),
        restore: RestoreDefId::new(restore),
        procpid: 99,
        server: ServerId::new(site.server.try_into().unwrap()),
        node: NodeId::new(site.node),
        source_dbname: "shop".to_owned(),
        target_dbname: "copy".to_owned(),
        renamed_dbname: None,
        started: noon(2),
        finished: noon(2),
        log: Some(site.log_dir().join("copy.log")),
        global_log: "/var/log/pgbackman/pgbackman.log".into(),
        status: ExecutionStatus::Succeeded,
        error_message: None,
        role_list: vec![],
        target_release: None,
        backup_release: None,
        revision: 0,
    };
    let path = pending::write_restore(&site.sandbox.backup_root(), &result, None).unwrap();
    site.own(&path);
    site.pass(noon(3)).success();
    assert_eq!(site.number("SELECT count(*) FROM restore_catalog"), 1);
    assert!(!path.exists());
}

/// A library of the catalogue's server that does not load, as after an update of its package under it (case B4), says nothing
/// of what was to be registered.
#[test]
fn b4_results_wait_while_the_catalogue_cannot_load_its_libraries() {
    let site = Site::new();
    let definition = site.define("shop");
    let good = result(&site, definition, 1);
    let waits = wait_for_import(&site, &good);
    let handlers =
        "proname IN ('plpgsql_call_handler', 'plpgsql_validator', 'plpgsql_inline_handler')";
    let library = |name: &str| {
        site.sql(&format!(
            "UPDATE pg_catalog.pg_proc SET probin = '$libdir/{name}' WHERE {handlers}"
        ))
    };
    library("of_another_release");
    for _ in 0..2 {
        let said = site.pass(noon(2));
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(waits.exists(), "{}", said.stderr);
    }
    assert!(!site.pending_dir().join("refused").exists());
    library("plpgsql");
    site.pass(noon(3)).success();
    assert!(!waits.exists());
    assert_eq!(site.number("SELECT count(*) FROM backup_catalog"), 1);
}

#[test]
fn files_of_1_x_are_imported_when_nobody_writes_to_them_any_more() {
    let site = Site::new();
    let definition = site.define("shop");
    site.sql("UPDATE backup_definition SET retention_period = '100 years'");
    let line = |finished: &str| {
        let dump = site.dump_dir().display().to_string();
        let log = site.log_dir().display().to_string();
        let part = |name: &str| format!("{dump}/x-{name}.sql::10::{log}/x-{name}.log");
        for name in ["DATABASE", "USERS", "DBCONFIG"] {
            let content = b"0123456789";
            site.file(&site.dump_dir().join(format!("x-{name}.sql")), content);
        }
        format!(
            "{definition}::11914::{}::{}::shop::2020-11-01 06:00:00.000001::{finished}::0:00:06::{}::{}::{}::\
             /var/log/pgbackman/pgbackman.log::SUCCEEDED::CRON::::::postgres::9.6::9.6\n",
            site.server,
            site.node,
            part("DATABASE"),
            part("USERS"),
            part("DBCONFIG")
        )
    };
    let write = |pid: u32, content: String, old: bool| {
        let name = format!(
            "backup_jobs_pending_log_updates_nodeid_{}_{pid}.log",
            site.node
        );
        let path = site.pending_dir().join(name);
        site.file(&path, content.as_bytes());
        if old {
            let then = SystemTime::now() - Duration::from_secs(600);
            fs::File::open(&path).unwrap().set_modified(then).unwrap();
        }
        path
    };
    let settled = write(1, line("2020-11-01 06:00:06.000001"), true);
    let fresh = write(2, line("2020-11-01 06:00:07.000001"), false);
    let half = write(
        3,
        format!("{}1::2::nonsense\n", line("2020-11-01 06:00:08.000001")),
        true,
    );
    let said = site.pass(Utc::now());
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert_eq!(
        site.number("SELECT count(*) FROM backup_catalog"),
        2,
        "{}",
        said.stderr
    );
    assert!(!settled.exists() && fresh.exists() && !half.exists());
    assert!(
        site.pending_dir()
            .join("refused")
            .join(half.file_name().unwrap())
            .exists()
    );
}
