//! Tests of `crontabs.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, Utc};
use pgbackman_core::sys::crontab::JOBS_PER_FILE;

use super::*;
use pgbackman_core::steps::NoObserver;

fn header(node: i64) -> Header<'static> {
    Header {
        node_id: NodeId::new(node),
        node: "node.example.org:5432",
        server: "backup.example.org",
        mailto: "ops@example.org",
        generated: DateTime::<Utc>::UNIX_EPOCH,
    }
}

fn jobs(count: usize) -> Vec<String> {
    (1..=count)
        .map(|number| format!("0 4 * * * pgbackman /usr/bin/true {number}\n"))
        .collect()
}

fn written(base: &Path, node: i64, count: usize) -> Result<Changes, CrontabError> {
    write(base, &header(node), &jobs(count), &NoObserver)
}

fn names(directory: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn trap_18b_a_crontab_that_is_written_twice_in_a_second_has_two_times() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("pgsql_node_1");
    let mut seen = std::collections::BTreeSet::new();
    // More of them than seconds pass.
    for jobs in 1..=8 {
        written(&base, 1, jobs).unwrap();
        let times = (
            fs::metadata(&base).unwrap().mtime(),
            fs::metadata(directory.path()).unwrap().mtime(),
        );
        assert!(
            seen.iter()
                .all(|(file, place): &(i64, i64)| { *file != times.0 && *place != times.1 })
        );
        seen.insert(times);
    }
    remove(&base, NodeId::new(1), &NoObserver).unwrap();
    let now = fs::metadata(directory.path()).unwrap().mtime();
    assert!(seen.iter().all(|(_, place)| *place != now));
    written(&base, 1, 1).unwrap();
    let again = fs::metadata(&base).unwrap().mtime();
    assert!(seen.iter().all(|(file, _)| *file != again));
}

#[test]
fn an_unchanged_file_is_not_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("pgsql_node_1");
    assert_eq!(
        written(&base, 1, 3).unwrap(),
        Changes {
            written: 1,
            removed: 0
        }
    );
    let later = Header {
        generated: Utc::now(),
        ..header(1)
    };
    assert_eq!(
        write(&base, &later, &jobs(3), &NoObserver).unwrap(),
        Changes::default()
    );
    assert_eq!(written(&base, 1, 4).unwrap().written, 1);
}

#[test]
fn trap_19_a_file_that_cron_would_ignore_is_written_anew() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("pgsql_node_1");
    written(&base, 1, 1).unwrap();
    assert_eq!(fs::metadata(&base).unwrap().mode() & 0o7777, 0o644);
    fs::set_permissions(&base, fs::Permissions::from_mode(0o664)).unwrap();
    assert_eq!(written(&base, 1, 1).unwrap().written, 1);
    fs::hard_link(&base, directory.path().join("other")).unwrap();
    assert_eq!(written(&base, 1, 1).unwrap().written, 1);
    assert_eq!(fs::metadata(&base).unwrap().nlink(), 1);
    // cron also ignores a last line without a newline, and CRLF puts a \r into the last argument.
    let text = fs::read_to_string(&base).unwrap();
    fs::write(&base, text.trim_end()).unwrap();
    assert_eq!(written(&base, 1, 1).unwrap().written, 1);
    assert_eq!(fs::read_to_string(&base).unwrap(), text);
}

#[test]
fn trap_18a_files_come_and_go_with_the_jobs() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("pgsql_node_1");
    assert_eq!(written(&base, 1, 2 * JOBS_PER_FILE + 1).unwrap().written, 3);
    assert_eq!(
        names(&directory),
        ["pgsql_node_1", "pgsql_node_1_2", "pgsql_node_1_3"]
    );
    assert_eq!(
        written(&base, 1, 10).unwrap(),
        Changes {
            written: 1,
            removed: 2
        }
    );
    assert_eq!(names(&directory), ["pgsql_node_1"]);
    assert_eq!(
        written(&base, 1, 0).unwrap().written,
        1,
        "a stopped node's file stays, without jobs"
    );
    assert_eq!(
        fs::read_to_string(&base)
            .unwrap()
            .matches("/usr/bin/true")
            .count(),
        0
    );
}

#[test]
fn without_jobs_no_file_is_made() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(
        written(&directory.path().join("pgsql_node_1"), 1, 0).unwrap(),
        Changes::default()
    );
    assert!(names(&directory).is_empty());
}

#[test]
fn somebody_elses_files_are_neither_overwritten_nor_removed() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("pgsql_node_1");
    fs::write(&base, "0 1 * * * root /usr/local/bin/backup\n").unwrap();
    assert!(matches!(
        written(&base, 1, 1),
        Err(CrontabError::Foreign { .. })
    ));
    assert_eq!(remove(&base, NodeId::new(1), &NoObserver).unwrap(), 0);
    assert_eq!(
        fs::read_to_string(&base).unwrap(),
        "0 1 * * * root /usr/local/bin/backup\n"
    );
    fs::remove_file(&base).unwrap();
    written(&base, 2, 1).unwrap();
    let error = written(&base, 1, 1).unwrap_err();
    assert!(matches!(error, CrontabError::OtherNode { other, .. } if other == NodeId::new(2)));
    assert_eq!(remove(&base, NodeId::new(1), &NoObserver).unwrap(), 0);
}

#[test]
fn trap_25_all_files_of_a_node_go_and_only_those() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join("nightly");
    written(&base, 7, JOBS_PER_FILE + 1).unwrap();
    written(&directory.path().join("nightly_9"), 8, 1).unwrap();
    fs::write(directory.path().join("nightly_x"), "").unwrap();
    assert_eq!(remove(&base, NodeId::new(7), &NoObserver).unwrap(), 2);
    assert_eq!(names(&directory), ["nightly_9", "nightly_x"]);
    assert_eq!(
        remove(&base, NodeId::new(7), &NoObserver).unwrap(),
        0,
        "twice is once"
    );
    assert_eq!(
        remove(
            Path::new("/no/such/directory/x"),
            NodeId::new(7),
            &NoObserver
        )
        .unwrap(),
        0
    );
}
