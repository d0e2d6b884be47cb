//! What is refused, with the reason and advice, before anything is made.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};

use pgbackman_tests::base::{Account, TempRoot};
use pgbackman_tests::namespace;

use super::embedded;

#[test]
fn trap_30a_a_directory_that_the_servers_user_cannot_reach_is_refused() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let home = root.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let said = embedded(&root, &home.join("cat"), &[]).failure();
    assert!(
        said.contains(&format!(
            "cannot enter the directory {}, whose mode is 0700",
            home.display()
        )),
        "{said}"
    );
    assert!(
        said.contains("HINT: choose a place that other users can access"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn trap_30a_a_path_too_long_for_a_socket_is_refused() {
    let root = TempRoot::new("em");
    let dir = root.path().join("x".repeat(90));
    let said = embedded(&root, &dir, &[]).failure();
    assert!(said.contains("and the limit is 107"), "{said}");
    assert!(!dir.exists());
}

#[test]
fn a_directory_of_somebody_elses_is_refused() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let home = root.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    let account = Account::unprivileged();
    chown(&home, Some(account.uid), Some(account.gid)).unwrap();
    let said = embedded(&root, &home.join("cat"), &[]).failure();
    assert!(
        said.contains(&format!(
            "{} belongs to the user with ID {}",
            home.display(),
            account.uid
        )),
        "{said}"
    );
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn foreign_files_are_left_alone() {
    let root = TempRoot::new("em");
    let dir = root.path().join("cat");
    fs::create_dir_all(dir.join("data")).unwrap();
    fs::write(dir.join("data/letter"), "mine").unwrap();
    let said = embedded(&root, &dir, &[]).failure();
    assert!(said.contains("was not created by this program"), "{said}");
    fs::rename(dir.join("data"), dir.join("papers")).unwrap();
    let said = embedded(&root, &dir, &[]).failure();
    assert!(
        said.contains("papers was not created by this program"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(dir.join("papers/letter")).unwrap(),
        "mine"
    );
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
}

#[test]
fn root_cannot_be_the_servers_user_and_an_unknown_one_is_named() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let dir = root.path().join("cat");
    let said = embedded(&root, &dir, &["--owner", "root"]).failure();
    assert!(said.contains("PostgreSQL does not run as root"), "{said}");
    let said = embedded(&root, &dir, &["--owner", "no-such-user"]).failure();
    assert!(said.contains("no-such-user"), "{said}");
    assert!(!dir.exists());
}

#[test]
fn programs_that_are_not_there_are_named_with_where_they_were_looked_for() {
    let root = TempRoot::new("em");
    let dir = root.path().join("cat");
    let nothing = root.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    let said = embedded(&root, &dir, &["--bindir", nothing.to_str().unwrap()]).failure();
    assert!(
        said.contains(&format!(
            "were not found: searched in {}",
            nothing.display()
        )),
        "{said}"
    );
    assert!(!dir.exists());
}

#[test]
fn a_wrong_command_line_has_an_exit_code_of_its_own() {
    let root = TempRoot::new("em");
    assert_eq!(embedded(&root, root.path(), &["--start", "--stop"]).code, 2);
    assert_eq!(embedded(&root, root.path(), &["--help"]).code, 0);
    assert_eq!(embedded(&root, root.path(), &["--no-such-flag"]).code, 2);
}
