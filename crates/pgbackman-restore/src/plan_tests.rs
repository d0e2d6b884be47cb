//! What becomes of names.

use super::*;

fn names(target: &str, renamed: Option<&str>) -> Changes {
    let find = |name: &str| {
        [
            "shop",
            "taken",
            "postgres",
            "twice",
            "twice_failed_20261121T044500",
        ]
        .contains(&name)
        .then(|| NodeDatabase {
            name: name.to_owned(),
            oid: 7,
            allows_connections: true,
            is_template: false,
        })
    };
    let now = chrono::NaiveDate::from_ymd_opt(2026, 11, 21)
        .unwrap()
        .and_hms_opt(4, 45, 0)
        .unwrap();
    changes_for(target, renamed, &find, now).unwrap()
}

#[test]
fn trap_10_an_existing_database_is_renamed() {
    let changes = names("shop", Some("old"));
    assert_eq!(
        (changes.renamed[0].oid, changes.renamed[0].to.as_str()),
        (7, "old")
    );
    assert_eq!(changes.made[0].aside, "shop_failed_20261121T044500");
    assert!(names("new", Some("old")).renamed.is_empty());
    // One that failed within the same second has taken the first name, and the other is asked for.
    let again = names("twice", Some("twice_failed_20261121T044500_1"));
    assert_eq!(again.made[0].aside, "twice_failed_20261121T044500_2");
}
