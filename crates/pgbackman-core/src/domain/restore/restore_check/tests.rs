//! Single cases.

mod names_and_codes;
mod properties;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::locale::LocaleProvider;
use crate::domain::restore::backup_needs::{DatabaseNeeds, ExtensionNeed};
use crate::domain::restore::restore_parameters;
use crate::domain::restore::target_facts::{AvailableExtension, TargetUser};

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn needs() -> BackupNeeds {
    BackupNeeds {
        databases: vec![DatabaseNeeds {
            name: "shop".to_owned(),
            encoding: "UTF8".to_owned(),
            provider: LocaleProvider::Libc,
            collate: "nb_NO.UTF-8".to_owned(),
            ctype: "nb_NO.UTF-8".to_owned(),
            locale: None,
            collation_version: None,
            tablespace: None,
        }],
        extensions: Some(vec![ExtensionNeed {
            name: "citext".to_owned(),
            version: "1.6".to_owned(),
        }]),
        tablespaces: vec!["fast".to_owned()],
        privileged_roles: vec!["shop_rw".to_owned()],
        escaping_strings: false,
        size: Some(1 << 30),
        objects: Some(3),
    }
}

fn backup() -> BackupFacts {
    BackupFacts {
        damage: None,
        code: BackupCode::Full,
        status: ExecutionStatus::Succeeded,
        error_message: None,
        dbname: "shop".to_owned(),
        roles: vec!["shop_rw".to_owned(), "shop_ro".to_owned()],
        made_by: Some("15.18".parse().unwrap()),
        source: Some("15.18".parse().unwrap()),
        files: FilesSeen::Present,
        has_manifest: true,
        needs: Some(needs()),
        contents: None,
    }
}

fn target() -> TargetFacts {
    TargetFacts {
        release: "16.9".parse().unwrap(),
        in_recovery: false,
        user: TargetUser {
            name: "postgres".to_owned(),
            superuser: true,
            create_role: true,
            create_db: true,
        },
        databases: set(["postgres", "template0", "template1"]),
        roles: set(["postgres"]),
        providers: BTreeSet::from([LocaleProvider::Libc]),
        encodings: BTreeMap::from([("UTF8".to_owned(), true)]),
        locales: BTreeMap::from([("nb_NO.UTF-8".to_owned(), true)]),
        icu_locales: BTreeMap::new(),
        extensions: BTreeMap::from([(
            "citext".to_owned(),
            AvailableExtension {
                default_version: "1.6".to_owned(),
                needs_superuser: false,
            },
        )]),
        tablespaces: set(["fast"]),
        prepared: BTreeMap::new(),
        free_space: Some(1 << 40),
        tables_in_target: None,
        invalid_databases: BTreeSet::new(),
    }
}

/// What is found, with the name `shop` and these answers and extra parameters, by clients 15, 16 and 18.
fn found(
    backup: &BackupFacts,
    target: &TargetFacts,
    renamed: Option<&str>,
    reuse: &Reuse,
    extra: &str,
) -> Vec<Finding> {
    let installed: Vec<PgRelease> = ["15.20", "16.16", "18.7"]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    check(
        backup,
        target,
        &Request {
            target_dbname: "shop",
            renamed_dbname: renamed,
            reuse,
            may_make: None,
            parameters: &restore_parameters::check(extra, None).unwrap(),
            installed: Some(&installed),
        },
    )
}

fn plain(backup: &BackupFacts, target: &TargetFacts) -> Vec<Finding> {
    found(backup, target, None, &Reuse::None, "")
}

fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap()
}

/// The only finding of this level.
fn only(findings: &[Finding], level: Level) -> &Finding {
    let found: Vec<_> = findings.iter().filter(|one| one.level == level).collect();
    assert_eq!(found.len(), 1, "{findings:#?}");
    found[0]
}

#[test]
fn what_fits_is_ok_and_says_what_was_looked_at() {
    let findings = plain(&backup(), &target());
    assert_eq!(worst(&findings), Level::Ok, "{findings:#?}");
    for text in [
        "Target DBname shop does not exist on target PgSQL node.",
        "Role shop_ro does not exist on target PgSQL node.",
        "Extensions available on target PgSQL node: citext.",
        "Encoding UTF8 and locale nb_NO.UTF-8 are available on target PgSQL node.",
    ] {
        assert!(
            findings.iter().any(|one| one.text == text),
            "{text}: {findings:#?}"
        );
    }
}

