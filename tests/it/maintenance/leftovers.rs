//! What is left when rows are gone: forced deletions, orphaned results, logs of restores, unfinished files, marks.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{TimeDelta, Utc};
use pgbackman_core::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::handoff::run::{self, Artifact, ArtifactKind, Phase, RunRecord};
use pgbackman_core::sys::boot;
use pgbackman_core::sys::lock::FileLock;

use super::support::{Site, noon};

#[test]
fn a_forced_deletion_removes_all_files_and_then_its_rows() {
    let site = Site::new();
    let doomed = site.define("shop");
    let other = site.define("other");
    for day in 1..=3 {
        site.backup(doomed, noon(day));
    }
    let kept = site.backup(other, noon(1) + TimeDelta::hours(1));
    site.sql(&format!(
        "SELECT delete_force_backup_definition_id({doomed})"
    ));
    let said = site.dry_run(noon(4)).success();
    assert_eq!(said.matches("deleted with force").count(), 3, "{said}");
    site.pass(noon(4)).success();
    site.assert_left(&[kept]);
    assert_eq!(
        site.number("SELECT count(*) FROM catalog_entries_to_delete"),
        0
    );
}

#[tokio::test]
async fn a_node_goes_only_when_the_files_of_deleted_backups_are_gone() {
    let site = Site::new();
    let definition = site.define("shop");
    site.backup(definition, noon(1));
    site.sql(&format!(
        "SELECT delete_force_backup_definition_id({definition})"
    ));
    let client = site.sandbox.connect().await;
    let delete = format!("SELECT delete_pgsql_node({})", site.node);
    let refused = client.batch_execute(&delete).await.unwrap_err();
    assert!(
        refused
            .as_db_error()
            .unwrap()
            .message()
            .contains("not deleted yet")
    );
    site.pass(noon(4)).success();
    client.batch_execute(&delete).await.unwrap();
}

#[test]
fn trap_13_a_bad_row_of_a_forced_deletion_stays_and_the_others_go() {
    let site = Site::new();
    let definition = site.define("shop");
    let [bad, _] = [1, 2].map(|day| site.backup(definition, noon(day)));
    let mine = site.files_of(bad);
    let precious = site.sandbox.path().join("precious");
    site.file(&precious, b"precious");
    site.sql(&format!(
        "SELECT delete_force_backup_definition_id({definition})"
    ));
    site.sql(&format!(
        "UPDATE catalog_entries_to_delete SET pg_dump_file = '{}' WHERE bck_id = {bad}",
        precious.display()
    ));
    let said = site.pass(noon(4));
    assert_eq!(said.code, 1);
    assert!(precious.exists());
    assert_eq!(site.on_disk(), mine);
    let left = "SELECT string_agg(bck_id::text, ',') FROM catalog_entries_to_delete";
    assert_eq!(site.sql(left), bad.to_string());
}

#[test]
fn an_orphaned_result_goes_after_its_quarantine_and_not_before() {
    let site = Site::new();
    let definition = site.define("shop");
    let origin = BackupOrigin::Definition(DefId::new(definition));
    let result = site.files(origin, noon(1));
    site.sql(&format!(
        "DELETE FROM backup_definition WHERE def_id = {definition}"
    ));
    let json = serde_json::to_string(&result).unwrap();
    let outcome = format!("SELECT outcome FROM register_backup_result('{json}')");
    assert_eq!(site.sql(&outcome), "orphaned");
    let before = site.on_disk();
    site.pass(Utc::now() + TimeDelta::days(13)).success();
    assert_eq!(site.on_disk(), before);
    site.pass(Utc::now() + TimeDelta::days(15)).success();
    assert!(site.on_disk().is_empty());
    assert_eq!(site.number("SELECT count(*) FROM orphaned_result"), 0);
    // A late copy does not bring it back.
    assert_eq!(site.sql(&outcome), "already_registered");
}

#[test]
fn logs_of_restores_go_from_the_nodes_log_directory_only() {
    let site = Site::new();
    let log = site
        .log_dir()
        .join("copy-node1.example.org-v15-restoredef3.log");
    site.file(&log, b"restored");
    let outside = site.sandbox.path().join("precious.log");
    site.file(&outside, b"precious");
    let insert = |path: &str| {
        site.sql(&format!(
            "INSERT INTO restore_logs_to_delete (backup_server_id, restore_log_file) VALUES ({}, {path})",
            site.server
        ))
    };
    for path in [&log, &outside] {
        insert(&format!("'{}'", path.display()));
    }
    insert("''");
    insert("NULL");
    let said = site.pass(noon(1));
    assert_eq!(said.code, 1);
    assert!(!log.exists() && outside.exists());
    let left =
        "SELECT string_agg(restore_log_file, ',' ORDER BY del_id) FROM restore_logs_to_delete";
    assert_eq!(site.sql(left), format!("{},", outside.display()));
}

