//! File names, ordinary and hostile.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::domain::ids::{DefId, SnapshotId};
use crate::domain::text::percent::decode;

fn identity<'a>(dbname: &'a str, node_fqdn: &'a str) -> BackupIdentity<'a> {
    BackupIdentity {
        dbname,
        node_fqdn,
        client: "15".parse().unwrap(),
        origin: BackupOrigin::Definition(DefId::new(12)),
        code: BackupCode::Full,
        started: NaiveDate::from_ymd_opt(2026, 11, 21)
            .unwrap()
            .and_hms_opt(4, 45, 0)
            .unwrap(),
    }
}

#[test]
fn the_names_are_those_of_the_specification() {
    let names = BackupNames::new(&identity("shop", "pg1.example.net"), 0);
    let stem = "shop-pg1.example.net-v15-defid12-cFULL-20261121T044500";
    assert_eq!(names.dump(), format!("{stem}-DATABASE.sql"));
    assert_eq!(names.roles(), format!("{stem}-USERS.sql"));
    assert_eq!(names.dbconfig(), format!("{stem}-DBCONFIG.sql"));
    assert_eq!(names.after(), format!("{stem}-AFTER.sql"));
    let beside = |name: &str| after_beside(&Path::new("/srv").join(name));
    assert_eq!(
        beside(&names.dump()),
        Some(Path::new("/srv").join(names.after()))
    );
    assert_eq!(beside("CLUSTER-x.sql.gz"), None);
    assert_eq!(names.dump_log(), format!("{stem}-DATABASE.log"));
    assert_eq!(names.manifest(), format!("{stem}-MANIFEST.json"));
    assert_eq!(
        partial(&names.dump()),
        format!("{stem}-DATABASE.sql.partial")
    );
}

#[test]
fn a_cluster_and_a_snapshot_have_forms_of_their_own() {
    let cluster = BackupIdentity {
        origin: BackupOrigin::Snapshot(SnapshotId::new(7)),
        client: "9.6".parse().unwrap(),
        code: BackupCode::Cluster,
        ..identity("", "pg1.example.net")
    };
    let names = BackupNames::new(&cluster, 0);
    assert_eq!(
        names.dump(),
        "CLUSTER-pg1.example.net-v9_6-snapid7-cCLUSTER-20261121T044500.sql.gz"
    );
    assert_eq!(names.in_dump_directory().len(), 2);
}

#[test]
fn trap_29b_a_second_run_within_the_second_takes_other_names() {
    let first = BackupNames::new(&identity("shop", "pg1"), 0);
    let second = BackupNames::new(&identity("shop", "pg1"), 1);
    for (one, other) in first
        .in_dump_directory()
        .iter()
        .zip(second.in_dump_directory())
    {
        assert_ne!(*one, other);
    }
    assert_ne!(first.dump_log(), second.dump_log());
    assert!(second.dump().contains("-20261121T044500_1-DATABASE"));
}

#[test]
fn trap_15_only_what_a_file_name_cannot_carry_is_encoded() {
    for (name, expected) in [
        ("Orders Österreich", "Orders Österreich"),
        ("a'b\"c\\d$(e);f", "a'b\"c\\d$(e);f"),
        (
            "../etc/passwd",
            "%2E./etc/passwd".replace('/', "%2F").as_str(),
        ),
        ("-rf", "%2Drf"),
        ("a-b.c", "a-b.c"),
        ("100%", "100%25"),
        ("a\nb\tc\u{85}", "a%0Ab%09c%C2%85"),
        ("/run/postgresql", "%2Frun%2Fpostgresql"),
    ] {
        assert_eq!(component(name), expected);
    }
}

#[test]
fn trap_15_long_names_are_cut_between_characters_and_stay_different() {
    let one = component(&"ä".repeat(150));
    let other = component(&format!("{}b", "ä".repeat(150)));
    assert!(one.len() <= 200 && other.len() <= 200 && one != other);
    let database = "/".repeat(63);
    let fqdn = "n".repeat(253);
    let names = BackupNames::new(&identity(&database, &fqdn), 0);
    for name in names.in_dump_directory() {
        assert!(
            partial(&name).len() <= 255,
            "{} bytes: {name}",
            partial(&name).len()
        );
    }
    assert!(
        names
            .dump()
            .ends_with("-v15-defid12-cFULL-20261121T044500-DATABASE.sql")
    );
}

proptest! {
    #[test]
    fn a_component_is_a_safe_file_name_and_says_what_it_stands_for(name in any::<String>()) {
        let component = component(&name);
        prop_assert!(component.len() <= 200);
        prop_assert!(!component.contains('/') && !component.chars().any(char::is_control));
        prop_assert!(!component.starts_with('-') && !component.starts_with('.'));
        if name.len() <= 63 {
            prop_assert_eq!(decode(&component), Ok(name));
        }
    }

    #[test]
    fn every_name_of_a_backup_fits_the_file_system(dbname in any::<String>(), fqdn in "[a-z./\n]{0,300}") {
        for name in BackupNames::new(&identity(&dbname, &fqdn), 12).in_dump_directory() {
            prop_assert!(partial(&name).len() <= 255);
        }
    }
}

#[test]
fn a_restores_log_and_what_is_set_aside_have_names_of_bounded_length() {
    let id = RestoreDefId::new(3);
    let name = |dbname: &str, attempt| {
        restore_log(
            dbname,
            "node1.example.org",
            Some(PgMajor::new(15)),
            id,
            attempt,
        )
    };
    assert_eq!(
        name("a/b", 0),
        "a%2Fb-node1.example.org-v15-restoredef3.log"
    );
    assert_eq!(
        name("", 2),
        "CLUSTER-node1.example.org-v15-restoredef3_2.log"
    );
    assert!(restore_log(&"x".repeat(250), &"y".repeat(250), None, id, 0).len() <= 255);
    let time = NaiveDate::from_ymd_opt(2026, 11, 21)
        .unwrap()
        .and_hms_opt(4, 45, 0)
        .unwrap();
    assert_eq!(
        aside("shop", "failed", time, 0),
        "shop_failed_20261121T044500"
    );
    assert_eq!(
        aside("shop", "failed", time, 2),
        "shop_failed_20261121T044500_2"
    );
    let long = aside(&"ä".repeat(31), "failed", time, 0);
    assert!(
        long.len() <= 63 && long.ends_with("_failed_20261121T044500"),
        "{long}"
    );
}
