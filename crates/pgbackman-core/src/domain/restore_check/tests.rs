//! Single cases, and what holds for all.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::backup_needs::{DatabaseNeeds, ExtensionNeed};
use crate::domain::locale::LocaleProvider;
use crate::domain::restore_parameters;
use crate::domain::target_facts::{AvailableExtension, TargetUser};

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
        size: Some(1 << 30),
        objects: Some(3),
    }
}

fn backup() -> BackupFacts {
    BackupFacts {
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
fn what_would_fail_is_refused_with_the_reason_and_what_to_do() {
    type Change = fn(&mut BackupFacts, &mut TargetFacts);
    let cases: &[(&str, Change)] = &[
        ("standby", |_, t| t.in_recovery = true),
        ("too old", |_, t| t.release = "9.1.24".parse().unwrap()),
        ("needs a pg_restore of version 19", |b, _| {
            b.made_by = Some("19.1".parse().unwrap());
        }),
        ("ended with an ERROR", |b, _| {
            b.status = ExecutionStatus::Error;
        }),
        ("files are gone: /x", |b, _| {
            b.files = FilesSeen::Gone(vec!["/x".into()]);
        }),
        ("encoding UTF8", |_, t| {
            t.encodings.insert("UTF8".to_owned(), false);
        }),
        ("locale nb_NO.UTF-8", |_, t| {
            t.locales.insert("nb_NO.UTF-8".to_owned(), false);
        }),
        ("locale from icu", |b, _| {
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
        ("DATA backup has no tables", |b, _| {
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
        ("is not a superuser, and a CLUSTER", |b, t| {
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

#[test]
fn rds_has_no_roles_and_data_needs_no_encoding() {
    let mut rds = backup();
    rds.code = BackupCode::Rds;
    let mut target = target();
    target.roles.insert("shop_rw".to_owned());
    assert_eq!(worst(&plain(&rds, &target)), Level::Ok);
    let mut data = backup();
    data.code = BackupCode::Data;
    target.databases.insert("shop".to_owned());
    target.tables_in_target = Some(3);
    target.locales.insert("nb_NO.UTF-8".to_owned(), false);
    assert_eq!(
        worst(&found(&data, &target, None, &Reuse::All, "")),
        Level::Warning
    );
}

#[test]
fn the_offered_name_is_kept_whole_by_postgresql() {
    let now = chrono::NaiveDate::from_ymd_opt(2026, 11, 21)
        .unwrap()
        .and_hms_opt(4, 5, 6)
        .unwrap();
    assert_eq!(default_rename("Shop", now), "Shop_2026_11_21T040506");
    let long = default_rename(&"é".repeat(31), now);
    assert!(
        long.len() <= 63 && long.ends_with("é_2026_11_21T040506"),
        "{long}"
    );
}

/// One of a few names, so that some are the same.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("shop"),
        Just("Shop"),
        Just("a b"),
        Just("x"),
        Just("postgres"),
        Just("")
    ]
    .prop_map(str::to_owned)
}

fn names() -> impl Strategy<Value = BTreeSet<String>> {
    proptest::collection::btree_set(name(), 0..5)
}

prop_compose! {
    fn situations()(
        code in proptest::sample::select(BackupCode::ALL),
        roles in names(),
        status in proptest::sample::select(ExecutionStatus::ALL),
        has_needs: bool,
        made_by in 13_u16..20,
        release in 9_u16..20,
        in_recovery: bool,
        superuser: bool,
        create_role: bool,
        databases in names(),
        there in names(),
        tables in proptest::option::of(0_u64..3),
    ) -> (BackupFacts, TargetFacts) {
        let release = if release == 9 { "9.1.2".to_owned() } else { format!("{release}.1") };
        (
            BackupFacts {
                code, status, roles: roles.into_iter().collect(),
                made_by: Some(format!("{made_by}.1").parse().unwrap()),
                needs: has_needs.then(needs), ..backup()
            },
            TargetFacts {
                release: release.parse().unwrap(), in_recovery, databases, roles: there, tables_in_target: tables,
                user: TargetUser { superuser, create_role, ..target().user }, ..target()
            },
        )
    }
}

proptest! {
    #[test]
    fn what_is_accepted_can_be_done(
        (backup, target) in situations(), target_name in name(), renamed in proptest::option::of(name()), reused in names()
    ) {
        let parameters = RestoreParameters::default();
        let installed: Vec<PgRelease> = vec!["18.7".parse().unwrap()];
        let reuse = Reuse::These(reused.clone());
        let request = Request {
            target_dbname: &target_name, renamed_dbname: renamed.as_deref(), reuse: &reuse, may_make: None, parameters: &parameters,
            installed: Some(&installed),
        };
        let findings = check(&backup, &target, &request);
        let accepted = worst(&findings) < Level::Conflict;
        if target.in_recovery || backup.status == ExecutionStatus::Error || backup.code == BackupCode::Config {
            prop_assert_eq!(worst(&findings), Level::Refused);
        }
        for finding in &findings {
            prop_assert!(finding.level < Level::Conflict || finding.advice.is_some(), "{:?}", finding);
            prop_assert!(finding.text.ends_with(['.', ':']) || finding.text.contains("no reason"), "{:?}", finding);
        }
        if accepted {
            let (made_by, client) = (backup.made_by.unwrap(), installed[0]);
            // A plain script is SQL: any psql runs it that knows what it begins with (trap 8).
            let runs_the_script = !made_by.has_restrict_key() || client.has_restrict_key();
            prop_assert!(made_by <= client || backup.code == BackupCode::Cluster && runs_the_script);
            let to_restore = roles_to_restore(&backup, &target, &parameters);
            for role in names_of(&backup, &parameters) {
                let made = to_restore.iter().any(|one| one == role);
                prop_assert!(made != (target.roles.contains(role) && reused.contains(role)), "{}", role);
                prop_assert!(!made || target.user.superuser || target.user.create_role);
            }
            match backup.code {
                BackupCode::Data => {
                    prop_assert!(target.databases.contains(&target_name) && target.tables_in_target != Some(0));
                }
                BackupCode::Cluster => {
                    prop_assert!(target.user.superuser);
                    prop_assert!(backup.needs.is_none() || !target.databases.contains("shop"));
                }
                _ => {
                    prop_assert!(!target_name.is_empty());
                    if target.databases.contains(&target_name) {
                        let renamed = renamed.unwrap();
                        prop_assert!(!target.databases.contains(&renamed) && !renamed.is_empty() && renamed != target_name);
                    }
                }
            }
        }
    }

    #[test]
    fn answers_settle_conflicts_and_nothing_else((backup, target) in situations(), name in name()) {
        let parameters = RestoreParameters::default();
        let asked = |renamed: Option<&'static str>, reuse: &Reuse| {
            let request = Request {
                target_dbname: &name, renamed_dbname: renamed, reuse, may_make: None, parameters: &parameters, installed: None,
            };
            check(&backup, &target, &request)
        };
        let before = asked(None, &Reuse::None);
        // A DATA backup renames nothing, and for CLUSTER the databases are named.
        let answer = !matches!(backup.code, BackupCode::Data | BackupCode::Cluster);
        let after = asked(answer.then_some("free"), &Reuse::All);
        prop_assert!(after.iter().all(|one| one.level != Level::Conflict));
        let refused = |findings: &[Finding]| -> Vec<String> {
            findings.iter().filter(|one| one.level == Level::Refused).map(|one| one.text.clone()).collect()
        };
        prop_assert_eq!(refused(&before), refused(&after));
    }
}
