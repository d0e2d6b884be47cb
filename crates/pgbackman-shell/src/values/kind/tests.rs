//! What each kind takes and refuses.

use super::*;

#[test]
fn a_refusal_names_the_value_and_what_is_allowed() {
    let cases = [
        (Kind::Port, "70000", "1 to 65535"),
        (Kind::Port, "+5", "1 to 65535"),
        (Kind::ServerStatus, "UP", "RUNNING or STOPPED"),
        (
            Kind::BackupCode,
            "CONFIG",
            "FULL, SCHEMA, DATA, CLUSTER, RDS",
        ),
        (Kind::Encryption, "true", "false"),
        (Kind::JobStatus, "DELETED", "ACTIVE or STOPPED"),
        (Kind::Hostname, "a b", "host name"),
        (Kind::Hostname, "", "host name"),
        (Kind::Path, "srv", "absolute path"),
        (Kind::Redundancy, "-1", "0 or more"),
        (Kind::BckId, "x", "whole number"),
        (Kind::DefId, "0", "whole number"),
        (Kind::Force, "", "y or n"),
        (Kind::Force, "forced", FORCE),
    ];
    for (kind, value, allowed) in cases {
        let message = kind.check(value).unwrap_err().to_string();
        assert!(
            message.contains(&format!("{value:?}")) && message.contains(allowed),
            "{message}"
        );
    }
}

#[test]
fn codes_statuses_and_names_are_taken_in_any_case() {
    for (kind, value) in [
        (Kind::ServerStatus, "down"),
        (Kind::BackupCode, "full"),
        (Kind::JobStatus, "stopped"),
        (Kind::Encryption, "FALSE"),
        (Kind::Hostname, "PG-Node01"),
        (Kind::Hostname, "::1"),
        (Kind::Force, "Force-Deletion"),
        (Kind::Force, "Y"),
        (Kind::Force, "no"),
        (Kind::Hostname, "/run/postgresql"),
        (Kind::Hostname, "db.example.com."),
    ] {
        assert_eq!(kind.check(value), Ok(()), "{value}");
    }
}

#[test]
fn trap_16_what_cron_would_refuse_is_refused() {
    for value in ["99 77 foo", "60", "5/15", "1\n* * * * * root id", "", " 1"] {
        assert!(
            Kind::Cron(Field::Minute).check(value).is_err(),
            "{value:?} was accepted"
        );
    }
    for kind in [Kind::Email, Kind::Path, Kind::Interval, Kind::Hostname] {
        for value in ["/a\n* * * * * root id", "/a\rb"] {
            assert!(kind.check(value).is_err(), "{kind:?} took {value:?}");
        }
    }
}

#[test]
fn trap_15_names_may_hold_anything_a_database_name_may_hold() {
    assert_eq!(Kind::Text.check("two\nlines"), Ok(()));
    for name in [
        "Orders",
        "two words",
        "it's",
        "\"q\"",
        "back\\slash",
        "$(touch x)",
        ";",
        "%",
        "-leading",
        "a\nb",
    ] {
        assert_eq!(Kind::Databases.check(name), Ok(()));
    }
    assert!(Kind::Databases.check("a\0b").is_err());
}