/// Makes a file or directory as old as need be.
fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

#[test]
fn unfinished_files_without_a_record_go_when_no_run_can_be_that_old() {
    let site = Site::new();
    let dump = site.dump_dir();
    let stem = |id: i64| format!("shop-node1.example.org-v15-defid{id}-cFULL-20201101T120000");
    let archive = |id: i64| {
        let path = dump.join(format!("{}-DATABASE.sql.partial", stem(id)));
        site.directory(&path);
        site.file(&path.join("toc.dat"), b"PGDMP");
        path
    };
    let part = |id: i64, ending: &str| {
        let path = dump.join(format!("{}{ending}", stem(id)));
        site.file(&path, b"x");
        path
    };
    // Nobody's; too young; with a record; complete but for the names; with something in it that is not a dump's; no name of
    // ours.
    let stale = [archive(1), part(1, "-USERS.sql.partial")];
    let young = archive(2);
    let recorded = archive(3);
    let complete = [archive(4), part(4, "-MANIFEST.json.partial")];
    let strange = archive(5);
    site.file(&strange.join("notes.txt"), b"an operator's");
    let foreign = dump.join("notes.partial");
    site.file(&foreign, b"x");
    let published = part(6, "-USERS.sql");
    for path in stale
        .iter()
        .chain(&complete)
        .chain([&recorded, &strange, &foreign, &published])
    {
        age(path, 40);
    }
    // Held: a run that lives.
    let record = site.sandbox.backup_root().join("run/defid3.run");
    site.file(&record, b"");
    let _held = FileLock::try_acquire(&record).unwrap().unwrap();

    let said = site.dry_run(Utc::now());
    assert!(said.stdout.contains("it is unfinished"), "{}", said.stdout);
    assert!(stale.iter().all(|path| path.exists()));
    let said = site.pass(Utc::now());
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(stale.iter().all(|path| !path.exists()));
    for path in complete
        .iter()
        .chain([&young, &recorded, &strange, &foreign, &published])
    {
        assert!(path.exists(), "{}", path.display());
    }
    assert!(strange.join("toc.dat").exists());
    assert!(
        said.stderr
            .contains("complete backup that could not be renamed"),
        "{}",
        said.stderr
    );
}

#[test]
fn marks_of_snapshots_and_restores_go_with_their_definitions() {
    let site = Site::new();
    let snapshot = site.number(&format!(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, backup_code) \
         VALUES ({}, {}, 'shop', 'FULL') RETURNING snapshot_id",
        site.server, site.node
    ));
    let mark = |name: String, hours| {
        let path = site.sandbox.backup_root().join("run").join(name);
        site.file(&path, b"uuid\n");
        age(&path, hours);
        path
    };
    let defined = mark(format!("snapid{snapshot}.taken"), 100);
    let gone = [
        mark("snapid77.taken".to_owned(), 100),
        mark("restoredef77.taken".to_owned(), 100),
    ];
    let young = mark("snapid78.taken".to_owned(), 1);
    site.pass(Utc::now()).success();
    assert!(defined.exists() && young.exists());
    assert!(gone.iter().all(|path| !path.exists()));
}

/// The record of a run that nobody holds the lock of, and its unfinished file.
fn dead_run(site: &Site<'_>, origin: BackupOrigin) -> (PathBuf, PathBuf) {
    let (root, now) = (site.sandbox.backup_root(), Utc::now());
    let written = Artifact {
        kind: ArtifactKind::File,
        directory: site.dump_dir(),
        name: "shop-node1.example.org-v15-defid1-cFULL-20201101T120000-USERS.sql".to_owned(),
    };
    site.file(&written.partial_path(), b"CREATE RO");
    let record = RunRecord {
        version: run::VERSION,
        phase: Phase::Dumping,
        step: "dumping".to_owned(),
        written: now,
        boot_id: boot::id(),
        result: BackupResult {
            status: ExecutionStatus::Error,
            dump: BackupPart::default(),
            roles: BackupPart::default(),
            dbconfig: BackupPart::default(),
            manifest_file: None,
            ..site.files(origin, now)
        },
        artifacts: vec![written.clone()],
        expected: None,
        paused: None,
        root: root.clone(),
    };
    let path = run::path(&root, origin);
    let line = serde_json::to_string(&record).unwrap() + "\n";
    site.file(&path, line.as_bytes());
    (path, written.partial_path())
}

