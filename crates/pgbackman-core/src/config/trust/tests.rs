//! What lies inside the boundaries, and what does not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn section() -> BackupServerSection {
    BackupServerSection::for_machine("backup1.example.net")
}

#[test]
fn a_backup_directory_lies_below_a_root() {
    let section = section();
    let allowed = |path: &str| check_backup_path(&section, Path::new(path)).is_ok();
    assert!(allowed("/srv/pgbackman"));
    assert!(allowed("/srv/pgbackman/pgsql_node_1"));
    assert!(allowed("/srv//pgbackman/./x/"));
    for path in [
        "/srv/pgbackman2",
        "/srv",
        "/",
        "",
        "srv/pgbackman",
        "/srv/pgbackman/../x",
        "/srv/pgbackman/a\n",
    ] {
        assert!(!allowed(path), "{path:?}");
    }
}

#[test]
fn a_refusal_names_the_value_and_the_boundary() {
    let error = check_backup_path(&section(), Path::new("/etc")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the backup directory /etc is refused: it is outside the backup roots. The local configuration sets the \
         limits: [backup_server] backup_roots = /srv/pgbackman"
    );
}

#[test]
fn a_symlink_does_not_lead_out_of_a_root() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    let outside = directory.path().join("outside");
    fs::create_dir(&root).unwrap();
    fs::create_dir(&outside).unwrap();
    symlink(&outside, root.join("link")).unwrap();
    symlink(root.join("gone"), root.join("dangling")).unwrap();
    let mut section = section();
    section.backup_roots = vec![root.clone()];
    let check = |path: PathBuf| check_backup_path_on_disk(&section, &path);
    check(root.join("new/below")).unwrap();
    let error = check(root.join("link/below")).unwrap_err();
    assert!(error.reason.contains("a symlink points outside"), "{error}");
    assert!(check(root.join("dangling/below")).is_err());
}

#[test]
fn a_crontab_has_a_name_that_cron_reads() {
    let section = section();
    let allowed = |path: &str| check_crontab_path(&section, Path::new(path)).is_ok();
    assert!(allowed("/etc/cron.d/pgsql_node_1"));
    for path in [
        "/etc/cron.d/a.b",
        "/etc/cron.d/a~",
        "/etc/cron.d/sub/a",
        "/etc/cron.d",
        "/etc/passwd",
        "/etc/cron.d/../passwd",
    ] {
        assert!(!allowed(path), "{path}");
    }
}

#[test]
fn a_job_runs_only_the_program_itself() {
    let section = section();
    let allowed = |path: &str| check_program(&section, JobProgram::Dump, Path::new(path)).is_ok();
    assert!(allowed("/usr/bin/pgbackman_dump"));
    for path in [
        "/usr/bin/rm",
        "/tmp/pgbackman_dump",
        "/usr/bin/pgbackman_restore",
        "pgbackman_dump",
    ] {
        assert!(!allowed(path), "{path}");
    }
}

#[test]
fn client_programs_come_from_matching_directories() {
    let section = section();
    let allowed = |path: &str| check_bin_dir(&section, Path::new(path)).is_ok();
    assert!(allowed("/usr/lib/postgresql/15/bin"));
    assert!(allowed("/usr/pgsql-18/bin"));
    assert!(allowed("/usr/bin/"));
    for path in [
        "/usr/lib/postgresql/15",
        "/usr/lib/postgresql/a/b/bin",
        "/usr/pgsql/bin",
        "/tmp",
        "/usr/lib/postgresql/.x/bin",
    ] {
        assert!(!allowed(path), "{path}");
    }
}

#[test]
fn existing_directories_are_found_by_their_patterns() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["pg/16/bin", "pg/15/bin", "pg/15/lib", "pg/.hidden/bin"] {
        fs::create_dir_all(directory.path().join(name)).unwrap();
    }
    fs::create_dir(directory.path().join("pg/17")).unwrap();
    fs::write(directory.path().join("pg/17/bin"), "a file").unwrap();
    let mut section = section();
    section.bin_dirs = vec![
        directory.path().join("none/*"),
        directory.path().join("pg/*/bin"),
    ];
    let found = existing_bin_dirs(&section);
    assert_eq!(
        found,
        ["pg/15/bin", "pg/16/bin"].map(|name| directory.path().join(name))
    );
}

proptest! {
    #[test]
    fn what_is_allowed_lies_below_the_root_whatever_is_written(path in "[/.a-z]{0,40}") {
        let path = format!("/srv/pgbackman/{path}");
        if let Ok(normal) = check_backup_path(&section(), Path::new(&path)) {
            prop_assert!(normal.starts_with("/srv/pgbackman"));
            prop_assert!(!normal.components().any(|part| part == Component::ParentDir));
        }
    }
}
