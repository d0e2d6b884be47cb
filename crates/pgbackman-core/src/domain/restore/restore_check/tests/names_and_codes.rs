//! What a code needs, and names.

use super::*;

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

#[test]
fn b3_an_invalid_database_is_refused_by_name() {
    let mut invalid = target();
    invalid.databases.insert("shop".to_owned());
    invalid.invalid_databases.insert("shop".to_owned());
    for code in [BackupCode::Full, BackupCode::Data, BackupCode::Cluster] {
        let mut backup = backup();
        backup.code = code;
        let renamed = match code {
            BackupCode::Data => None,
            BackupCode::Cluster => Some("shop=shop_old"),
            _ => Some("shop_old"),
        };
        let findings = found(&backup, &invalid, renamed, &Reuse::None, "");
        let refused = findings.iter().any(|finding| {
            finding.level == Level::Refused && finding.text.contains("invalid database \"shop\"")
        });
        assert!(refused, "{code}: {findings:#?}");
    }
}
