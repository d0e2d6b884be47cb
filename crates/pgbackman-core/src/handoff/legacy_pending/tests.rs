//! Lines as 1.x writes them, and lines that nobody should write.

mod properties;

use std::path::Path;

use chrono::{FixedOffset, TimeDelta, TimeZone as _};

use super::*;
use crate::domain::backup::{BackupOrigin, BackupPart};
use crate::domain::ids::{DefId, SnapshotId};
use crate::domain::status::{BackupCode, ExecutionStatus};

/// A clock one hour ahead of UTC.
fn ahead(reading: &NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
    FixedOffset::east_opt(3600)
        .unwrap()
        .from_local_datetime(reading)
        .map(|time| time.with_timezone(&Utc))
}

/// A clock that shows the hour from 02:00 to 03:00 twice on 25 October, and skips that of 29 March.
fn summer(reading: &NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
    let utc = |hours| (*reading - TimeDelta::hours(hours)).and_utc();
    let text = reading.format("%m-%d %H").to_string();
    match text.as_str() {
        "10-25 02" => MappedLocalTime::Ambiguous(utc(2), utc(1)),
        "03-29 02" => MappedLocalTime::None,
        _ if ("03-29 03"..="10-25 01").contains(&text.as_str()) => MappedLocalTime::Single(utc(2)),
        _ => MappedLocalTime::Single(utc(1)),
    }
}

/// A line of a backup: the values of 1.x's function, in order.
fn full(dbname: &str, error: &str, roles: &str) -> Vec<String> {
    let stem = format!("{dbname}-n2.example.net-v10-defid11-cFULL-20261121T060931");
    let mut values: Vec<String> = ["11", "11914", "1", "2", dbname]
        .map(str::to_owned)
        .to_vec();
    values.extend(
        [
            "2026-11-21 06:09:31.350519",
            "2026-11-21 06:09:32.214845",
            "0:00:00.864326",
        ]
        .map(str::to_owned),
    );
    for (part, size) in [("DATABASE", "832"), ("USERS", "270"), ("DBCONFIG", "268")] {
        values.push(format!("/srv/pgsql_node_2/dump/{stem}-{part}.sql"));
        values.push(size.to_owned());
        values.push(format!("/srv/pgsql_node_2/log/{stem}-{part}.log"));
    }
    values.extend(
        [
            "/var/log/p.log",
            "SUCCEEDED",
            "CRON",
            error,
            "",
            roles,
            "10",
            "10",
        ]
        .map(str::to_owned),
    );
    values
}

const CLUSTER: &str = "12::11992::1::2::template1::2026-11-21 06:09:32.973730::2026-11-21 06:09:33.393014::\
    0:00:00.419284::/srv/n/dump/CLUSTER-n2.example.net-v10-defid12-cCLUSTER-20261121T060932.sql.gz::24503::\
    /srv/n/log/CLUSTER-n2.example.net-v10-defid12-cCLUSTER-20261121T060932.log::None::0::None::None::0::None::\
    /var/log/p.log::SUCCEEDED::CRON::::::::10::10\n";

const FAILED: &str = "13::11913::1::2::nosuch::2026-11-21 06:09:33::2026-11-21 06:09:33.497956::0:00:00.497956::\
    None::0::None::None::0::None::None::0::None::/var/log/p.log::ERROR::CRON::Database to backup not available::::::::\n";

const RESTORED: &str = "77::26920::1::2::tiny::tiny_r::::2026-01-12 10:00:01.100000::2026-01-12 10:00:01.247391::\
    0:00:00.147391::/srv/n/log/tiny_r-n2.example.net-v10-restoredef77.log::/var/log/p.log::SUCCEEDED::::postgres::10::10\n";

fn line(values: &[String]) -> String {
    values.join("::") + "\n"
}

fn backups(text: &str) -> Vec<Result<BackupResult, BadLine>> {
    parse(text.as_bytes(), Kind::Backup, &ahead)
        .into_iter()
        .map(|result| {
            result.map(|result| match result {
                LegacyResult::Backup(backup) => *backup,
                LegacyResult::Restore(_) => panic!("a restore"),
            })
        })
        .collect()
}

