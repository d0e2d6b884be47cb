//! The process that deletes: it hangs, it is slow, it dies, its answer is lost, it outlives its pass. Nothing counts as deleted that it
//! has not said to be deleted, and the rest of the pass goes on.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use chrono::Utc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgbackman_core::handoff::directory_mark;
use pgbackman_tests::processes::{children_of, is_running};
use pgbackman_tests::wait;

use super::kills::assert_nothing_is_lost;
use super::support::{DEADLINE, Site, noon};

/// What the process passes at one backup: two files of the archive and its directory, six other files, and that it is through.
const STEPS_OF_A_BACKUP: u64 = 10;

fn with_limit(site: &Site<'_>) -> Command {
    let mut command = site.command(noon(60));
    command.env("PGBACKMAN_TEST_LOOK_LIMIT", "1");
    command
}

fn claimed(site: &Site<'_>) -> String {
    site.sql("SELECT coalesce(string_agg(bck_id::text, ' ' ORDER BY bck_id), '') FROM backup_catalog WHERE deleting_since IS NOT NULL")
}

/// The files of a backup that are there.
fn there(site: &Site<'_>, backup: i64) -> usize {
    site.files_of(backup)
        .iter()
        .filter(|path| path.exists())
        .count()
}

#[test]
fn d1_a_deletion_that_hangs_holds_up_no_other_directory_and_claims_nothing_wrongly() {
    for (step, left) in [
        ("", 7),
        ("FileRemoved", 7),
        ("ArchiveRemoved", 6),
        ("BackupRemoved", 0),
    ] {
        let site = Site::new();
        let shop = site.define("shop");
        let here = [1, 2, 3].map(|day| site.backup(shop, noon(day)));
        let far = Site {
            node: site.node("node2", 5432, "STOPPED"),
            ..site
        };
        let crm = far.define("crm");
        let there_ = [1, 2, 3].map(|day| far.backup(crm, noon(day)));
        let node1 = far.number("SELECT min(node_id) FROM pgsql_node");
        let once = far.sandbox.backup_root().join("run").join("once");
        far.file(&once, b"");
        let mut command = with_limit(&far);
        if step.is_empty() {
            // It hangs before anything is claimed: one file is all that does not answer.
            let is_roles = |path: &PathBuf| path.to_string_lossy().ends_with("-USERS.sql");
            let roles = far.files_of(here[0]).into_iter().find(is_roles).unwrap();
            command.env("PGBACKMAN_TEST_HANG_BELOW", roles);
        } else {
            command
                .env("PGBACKMAN_TEST_STOP_AT", step)
                .env("PGBACKMAN_TEST_STOP_ONCE", &once);
        }
        let begun = Instant::now();
        let output = Site::run(&mut command, &["--cron"]);
        assert_eq!(output.code, 1, "{step}: {}", output.stderr);
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{step}: somebody waited for what hangs"
        );
        assert!(
            output.stderr.contains("did not respond within 5 s"),
            "{step}: {}",
            output.stderr
        );
        // The other node's went; here nothing is gone that was not said to be, and only the one it was at is claimed.
        assert_eq!(
            far.entries(),
            [here[0], here[1], here[2], there_[2]],
            "{step}"
        );
        assert_eq!(there(&far, here[0]), left, "{step}");
        assert_eq!(there(&far, here[1]), 7, "{step}: it was not asked for");
        let expected = if step.is_empty() {
            String::new()
        } else {
            here[0].to_string()
        };
        assert_eq!(claimed(&far), expected, "{step}");
        // What a call does that returns late, and then it answers again.
        let late = far
            .files_of(here[0])
            .into_iter()
            .find(|path| path.is_file() && !path.to_string_lossy().ends_with(".json"));
        if let (Some(late), false) = (late, step.is_empty()) {
            fs::remove_file(late).unwrap();
        }
        far.pass(noon(60)).success();
        assert_eq!(far.entries(), [here[2], there_[2]], "{step}");
        let near = Site { node: node1, ..far };
        assert_eq!(near.on_disk(), near.files_of(here[2]), "{step}");
    }
}

