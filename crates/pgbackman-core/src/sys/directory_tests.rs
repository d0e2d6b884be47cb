//! Tests of `directory.rs`.

use super::*;
use std::fs;
use std::os::unix::fs::symlink;

fn root() -> (tempfile::TempDir, Directory) {
    let directory = tempfile::tempdir().unwrap();
    let handle = Directory::open_trusted(directory.path()).unwrap();
    (directory, handle)
}

#[test]
fn directories_are_private_from_the_first_moment() {
    let (directory, root) = root();
    let (_, ensured) = root.ensure_private_below(Path::new("a/b/c"), None).unwrap();
    assert_eq!(ensured, Ensured::Created);
    for path in ["a", "a/b", "a/b/c"] {
        assert_eq!(
            fs::metadata(directory.path().join(path)).unwrap().mode() & 0o7777,
            0o700,
            "{path}"
        );
    }
    assert_eq!(
        root.ensure_private_below(Path::new("a/b/c"), None)
            .unwrap()
            .1,
        Ensured::Existed
    );
}

#[test]
fn a_link_in_place_of_a_directory_is_not_followed() {
    let (directory, root) = root();
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), directory.path().join("link")).unwrap();
    assert!(
        root.ensure_private_below(Path::new("link/inside"), None)
            .is_err()
    );
    assert!(root.ensure_private(OsStr::new("link"), None).is_err());
    assert!(root.open_below(Path::new("link")).is_err());
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    assert!(root.open_below(Path::new("../x")).is_err());
    assert!(root.open_below(Path::new("/etc")).is_err());
}

#[test]
fn only_an_empty_directory_is_removed() {
    let (directory, root) = root();
    let (sub, _) = root.ensure_private(OsStr::new("node"), None).unwrap();
    fs::write(directory.path().join("node/dump"), b"precious").unwrap();
    assert_eq!(
        root.remove_if_empty(OsStr::new("node")).unwrap(),
        Removal::NotEmpty
    );
    assert!(sub.remove_file(OsStr::new("dump")).unwrap());
    assert!(!sub.remove_file(OsStr::new("dump")).unwrap());
    assert_eq!(
        root.remove_if_empty(OsStr::new("node")).unwrap(),
        Removal::Removed
    );
    assert_eq!(
        root.remove_if_empty(OsStr::new("node")).unwrap(),
        Removal::Absent
    );
}

#[test]
fn renaming_aside_replaces_nothing() {
    let (directory, root) = root();
    fs::write(directory.path().join("old"), b"1").unwrap();
    fs::write(directory.path().join("taken"), b"2").unwrap();
    assert!(
        root.rename_aside(OsStr::new("old"), OsStr::new("taken"))
            .is_err()
    );
    root.rename_aside(OsStr::new("old"), OsStr::new("free"))
        .unwrap();
    assert_eq!(root.names().unwrap(), ["free", "taken"]);
}

#[test]
fn somebody_elses_directory_is_refused() {
    let (directory, root) = root();
    let path = directory.path().join("theirs");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("file"), b"x").unwrap();
    let before = fs::metadata(&path).unwrap();
    let wanted = Owner {
        uid: before.uid() + 1,
        gid: before.gid(),
    };
    let error = root
        .ensure_private(OsStr::new("theirs"), Some(wanted))
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.uid(), after.mode()), (before.uid(), before.mode()));
}