fn backup(text: &str) -> Result<BackupResult, BadLine> {
    let mut all = backups(text);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn restore(text: &str) -> Result<RestoreResult, BadLine> {
    match parse(text.as_bytes(), Kind::Restore, &ahead).remove(0)? {
        LegacyResult::Restore(restore) => Ok(*restore),
        LegacyResult::Backup(_) => panic!("a backup"),
    }
}

#[test]
fn names_are_told_from_others() {
    let kind = |name: &str| is_legacy_name(OsStr::new(name));
    assert_eq!(
        kind("backup_jobs_pending_log_updates_nodeid_2_11913.log"),
        Some(Kind::Backup)
    );
    assert_eq!(
        kind("restore_jobs_pending_log_updates_nodeid_21_1.log"),
        Some(Kind::Restore)
    );
    for other in [
        "backup_jobs_pending_log_updates_nodeid_2.log",
        "backup_jobs_pending_log_updates_nodeid_2_x.log",
        "backup_jobs_pending_log_updates_nodeid_2_1.log.bad",
        "backup-1.json",
    ] {
        assert_eq!(kind(other), None, "{other}");
    }
}

#[test]
fn a_full_backup_has_every_value() {
    let read = backup(&line(&full("hr", "", "postgres,app"))).unwrap();
    assert_eq!(read.origin, BackupOrigin::Definition(DefId::new(11)));
    assert_eq!(
        (read.procpid, read.server.get(), read.node.get()),
        (11914, 1, 2)
    );
    assert_eq!((read.dbname.as_str(), read.code), ("hr", BackupCode::Full));
    assert_eq!(
        read.started.to_rfc3339(),
        "2026-11-21T05:09:31.350519+00:00"
    );
    assert_eq!(
        read.finished.to_rfc3339(),
        "2026-11-21T05:09:32.214845+00:00"
    );
    assert_eq!(
        (read.dump.size, read.roles.size, read.dbconfig.size),
        (Some(832), Some(270), Some(268))
    );
    assert!(
        read.roles
            .file
            .unwrap()
            .ends_with("hr-n2.example.net-v10-defid11-cFULL-20261121T060931-USERS.sql")
    );
    assert_eq!(read.global_log, Path::new("/var/log/p.log"));
    assert_eq!(
        (read.status, read.error_message),
        (ExecutionStatus::Succeeded, None)
    );
    assert_eq!(read.role_list, ["postgres", "app"]);
    assert_eq!(
        (
            read.node_release.as_deref(),
            read.pg_dump_release.as_deref()
        ),
        (Some("10"), Some("10"))
    );
}

#[test]
fn a_cluster_and_a_failed_backup_have_no_file_called_none() {
    let cluster = backup(CLUSTER).unwrap();
    assert_eq!(
        (cluster.dbname.as_str(), cluster.code),
        ("template1", BackupCode::Cluster)
    );
    assert_eq!(cluster.dump.size, Some(24503));
    assert_eq!(
        (cluster.roles, cluster.dbconfig),
        (BackupPart::default(), BackupPart::default())
    );
    assert!(cluster.role_list.is_empty());
    let failed = backup(FAILED).unwrap();
    assert_eq!(failed.status, ExecutionStatus::Error);
    assert_eq!(
        failed.error_message.as_deref(),
        Some("Database to backup not available")
    );
    assert_eq!(
        (failed.dump, failed.node_release),
        (BackupPart::default(), None)
    );
}

#[test]
fn a_snapshot_and_a_line_of_1_0_are_read() {
    let mut values = full("hr", "", "");
    (values[0], values[19], values[21]) = (String::new(), "AT".to_owned(), "3".to_owned());
    let snapshot = backup(&line(&values)).unwrap();
    assert_eq!(snapshot.origin, BackupOrigin::Snapshot(SnapshotId::new(3)));
    let mut of_1_0 = full("hr", "", "postgres");
    of_1_0.pop();
    let read = backup(&line(&of_1_0)).unwrap();
    assert_eq!(
        (read.node_release.as_deref(), read.pg_dump_release),
        (Some("10"), None)
    );
    assert_eq!(read.role_list, ["postgres"]);
}

#[test]
fn a_restore_has_every_value() {
    let read = restore(RESTORED).unwrap();
    assert_eq!((read.restore.get(), read.procpid), (77, 26920));
    assert_eq!(
        (read.source_dbname.as_str(), read.target_dbname.as_str()),
        ("tiny", "tiny_r")
    );
    assert_eq!((read.renamed_dbname, read.error_message), (None, None));
    assert_eq!(read.started.to_rfc3339(), "2026-01-12T09:00:01.100+00:00");
    assert_eq!(
        read.log.as_deref(),
        Some(Path::new(
            "/srv/n/log/tiny_r-n2.example.net-v10-restoredef77.log"
        ))
    );
    assert_eq!(
        (read.role_list, read.backup_release.as_deref()),
        (vec!["postgres".to_owned()], Some("10"))
    );
}

#[test]
fn the_same_line_is_the_same_run_and_another_is_another() {
    let one = backup(CLUSTER).unwrap().run_uuid;
    assert_eq!(
        backup(&CLUSTER.replace('\n', "\r\n")).unwrap().run_uuid,
        one
    );
    assert_ne!(
        backup(&CLUSTER.replace("::11992::", "::11993::"))
            .unwrap()
            .run_uuid,
        one
    );
    assert_eq!(one.get_version_num(), 8);
}

#[test]
fn trap_29a_the_separator_inside_a_value_is_a_part_of_it() {
    let values = full("a::b", "could not :: find it", "r::s,t");
    let read = backup(&line(&values)).unwrap();
    assert_eq!(read.dbname, "a::b");
    assert_eq!(read.error_message.as_deref(), Some("could not :: find it"));
    assert_eq!(read.role_list, ["r::s", "t"]);
    assert_eq!(read.dump.file.unwrap(), Path::new(&values[8]));
    let renamed = RESTORED
        .replace("tiny::tiny_r::::", "t::u::v::w::x::")
        .replace("/log/tiny_r-", "/log/v::w-");
    let read = restore(&renamed).unwrap();
    assert_eq!(
        (read.source_dbname.as_str(), read.target_dbname.as_str()),
        ("t::u", "v::w")
    );
    assert_eq!(read.renamed_dbname.as_deref(), Some("x"));
}

#[test]
fn trap_29a_what_could_mean_two_things_is_refused() {
    let unclear = RESTORED
        .replace("tiny::tiny_r::::", "a::b::c::d::")
        .replace("tiny_r-", "else-");
    let error = restore(&unclear).unwrap_err();
    assert_eq!(error.reason, Unreadable::Ambiguous);
    let error = backup(&line(&full("hr", ":", ""))).unwrap_err();
    assert_eq!(error.reason, Unreadable::Ambiguous);
}

#[test]
fn values_with_line_breaks_belong_to_one_result() {
    let text = line(&full("hr", "first\nsecond: 1::2\n", "")) + CLUSTER;
    let read = backups(&text);
    assert_eq!(read.len(), 2);
    assert_eq!(
        read[0].as_ref().unwrap().error_message.as_deref(),
        Some("first\nsecond: 1::2\n")
    );
    assert_eq!(read[1].as_ref().unwrap().code, BackupCode::Cluster);
}

#[test]
fn one_bad_line_does_not_take_the_good_ones_with_it() {
    let cut: String = CLUSTER.chars().take(60).collect();
    let text = format!("{cut}\n{FAILED}\n{}unfinished", line(&full("hr", "", "")));
    let read = backups(&text);
    let shape: Vec<_> = read
        .iter()
        .map(|result| {
            result
                .as_ref()
                .map(|read| read.dbname.as_str())
                .map_err(|bad| bad.line)
        })
        .collect();
    assert_eq!(shape, [Err(1), Ok("nosuch"), Ok("hr"), Err(5)]);
}

#[test]
fn poison_is_refused_with_the_reason() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\xff\xfe::\n", "UTF-8"),
        (b"rubbish\n", "field 1 (DefID)"),
        (CLUSTER.trim_end().as_bytes(), "interrupted"),
        (
            &CLUSTER.replace("SUCCEEDED", "DONE").into_bytes(),
            "field 19 (status)",
        ),
        (
            &CLUSTER
                .replace("2026-11-21 06:09:32.97", "2026-11-31 06:09:32.97")
                .into_bytes(),
            "field 7 (end), or one before it",
        ),
        (
            &CLUSTER.replacen("12::", "::", 1).into_bytes(),
            "neither a definition nor a snapshot",
        ),
        (
            &CLUSTER
                .replacen("12::11992", "12::99999999999", 1)
                .into_bytes(),
            "process ID",
        ),
    ];
    for (bytes, reason) in cases {
        let read = parse(bytes, Kind::Backup, &ahead);
        let error = read[0].as_ref().unwrap_err();
        assert_eq!(read.len(), 1);
        assert!(
            error.to_string().contains(reason),
            "{error} is not about {reason}"
        );
    }
    assert!(parse(&[b':'; 5000], Kind::Backup, &ahead)[0].is_err());
}

