//! What is refused before anything is changed.

use super::*;

const ALL: Rights = Rights {
    superuser: true,
    create_role: true,
    create_db: true,
};
const NONE: Rights = Rights {
    superuser: false,
    create_role: false,
    create_db: false,
};

fn names(target: &str, renamed: Option<&str>, rights: Rights) -> Result<Changes, String> {
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
    names_for_new(target, renamed, &find, rights, now).map_err(|failure| failure.reason)
}

#[test]
fn trap_10_an_existing_database_is_renamed_or_the_restore_refused() {
    let changes = names("shop", Some("old"), ALL).unwrap();
    assert_eq!(
        (changes.renamed[0].oid, changes.renamed[0].to.as_str()),
        (7, "old")
    );
    assert_eq!(changes.made[0].aside, "shop_failed_20261121T044500");
    assert!(names("new", Some("old"), ALL).unwrap().renamed.is_empty());
    // One that failed within the same second has taken the first name, and the other is asked for.
    let again = names("twice", Some("twice_failed_20261121T044500_1"), ALL).unwrap();
    assert_eq!(again.made[0].aside, "twice_failed_20261121T044500_2");
    for (target, renamed, word) in [
        ("shop", None, "--renamed-dbname"),
        ("shop", Some("taken"), "another name"),
        ("shop", Some("shop"), "no new name"),
        ("", None, "--target-dbname"),
        ("template0", Some("x"), "template0"),
        (&"x".repeat(64), None, "63 bytes"),
        ("shop", Some(&"x".repeat(64)), "63 bytes"),
    ] {
        let reason = names(target, renamed, ALL).unwrap_err();
        assert!(
            reason.contains(word) && reason.contains("nothing on the target was changed"),
            "{reason}"
        );
    }
    assert!(names("new", None, NONE).unwrap_err().contains("CREATEDB"));
}

fn roles(
    script: &[&str],
    privileged: &[&str],
    allowed: Option<&[&str]>,
    needed: &[&str],
    rights: Rights,
) -> Result<Vec<String>, String> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let owned =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let allowed = allowed.map(owned);
    roles_to_make(
        RolesScript {
            roles: owned(script),
            privileged: set(privileged),
            statements: Vec::new(),
        },
        &RolesAsked {
            existing: &set(&["postgres", "there"]),
            allowed: allowed.as_deref(),
            needed: &set(needed),
            rights,
        },
    )
    .map(|roles| roles.missing)
    .map_err(|failure| failure.reason)
}

#[test]
fn roles_that_cannot_be_made_are_refused() {
    assert_eq!(
        roles(&["postgres", "a"], &[], None, &["a", "there"], ALL),
        Ok(vec!["a".to_owned()])
    );
    assert_eq!(
        roles(&["there"], &[], Some(&[]), &["there"], NONE),
        Ok(vec![])
    );
    let some = Rights {
        create_role: true,
        ..NONE
    };
    assert_eq!(
        roles(&["a"], &[], Some(&["a"]), &[], some),
        Ok(vec!["a".to_owned()])
    );
    for (result, word) in [
        (roles(&["a"], &[], Some(&["b"]), &[], ALL), "--role-list"),
        (roles(&["a"], &[], None, &[], NONE), "CREATEROLE"),
        (roles(&["a"], &["a"], None, &[], some), "only a superuser"),
        (roles(&[], &[], None, &["x"], ALL), "--map-role"),
    ] {
        let reason = result.unwrap_err();
        assert!(
            reason.contains(word) && reason.contains("nothing on the target was changed"),
            "{reason}"
        );
    }
    // What is in another encoding cannot be compared, and is no reason to refuse.
    assert!(roles(&[], &[], None, &["M\u{fffd}ller"], ALL).is_ok());
}
