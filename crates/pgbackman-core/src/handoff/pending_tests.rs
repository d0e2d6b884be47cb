//! Names of pending files, and what in them is no result.

use super::*;

#[test]
fn trap_29a_a_name_carries_the_run() {
    let run = Uuid::from_u128(7);
    let name = |text: String| Pending::by_name(OsStr::new(&text));
    assert_eq!(
        name(format!("backup-{run}.json")),
        Some(Pending::Backup(run))
    );
    assert_eq!(
        name(format!("restore-{run}.json")),
        Some(Pending::Restore(run))
    );
    for other in [
        "backup-.json",
        "backup-x.json",
        "notes.txt",
        "other-1.json",
        "",
    ] {
        assert_eq!(name(other.to_owned()), None, "{other}");
    }
}

#[test]
fn trap_29_what_cannot_be_read_is_told_apart() {
    let run = Uuid::from_u128(7);
    for (json, expected) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{", "it is damaged: EOF"),
        ("{}", "it is damaged: the version is missing"),
        (
            "{\"version\": 2}",
            "its format has version 2, but this software reads version 1",
        ),
        ("{\"version\": 1}", "it is damaged: missing field `backup`"),
        (
            "{\"version\": 1, \"backup\": {\"run_uuid\": 1}}",
            "it is damaged: ",
        ),
        ("[1, 2]", "it is damaged: the version is missing"),
    ] {
        let error = parse(json.as_bytes(), Pending::Backup(run)).unwrap_err();
        assert!(!error.may_pass(), "{json}");
        assert!(error.to_string().starts_with(expected), "{json}: {error}");
    }
}

#[test]
fn trap_29a_every_reader_refuses_the_result_of_another_run_and_what_is_no_file() {
    let root = tempfile::tempdir().unwrap();
    assert!(list(root.path()).unwrap().is_empty());
    let place = directory(root.path());
    std::fs::create_dir(&place).unwrap();
    let [named, found] = [7, 8].map(Uuid::from_u128);
    let restore = |run: Uuid| {
        format!(
            r#"{{"version": 1, "restore": {{"run_uuid": "{run}", "restore": 3, "procpid": 1, "server": 1, "node": 1,
            "source_dbname": "a", "target_dbname": "a", "renamed_dbname": null, "started": "2026-11-21T04:45:00Z",
            "finished": "2026-11-21T04:46:00Z", "log": null, "global_log": "/log", "status": "ERROR",
            "error_message": null, "role_list": [], "target_release": null, "backup_release": null, "revision": 0}}}}"#
        )
    };
    let own = restore_path(root.path(), found);
    std::fs::write(&own, restore(found)).unwrap();
    std::fs::write(restore_path(root.path(), named), restore(found)).unwrap();
    std::os::unix::fs::symlink(&own, path(root.path(), named)).unwrap();
    std::fs::write(place.join("notes.json"), "{}").unwrap();

    let listed = list(root.path()).unwrap();
    let results: Vec<_> = listed.iter().map(|(_, result)| result).collect();
    assert!(
        matches!(
            &results[..],
            [
                Err(Unreadable::NoFile(EntryKind::Symlink)),
                Err(Unreadable::OtherRun(run)),
                Ok(Waiting::Restore(result))
            ] if *run == found && result.run_uuid == found
        ),
        "{results:?}"
    );
}