#[test]
fn times_are_the_local_ones_also_when_the_clock_changes() {
    let run = |start: &str, end: &str, span: &str| {
        let text = FAILED
            .replace("2026-11-21 06:09:33::", &format!("{start}::"))
            .replace("2026-11-21 06:09:33.497956", end)
            .replace("0:00:00.497956", span);
        match parse(text.as_bytes(), Kind::Backup, &summer)
            .remove(0)
            .unwrap()
        {
            LegacyResult::Backup(read) => (read.started.to_rfc3339(), read.finished.to_rfc3339()),
            LegacyResult::Restore(_) => panic!("a restore"),
        }
    };
    let utc = |start: &str, end: &str| (format!("2026-{start}+00:00"), format!("2026-{end}+00:00"));
    // Over the change: 1:50 in summer to 2:10 in winter.
    assert_eq!(
        run("2026-10-25 01:50:00", "2026-10-25 02:10:00", "1:20:00"),
        utc("10-24T23:50:00", "10-25T01:10:00")
    );
    // From the first 2:50 to the second 2:10, which is later.
    assert_eq!(
        run("2026-10-25 02:50:00", "2026-10-25 02:10:00", "0:20:00"),
        utc("10-25T00:50:00", "10-25T01:10:00")
    );
    // A clock that was set back.
    assert_eq!(
        run(
            "2026-11-21 06:09:33",
            "2026-11-21 06:09:31.5",
            "-1 day, 23:59:58.500000"
        ),
        utc("11-21T05:09:33", "11-21T05:09:31.500")
    );
    assert_eq!(
        run("2026-03-29 02:30:00", "2026-03-29 03:31:00", "1:01:00").1,
        "2026-03-29T01:31:00+00:00"
    );
}