#[test]
fn trap_27_a_run_that_died_is_registered_and_what_it_wrote_goes() {
    let site = Site::new();
    let origin = BackupOrigin::Definition(DefId::new(site.define("shop")));
    let now = Utc::now();
    let (record, partial) = dead_run(&site, origin);
    site.dry_run(now).success();
    assert!(record.exists() && site.entries().is_empty());

    site.pass(now).success();
    let ends =
        "SELECT string_agg(execution_status || ' ' || error_message, ';') FROM backup_catalog";
    assert!(
        site.sql(ends)
            .starts_with("ERROR the run (process 4711) ended before"),
        "{}",
        site.sql(ends)
    );
    assert!(!record.exists() && !partial.exists());
    let log = site.sandbox.log();
    assert!(
        log.contains("a run that died is registered as ERROR"),
        "{log}"
    );
}

#[test]
fn d1_a_recovery_that_hangs_holds_up_no_other_task() {
    let site = Site::new();
    let shop = site.define("shop");
    let backups = [1, 2].map(|day| site.backup(shop, noon(day)));
    let origin = BackupOrigin::Definition(DefId::new(site.define("crm")));
    let (record, partial) = dead_run(&site, origin);
    let mut command = site.command(noon(60));
    command
        .env("PGBACKMAN_TEST_HANG_RECOVERY", "1")
        .env("PGBACKMAN_TEST_LOOK_LIMIT", "1");
    let output = Site::run(&mut command, &["--cron"]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(
        output.stderr.contains("did not end within 10 s"),
        "{}",
        output.stderr
    );
    // The record waits; the backup whose retention is over is deleted all the same.
    assert!(record.exists() && partial.exists());
    assert_eq!(site.entries(), [backups[1]]);
    site.pass(noon(60)).success();
    assert!(!record.exists() && !partial.exists());
}

#[test]
fn trap_27_a_run_that_nobody_knows_any_more_is_registered_as_an_error() {
    let site = Site::new();
    let definition = site.define("shop");
    let begin = |started: &str| {
        site.sql(&format!(
            "SELECT begin_backup_run(gen_random_uuid(), {definition}, NULL, {}, {}, 1, {started})",
            site.server, site.node
        ))
    };
    begin("now() - interval '3 days'");
    begin("now() - interval '1 hour'");
    // One that is as old, and whose record is there and locked, goes on.
    let living = site.define("crm");
    site.sql(&format!(
        "SELECT begin_backup_run(gen_random_uuid(), {living}, NULL, {}, {}, 1, now() - interval '3 days')",
        site.server, site.node
    ));
    let origin = BackupOrigin::Definition(DefId::new(living));
    let record = run::path(&site.sandbox.backup_root(), origin);
    let _held = FileLock::try_acquire(&record)
        .unwrap()
        .expect("nobody has it");
    site.own(&record);
    site.pass(Utc::now()).success();
    let ends =
        "SELECT string_agg(execution_status || ' ' || error_message, ';') FROM backup_catalog";
    assert!(
        site.sql(ends)
            .starts_with("ERROR the run ended without a result"),
        "{}",
        site.sql(ends)
    );
    assert_eq!(site.number("SELECT count(*) FROM run_in_progress"), 2);
    assert_eq!(site.number("SELECT count(*) FROM alerts"), 1);
}

#[test]
fn clones_that_ended_a_quarter_ago_are_forgotten() {
    let site = Site::new();
    let insert = |finished: &str| {
        site.number(&format!(
            "INSERT INTO clone_definition (backup_server_id, pgsql_node_id, dbname, target_pgsql_node_id, target_dbname, \
                 at_time, execution_status, finished) \
             VALUES ({}, {node}, 'shop', {node}, 'copy', '2020-01-01', 'SUCCEEDED', {finished}) RETURNING clone_id",
            site.server,
            node = site.node
        ))
    };
    let [_, younger, going_on] =
        ["'2020-11-01 11:00+00'", "'2020-11-01 13:00+00'", "NULL"].map(insert);
    // Noon, 90 days after the first of November.
    let said = site.dry_run(noon(91)).success();
    assert!(
        said.contains("would remove the records of 1 clones"),
        "{said}"
    );
    site.pass(noon(91)).success();
    let left = site.sql("SELECT clone_id FROM clone_definition ORDER BY clone_id");
    assert_eq!(left, format!("{younger}\n{going_on}"));
}