#[test]
fn d1_the_process_that_deletes_is_killed_at_each_step_and_nothing_counts_that_it_has_not_said() {
    let scene = || {
        let site = Site::new();
        let definition = site.define("shop");
        let backups = [1, 2, 3, 4].map(|day| site.backup(definition, noon(day)));
        (site, backups)
    };
    for after in (1..=STEPS_OF_A_BACKUP).chain([STEPS_OF_A_BACKUP * 2, STEPS_OF_A_BACKUP * 3]) {
        let (site, backups) = scene();
        let mut command = with_limit(&site);
        command
            .env("PGBACKMAN_TEST_KILL_AFTER", after.to_string())
            .env("PGBACKMAN_TEST_KILL_ALONE", "1");
        let output = Site::run(&mut command, &["--cron"]);
        assert_eq!(output.code, 1, "{after}: {}", output.stderr);
        assert!(
            output.stderr.contains("signal: 9"),
            "{after}: {}",
            output.stderr
        );
        assert_nothing_is_lost(&site, after);
        // Each process died when it had removed its last file, and what it had removed before was not flushed. Its answer, or the flush,
        // is lost: the entries stay, claimed. The third has a process of its own where two go together.
        let ended = if after == STEPS_OF_A_BACKUP * 2 { 2 } else { 3 };
        let stay: Vec<i64> = backups[..ended]
            .iter()
            .chain(&backups[3..])
            .copied()
            .collect();
        assert_eq!(site.entries(), stay, "{after}: {}", output.stderr);
        let expected: Vec<String> = backups[..ended].iter().map(i64::to_string).collect();
        assert_eq!(claimed(&site), expected.join(" "), "{after}");
        site.pass(noon(60)).success();
        site.assert_left(&backups[3..]);
    }
}

#[test]
fn d1_a_slow_deletion_is_not_given_up() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2].map(|day| site.backup(definition, noon(day)));
    let mut command = with_limit(&site);
    // Longer than the limit for the backup, never so long without a step.
    command.env("PGBACKMAN_TEST_SLOW", "700");
    let begun = Instant::now();
    Site::run(&mut command, &["--cron"]).success();
    assert!(begun.elapsed() > Duration::from_secs(6));
    site.assert_left(&backups[1..]);
}

/// It holds the lock of the backup that it is at.
#[test]
fn d1_a_process_that_outlives_its_pass_is_left_alone_by_the_next_one() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2, 3].map(|day| site.backup(definition, noon(day)));
    let archive = site
        .files_of(backups[0])
        .into_iter()
        .find(|path| path.is_dir());
    let archive = archive.unwrap();
    let mut command = site.command(noon(60));
    command.env("PGBACKMAN_TEST_SLOW", "60000");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // The harness would end what a daemon leaves behind.
    let mut pass = command.arg("--cron").spawn().unwrap();
    let leader = Pid::from_raw(pass.id().try_into().unwrap());
    wait::until(DEADLINE, "the first file to go", || {
        (fs::read_dir(&archive).unwrap().count() == 1).then_some(())
    });
    // Beside it waits the one that looks.
    let deletes = |pid: &Pid| {
        let line = fs::read_to_string(format!("/proc/{pid}/cmdline"));
        line.is_ok_and(|line| line.contains("--delete-files"))
    };
    let child = children_of(leader).into_iter().find(deletes).unwrap();
    pass.kill().unwrap();
    pass.wait().unwrap();
    assert!(is_running(child));
    // Both were claimed. The one that the old process is at is locked; the other one goes.
    let output = site.pass(noon(60));
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("is reading it"), "{}", output.stderr);
    assert_eq!(
        site.entries(),
        [backups[0], backups[2]],
        "{}",
        output.stderr
    );
    assert_eq!(there(&site, backups[0]), 7);
    assert_eq!(claimed(&site), backups[0].to_string());
    kill(child, Signal::SIGKILL).unwrap();
    wait::until(DEADLINE, "its end", || (!is_running(child)).then_some(()));
    site.pass(noon(60)).success();
    site.assert_left(&backups[2..]);
}

