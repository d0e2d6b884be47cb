//! Which directories are made, cleared and refused.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

fn section(root: &Path) -> BackupServerSection {
    let mut section = BackupServerSection::for_machine("backup.example.org");
    section.backup_roots = vec![root.to_owned()];
    section
}

#[test]
fn a_servers_and_a_nodes_directories_are_private() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("pgbackman");
    let section = section(&root);
    ensure_server(&section, &root, None).unwrap();
    let node = root.join("pgsql_node_1");
    assert_eq!(
        ensure_node(&section, &node, None).unwrap(),
        Ensured::Created
    );
    assert_eq!(
        ensure_node(&section, &node, None).unwrap(),
        Ensured::Existed
    );
    for name in [
        "cache_dir",
        "pending_updates",
        "run",
        "pgsql_node_1",
        "pgsql_node_1/dump",
        "pgsql_node_1/log",
    ] {
        let metadata = fs::metadata(root.join(name)).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o700, "{name}");
    }
}

#[test]
fn what_the_configuration_does_not_allow_is_refused() {
    let (directory, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let section = section(directory.path());
    for path in [
        outside.path().join("x"),
        directory.path().join("../x"),
        PathBuf::from("relative"),
    ] {
        assert!(
            matches!(
                ensure_node(&section, &path, None),
                Err(DirectoryError::Refused(_))
            ),
            "{path:?}"
        );
        assert!(
            matches!(
                clear_node(&section, &path, &[], "now"),
                Err(DirectoryError::Refused(_))
            ),
            "{path:?}"
        );
    }
    symlink(outside.path(), directory.path().join("link")).unwrap();
    assert!(ensure_node(&section, &directory.path().join("link/node"), None).is_err());
    assert!(clear_node(&section, &directory.path().join("link"), &[], "now").is_err());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_deleted_nodes_backups_are_never_removed() {
    let directory = tempfile::tempdir().unwrap();
    let (root, node) = (directory.path(), directory.path().join("pgsql_node_1"));
    let section = section(root);
    assert_eq!(
        clear_node(&section, &node, &[], "1").unwrap(),
        Cleared::Absent
    );
    ensure_node(&section, &node, None).unwrap();
    assert_eq!(
        clear_node(&section, &node, &[], "1").unwrap(),
        Cleared::Removed
    );
    assert!(!node.exists());
    ensure_node(&section, &node, None).unwrap();
    fs::write(node.join("dump/precious"), "x").unwrap();
    let aside = root.join("pgsql_node_1.deleted-1");
    assert_eq!(
        clear_node(&section, &node, &[], "1").unwrap(),
        Cleared::RenamedAside(aside.clone())
    );
    assert!(aside.join("dump/precious").exists() && !node.exists());
}

#[test]
fn a_directory_in_which_backups_should_lie_is_not_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let node = directory.path().join("pgsql_node_1");
    let section = section(directory.path());
    let ensure =
        |mark, has_backups| ensure_known_node(&section, &node, Known { mark, has_backups }, None);
    let refused = |mark, has_backups| {
        matches!(
            ensure(mark, has_backups),
            Err(DirectoryError::NotTheOneItWas { .. })
        )
    };
    assert!(refused(None, true) && refused(Some(Uuid::new_v4()), false) && !node.exists());
    let (_, mark) = ensure(None, false).unwrap();
    assert!(mark.is_some());
    // Known from now on; nothing is marked a second time.
    fs::remove_dir(node.join("log")).unwrap();
    assert_eq!(ensure(mark, true).unwrap(), (Ensured::Created, None));
    // The file system goes away, and leaves an empty mount point.
    fs::rename(&node, directory.path().join("unmounted")).unwrap();
    fs::create_dir(&node).unwrap();
    assert!(refused(mark, true) && refused(mark, false));
    assert_eq!(fs::read_dir(&node).unwrap().count(), 0);
    // An installation that has no marks yet: what is there is left to maintenance to judge.
    assert_eq!(ensure(None, true).unwrap(), (Ensured::Created, None));
    assert!(!node.join(directory_mark::FILE_NAME).exists());
}

#[test]
fn a_deleted_nodes_directory_goes_with_its_mark() {
    let directory = tempfile::tempdir().unwrap();
    let node = directory.path().join("pgsql_node_1");
    let section = section(directory.path());
    let new = Known {
        mark: None,
        has_backups: false,
    };
    ensure_known_node(&section, &node, new, None).unwrap();
    assert_eq!(
        clear_node(&section, &node, &[], "1").unwrap(),
        Cleared::Removed
    );
    assert!(!node.exists());
}

#[test]
fn directories_in_use_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let section = section(root);
    let shared = root.join("shared");
    ensure_node(&section, &shared, None).unwrap();
    for kept in [shared.clone(), shared.join("inside")] {
        assert_eq!(
            clear_node(&section, &shared, &[kept], "1").unwrap(),
            Cleared::LeftAlone
        );
    }
    assert_eq!(
        clear_node(&section, root, &[], "1").unwrap(),
        Cleared::LeftAlone
    );
    assert!(shared.join("dump").exists());
}
