//! Results that wait in files are believed only where their files are (R7).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chrono::Utc;
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::ids::{NodeId, ServerId};
use pgbackman_core::domain::status::ExecutionStatus;
use uuid::Uuid;

use super::pending::{result, wait_for_import};
use super::support::{Site, noon};

#[test]
fn r7_a_result_of_1_x_is_believed_only_where_its_files_are() {
    let site = Site::new();
    let definition = site.define("shop");
    site.sql("UPDATE backup_definition SET retention_period = '100 years'");
    let archive = |name: &str| site.dump_dir().join(name).display().to_string();
    site.file(&site.dump_dir().join("good.sql"), b"0123456789");
    site.file(&site.dump_dir().join("short.sql"), b"01234");
    let write = |pid: u32, dump: &str, server: i32, status: &str| {
        let name = format!(
            "backup_jobs_pending_log_updates_nodeid_{}_{pid}.log",
            site.node
        );
        let path = site.pending_dir().join(name);
        let line = format!(
            "{definition}::{pid}::{server}::{}::shop::2020-11-01 06:00:00.000001::2020-11-01 06:00:06.000001::0:00:06::\
             {dump}::10::None::None::0::None::None::0::None::/var/log/pgbackman/pgbackman.log::{status}::CRON::::::postgres::9.6::9.6\n",
            site.node,
        );
        site.file(&path, line.as_bytes());
        let then = SystemTime::now() - Duration::from_secs(600);
        fs::File::open(&path).unwrap().set_modified(then).unwrap();
        path
    };
    let here = i32::try_from(site.server).unwrap();
    let all = [
        (
            "\"/etc/passwd\" is not in the directory",
            write(1, "/etc/passwd", here, "SUCCEEDED"),
        ),
        (
            "gone.sql is missing",
            write(2, &archive("gone.sql"), here, "WARNING"),
        ),
        (
            "short.sql has 5 bytes instead of 10",
            write(3, &archive("short.sql"), here, "SUCCEEDED"),
        ),
        (
            "it is a result of the backup server 99",
            write(4, &archive("good.sql"), 99, "SUCCEEDED"),
        ),
    ];
    let good = write(5, &archive("good.sql"), here, "SUCCEEDED");
    let failed = write(6, &archive("gone.sql"), here, "ERROR");
    let said = site.pass(Utc::now());
    assert_eq!(said.code, 1, "{}", said.stderr);
    for (reason, path) in &all {
        assert!(said.stderr.contains(reason), "{reason}: {}", said.stderr);
        let refused = site
            .pending_dir()
            .join("refused")
            .join(path.file_name().unwrap());
        assert!(!path.exists() && refused.exists(), "{}", path.display());
    }
    assert!(!good.exists() && !failed.exists());
    assert_eq!(
        site.sql("SELECT string_agg(procpid::text, ' ' ORDER BY procpid) FROM backup_catalog"),
        "5 6"
    );
    // A directory that may be another one says nothing of a result: it waits.
    fs::remove_file(site.partition(site.node).join(".pgbackman-directory")).unwrap();
    site.file(&site.dump_dir().join("gone.sql"), b"0123456789");
    let waits = write(7, &archive("gone.sql"), here, "SUCCEEDED");
    site.pass(Utc::now());
    assert!(waits.exists());
}

#[test]
fn r7_a_result_is_believed_only_where_its_files_are() {
    let site = Site::new();
    let definition = site.define("shop");
    let forged = |change: &dyn Fn(&mut BackupResult), day| {
        let mut result = result(&site, definition, day);
        change(&mut result);
        wait_for_import(&site, &result)
    };
    let passwd = || Some(PathBuf::from("/etc/passwd"));
    let elsewhere = site.node("node2", 5432, "STOPPED");
    let all: [(&str, PathBuf); 8] = [
        (
            "\"/etc/passwd\" is not in the directory \"dump\"",
            forged(&|r| r.dump.file = passwd(), 1),
        ),
        (
            "\"/etc/passwd\" is not in the directory \"dump\"",
            forged(&|r| r.roles.file = passwd(), 2),
        ),
        (
            "\"/etc/passwd\" is not in the directory \"log\"",
            forged(&|r| r.dump.log = passwd(), 3),
        ),
        // Another node's directory is none of this one's.
        (
            "is not in the directory",
            forged(&|r| r.node = NodeId::new(elsewhere), 4),
        ),
        (
            "lists file sizes that differ",
            forged(&|r| r.dump.size = Some(8), 5),
        ),
        (
            "it is a result of the backup server 99",
            forged(&|r| r.server = ServerId::new(99), 6),
        ),
        (
            "USERS.sql is missing",
            forged(
                &|r| fs::remove_file(r.roles.file.as_ref().unwrap()).unwrap(),
                7,
            ),
        ),
        ("belongs to another backup", {
            let mut another = result(&site, definition, 8);
            another.run_uuid = Uuid::new_v4();
            wait_for_import(&site, &another)
        }),
    ];
    // What failed has no files to look for, and what is whole is taken.
    forged(&|r| r.status = ExecutionStatus::Error, 9);
    let good = result(&site, definition, 10);
    wait_for_import(&site, &good);
    let said = site.pass(noon(11));
    assert_eq!(said.code, 1);
    assert_eq!(site.entries().len(), 2, "{}", said.stderr);
    for (reason, path) in &all {
        let begin = format!("could not import {}", path.display());
        let line = said.stderr.lines().find(|line| line.contains(&begin));
        let line = line.unwrap_or_else(|| panic!("{reason}: {}", said.stderr));
        assert!(line.contains(reason), "{reason}: {line}");
        let kept = site
            .pending_dir()
            .join("refused")
            .join(path.file_name().unwrap());
        assert!(kept.exists() && !path.exists(), "{reason}");
    }
    // What cannot be looked at waits.
    let waits = wait_for_import(&site, &result(&site, definition, 12));
    let (partition, away) = (site.partition(site.node), site.sandbox.home().join("away"));
    fs::rename(&partition, &away).unwrap();
    assert_eq!(site.pass(noon(13)).code, 1);
    assert!(waits.exists());
    assert_eq!(site.entries().len(), 2);
    fs::rename(&away, &partition).unwrap();
    site.pass(noon(13)).success();
    assert_eq!((site.entries().len(), waits.exists()), (3, false));
}