/// An unfinished file of a run that nobody remembers, older than any run may take.
fn unfinished(site: &Site<'_>) -> PathBuf {
    let path = site
        .dump_dir()
        .join("shop-node1.example.org-v15-defid1-cFULL-20201101T120000-USERS.sql.partial");
    site.file(&path, b"x");
    let then = SystemTime::now() - Duration::from_secs(40 * 3600);
    fs::File::open(&path).unwrap().set_modified(then).unwrap();
    path
}

#[test]
fn d1_unfinished_files_that_hang_hold_up_no_other_directory() {
    let near = Site::new();
    let hangs = unfinished(&near);
    let far = Site {
        node: near.node("node2", 5432, "STOPPED"),
        ..near
    };
    let other = unfinished(&far);
    let pass = |hang: bool| {
        let mut command = far.command(Utc::now());
        command.env("PGBACKMAN_TEST_LOOK_LIMIT", "1");
        if hang {
            command.env("PGBACKMAN_TEST_HANG_BELOW", &hangs);
        }
        Site::run(&mut command, &["--cron"])
    };
    let output = pass(true);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(
        output.stderr.contains("did not respond within 5 s"),
        "{}",
        output.stderr
    );
    assert!(hangs.exists() && !other.exists());
    pass(false).success();
    assert!(!hangs.exists());
}

#[test]
fn d1_a_directory_that_hangs_while_it_gets_its_mark_holds_up_no_other() {
    let site = Site::new();
    let (partition, shop) = (site.partition(site.node), site.define("shop"));
    let backups = [1, 2].map(|day| site.backup(shop, noon(day)));
    let mark = partition.join(directory_mark::FILE_NAME);
    fs::remove_file(&mark).unwrap();
    site.sql("DELETE FROM backup_directory_mark");
    let far = Site {
        node: site.node("node2", 5432, "STOPPED"),
        ..site
    };
    let crm = far.define("crm");
    let others = [1, 2].map(|day| far.backup(crm, noon(day)));
    let mut command = with_limit(&far);
    command.env("PGBACKMAN_TEST_HANG_AT", &partition);
    let output = Site::run(&mut command, &["--cron"]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(
        output.stderr.contains("did not respond within 5 s"),
        "{}",
        output.stderr
    );
    // Most of its backups were seen there: without a mark it is what it was.
    assert!(!mark.exists());
    assert_eq!(far.entries(), [backups[1], others[1]]);
    far.pass(noon(60)).success();
    assert!(mark.exists());
}

/// What hangs sleeps in the kernel: no signal ends it. As root, since a file system is mounted.
#[cfg(feature = "long")]
#[test]
fn d1_a_deletion_that_sleeps_in_the_kernel_holds_up_no_other_directory() {
    use pgbackman_tests::frozen_disk::FrozenDisk;
    use pgbackman_tests::namespace;

    if !namespace::available() {
        return;
    }
    let site = Site::new();
    let disk = FrozenDisk::over(&site.dump_dir());
    let shop = site.define("shop");
    let here = [1, 2, 3].map(|day| site.backup(shop, noon(day)));
    let far = Site {
        node: site.node("node2", 5432, "STOPPED"),
        ..site
    };
    let crm = far.define("crm");
    let others = [1, 2, 3].map(|day| far.backup(crm, noon(day)));
    disk.freeze();
    let mut command = with_limit(&far);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut pass = command.arg("--cron").spawn().unwrap();
    let leader = Pid::from_raw(pass.id().try_into().unwrap());
    let sleeps = |pid: &Pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.contains("State:\tD")
    };
    let asleep = wait::until(DEADLINE, "a process that sleeps in the kernel", || {
        children_of(leader).into_iter().find(sleeps)
    });
    assert_eq!(pass.wait().unwrap().code(), Some(1));
    // It was told to end, and cannot.
    assert!(sleeps(&asleep));
    assert_eq!(far.entries(), [here[0], here[1], here[2], others[2]]);
    assert_eq!(claimed(&far), here[0].to_string());
    assert_eq!(there(&far, here[1]), 7);
    disk.thaw();
    wait::until(DEADLINE, "its end", || (!is_running(asleep)).then_some(()));
    far.pass(noon(60)).success();
    assert_eq!(far.entries(), [here[2], others[2]]);
}