#[test]
fn d1_a_backup_that_was_found_damaged_is_said_to_be() {
    let mut damaged = backup();
    damaged.damage = Some("x.dat.gz is missing (2026-11-30)".to_owned());
    let findings = plain(&damaged, &target());
    let said = only(&findings, Level::Warning);
    assert!(
        said.text.contains("x.dat.gz is missing") && said.advice.is_some(),
        "{said:?}"
    );
}

#[test]
fn v7_a_name_with_a_line_break_is_refused_for_19_whatever_has_it() {
    let broken = "a\nb".to_owned();
    let mut role = backup();
    role.roles = vec![broken.clone()];
    let mut whole = backup();
    whole.code = BackupCode::Cluster;
    let mut database = whole.clone();
    let needs = database.needs.as_mut().unwrap();
    needs.databases[0].name.clone_from(&broken);
    let mut tablespace = whole.clone();
    let needs = tablespace.needs.as_mut().unwrap();
    needs.tablespaces = vec![broken];
    for (what, backup) in [
        ("the role", &role),
        ("the database", &database),
        ("the tablespace", &tablespace),
    ] {
        let of = |release: &str| {
            let mut target = target();
            target.release = release.parse().unwrap();
            plain(backup, &target)
                .into_iter()
                .filter(|one| one.level == Level::Refused && one.text.contains("line break"))
                .map(|one| one.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("19.1"),
            [format!(
                "The name of {what} \"a\\nb\" contains a line break, which PostgreSQL 19 and newer refuse."
            )]
        );
        assert_eq!(of("18.7"), [] as [String; 0]);
    }
}

#[test]
fn what_would_fail_is_refused_with_the_reason_and_what_to_do() {
    type Change = fn(&mut BackupFacts, &mut TargetFacts);
    let cases: &[(&str, Change)] = &[
        ("standby", |_, t| t.in_recovery = true),
        ("too old", |_, t| t.release = "9.1.24".parse().unwrap()),
        ("requires pg_restore 19", |b, _| {
            b.made_by = Some("19.1".parse().unwrap());
        }),
        ("ended with an ERROR", |b, _| {
            b.status = ExecutionStatus::Error;
        }),
        ("files are missing: /x", |b, _| {
            b.files = FilesSeen::Gone(vec!["/x".into()]);
        }),
        ("encoding UTF8", |_, t| {
            t.encodings.insert("UTF8".to_owned(), false);
        }),
        ("locale nb_NO.UTF-8", |_, t| {
            t.locales.insert("nb_NO.UTF-8".to_owned(), false);
        }),
        ("locale of icu", |b, _| {
            b.needs.as_mut().unwrap().databases[0].provider = LocaleProvider::Icu;
        }),
        ("extension citext (1.6)", |_, t| t.extensions.clear()),
        (
            "Tablespaces that do not exist on target PgSQL node: fast",
            |_, t| t.tablespaces.clear(),
        ),
        ("may not create databases", |_, t| {
            t.user.superuser = false;
            t.user.create_db = false;
            t.roles = set(["shop_ro", "shop_rw"]);
        }),
        ("may not create roles", |_, t| {
            t.user.superuser = false;
            t.user.create_role = false;
            t.roles = set(["shop_rw"]);
        }),
        ("may not create shop_rw", |_, t| {
            t.user.superuser = false;
            t.roles = set(["shop_ro"]);
        }),
        ("DATA backup contains no tables", |b, _| {
            b.code = BackupCode::Data;
        }),
        ("has no tables", |b, t| {
            b.code = BackupCode::Data;
            t.databases.insert("shop".to_owned());
            t.tables_in_target = Some(0);
        }),
        ("exist on target PgSQL node: shop", |b, t| {
            b.code = BackupCode::Cluster;
            t.databases.insert("shop".to_owned());
        }),
        ("is not a superuser, but restoring a CLUSTER", |b, t| {
            b.code = BackupCode::Cluster;
            t.user.superuser = false;
            t.roles = set(["shop_ro", "shop_rw"]);
        }),
    ];
    for (expected, change) in cases {
        let (mut backup, mut target) = (backup(), target());
        change(&mut backup, &mut target);
        let findings = found(&backup, &target, None, &Reuse::All, "");
        let refused = only(&findings, Level::Refused);
        assert!(
            refused.text.contains(expected),
            "{expected}: {}",
            refused.text
        );
        assert!(refused.advice.is_some(), "{refused:?}");
    }
}

#[test]
fn trap_7_a_known_harmless_error_is_announced() {
    let mut backup = backup();
    backup.made_by = Some("18.7".parse().unwrap());
    let findings = plain(&backup, &target());
    let warning = only(&findings, Level::Warning);
    assert!(warning.text.contains("transaction_timeout"), "{warning:?}");
}

#[test]
fn what_is_not_known_is_said_and_refuses_nothing() {
    let unknown = BackupFacts {
        needs: None,
        made_by: None,
        has_manifest: false,
        files: FilesSeen::Elsewhere,
        ..backup()
    };
    let findings = plain(&unknown, &target());
    assert_eq!(worst(&findings), Level::Warning);
    assert_eq!(
        findings
            .iter()
            .filter(|one| one.level == Level::Warning)
            .count(),
        4
    );
    let mut target = target();
    target.locales.clear();
    target.encodings.clear();
    target.free_space = None;
    assert_eq!(worst(&plain(&backup(), &target)), Level::Ok);
}

#[test]
fn an_existing_database_needs_a_name_that_is_free() {
    let mut target = target();
    target.databases.insert("shop".to_owned());
    target.databases.insert("taken".to_owned());
    let findings = plain(&backup(), &target);
    assert_eq!(only(&findings, Level::Conflict).subject, Subject::Database);
    let renamed = |name| found(&backup(), &target, Some(name), &Reuse::None, "");
    assert_eq!(worst(&renamed("shop_old")), Level::Warning);
    for name in ["taken", "shop", "", &"x".repeat(64)] {
        let findings = renamed(name);
        assert_eq!(
            only(&findings, Level::Refused).subject,
            Subject::Renamed,
            "{name}"
        );
    }
}

#[test]
fn an_existing_role_is_reused_when_that_is_agreed_to_or_another_takes_its_place() {
    let mut target = target();
    target.roles.insert("shop_rw".to_owned());
    let findings = plain(&backup(), &target);
    assert_eq!(
        only(&findings, Level::Conflict).subject,
        Subject::Role("shop_rw".to_owned())
    );
    let these = Reuse::These(set(["shop_rw"]));
    assert_eq!(
        worst(&found(&backup(), &target, None, &these, "")),
        Level::Warning
    );
    let other = Reuse::These(set(["shop_ro"]));
    assert_eq!(
        worst(&found(&backup(), &target, None, &other, "")),
        Level::Conflict
    );
    let mapped = "--map-role shop_rw=postgres";
    assert_eq!(
        worst(&found(&backup(), &target, None, &Reuse::None, mapped)),
        Level::Ok
    );
    let nobody = "--map-role shop_rw=nobody";
    let findings = found(&backup(), &target, None, &Reuse::None, nobody);
    assert!(only(&findings, Level::Refused).text.contains("nobody"));
    let parameters = restore_parameters::check(mapped, None).unwrap();
    assert_eq!(
        roles_to_restore(&backup(), &target, &parameters),
        ["shop_ro"]
    );
}

#[test]
fn parameters_that_leave_something_out_do_not_need_it() {
    let mut without_tablespaces = target();
    without_tablespaces.tablespaces.clear();
    let extra = "--no-tablespaces";
    let without = found(&backup(), &without_tablespaces, None, &Reuse::None, extra);
    assert_eq!(worst(&without), Level::Ok);
    let mut without_extensions = target();
    without_extensions.extensions.clear();
    let extra = "--schema=sales";
    let part = found(&backup(), &without_extensions, None, &Reuse::None, extra);
    assert_eq!(worst(&part), Level::Warning);
}
