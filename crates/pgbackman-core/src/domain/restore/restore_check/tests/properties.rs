//! What holds of every backup, target and answer.

use proptest::prelude::*;

use super::*;

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
                release: release.parse().unwrap(), in_recovery, databases, roles: there, tables_in_target: tables, invalid_databases: BTreeSet::new(),
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
            prop_assert!(finding.text.ends_with(['.', ':']) || finding.text.contains("the reason is unknown"), "{:?}", finding);
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
