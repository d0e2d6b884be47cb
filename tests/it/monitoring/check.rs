//! `pgbackman_status_info`: one value as in 1.2, and the check.

use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::sandbox::Sandbox;

use super::scene::{self, backup, define, define_at, healthy_daemons, register, sql, status_info};

/// The check's exit status and line.
fn check(sandbox: &Sandbox<'_>, words: &[&str]) -> (i32, String) {
    let mut all = vec!["--check"];
    all.extend(words);
    let said = status_info(sandbox, &all);
    assert_eq!(said.stderr, "");
    assert_eq!(said.stdout.lines().count(), 1, "{:?}", said.stdout);
    (said.code, said.stdout.trim_end().to_owned())
}

#[test]
fn one_value_is_printed_as_1_2_did() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    let definition = define(&sandbox, "shop").to_string();
    sql(&sandbox, "SELECT update_job_queue(1, 1)");
    let value = |words: &[&str]| {
        let said = status_info(&sandbox, words);
        (said.code, said.stdout.trim_end().to_owned())
    };
    assert_eq!(value(&["-p", "job_queue"]), (0, "1".to_owned()));
    assert_eq!(
        value(&["-p", "job_queue", "-b", "backup01.example.net"]),
        (0, "1".to_owned())
    );
    let last = [
        "--parameter-status",
        "backup_last_status",
        "-d",
        &definition,
    ];
    assert_eq!(value(&last), (0, "unknown".to_owned()));
    for (ago, status, word) in [
        ("3 h", "SUCCEEDED", "succeeded"),
        ("2 h", "ERROR", "error"),
        ("1 h", "WARNING", "warning"),
    ] {
        backup(&sandbox, definition.parse().unwrap(), ago, status);
        assert_eq!(value(&last), (0, word.to_owned()));
    }
    assert_eq!(
        value(&["-p", "backup_last_status", "-d", "99"]),
        (0, "unknown".to_owned())
    );
    // What is wrong is said on standard error, by the table of exit codes.
    let unknown = status_info(&sandbox, &["-p", "job_queue", "-b", "nowhere"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (1, ""));
    assert!(unknown.stderr.contains("nowhere"), "{}", unknown.stderr);
    assert_eq!(status_info(&sandbox, &["-p", "backup_last_status"]).code, 2);
    assert_eq!(status_info(&sandbox, &["-p", "weather"]).code, 2);
    assert_eq!(status_info(&sandbox, &[]).code, 2);
}

#[test]
fn the_check_has_its_three_states() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    let definition = define(&sandbox, "shop");
    backup(&sandbox, definition, "1 min", "SUCCEEDED");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 0, "{line}");
    assert!(
        line.starts_with("PGBACKMAN OK - 1 backup definition is OK | definitions=1;;;0 failing=0;0;0;0 missed=0;0;1;0 \
            oldest="),
        "{line}"
    );
    assert!(
        line.ends_with("queue=0;;;0 queue_age=0s;299;1799;0 free=50.0%;10:;5:;0;100"),
        "{line}"
    );

    // Less room than a warning needs.
    sql(
        &sandbox,
        r#"SELECT note_partition_space(1, '[{"path": "/srv/pgbackman", "total_bytes": 1000, "free_bytes": 80, "node_ids": [1]}]', '{}', NULL)"#,
    );
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 1, "{line}");
    assert!(
        line.starts_with(
            "PGBACKMAN WARNING - /srv/pgbackman on backup01.example.net has 8.0 % free |"
        ),
        "{line}"
    );
    assert_eq!(check(&sandbox, &["--warning-space", "5%"]).0, 0);
    assert_eq!(check(&sandbox, &["--critical-space", "9"]).0, 2);
    // Control looks every minute; what it has not seen for a quarter of an hour may not be there.
    for (ago, said) in [("13 min", false), ("16 min", true)] {
        sql(
            &sandbox,
            &format!("UPDATE backup_partition_space SET observed = now() - interval '{ago}'"),
        );
        let (code, line) = check(&sandbox, &["--warning-space", "5%"]);
        assert_eq!(
            (code == 1, line.contains("could not be checked since 20")),
            (said, said),
            "{line}"
        );
    }
    sql(
        &sandbox,
        "UPDATE backup_partition_space SET observed = now()",
    );

    backup(&sandbox, definition, "30 s", "ERROR");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 2, "{line}");
    assert!(
        line.contains("PGBACKMAN CRITICAL - DefID 1 (shop on pg1.example.net:5432) failed 20"),
        "{line}"
    );
    assert!(
        line.contains("1 times since its last backup; /srv/pgbackman on"),
        "the worst comes first: {line}"
    );
}

#[test]
fn a_run_that_cron_did_not_start_is_told_within_its_grace_and_one_that_was_late_is_not() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    // Every hour; the last one began 30 minutes ago, however late: none is missing that is 15 minutes late.
    let minute: u32 = sql(
        &sandbox,
        "SELECT extract(minute FROM now() - interval '40 min')::int",
    )
    .parse()
    .unwrap();
    let definition = define_at(&sandbox, "shop", &format!("{minute} * * * *"));
    backup(&sandbox, definition, "30 min", "SUCCEEDED");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 0, "{line}");
    // The last one began before the last hour's time, which is over for longer than the grace, and not for longer than 50 min.
    sql(
        &sandbox,
        "UPDATE backup_catalog SET started = now() - interval '55 min', finished = now() - interval '54 min'; \
         UPDATE definition_last_run SET started = now() - interval '55 min'",
    );
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 1, "{line}");
    assert!(
        line.contains("DefID 1 (shop on pg1.example.net:5432) missed 1 runs since 20"),
        "{line}"
    );
    assert_eq!(check(&sandbox, &["--grace", "50min"]).0, 0);
    assert_eq!(check(&sandbox, &["--critical-missed", "1"]).0, 2);
    // One that goes on is not missing.
    sql(
        &sandbox,
        "SELECT begin_backup_run('6d5dd5d6-6f4a-4be4-9b43-9f0a3c6d8f10', 1, NULL, 1, 1, 4711, now() - interval '39 min')",
    );
    assert_eq!(check(&sandbox, &[]).0, 0);
    // Nor is one whose entry is gone: its beginning is remembered.
    sql(&sandbox, "DELETE FROM run_in_progress");
    assert_eq!(check(&sandbox, &[]).0, 0);
    sql(
        &sandbox,
        "UPDATE definition_last_run SET started = now() - interval '55 min'",
    );
    assert_eq!(check(&sandbox, &[]).0, 1);
    // Nor is what nobody expects; that nothing runs is said all the same.
    sql(&sandbox, "UPDATE pgsql_node SET status = 'STOPPED'");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 1, "{line}");
    assert!(
        !line.contains("missed 1 runs")
            && line.contains("no backup definition is scheduled (1 stopped): nothing is backed up")
            && line.contains("PgSQL node pg1.example.net:5432 is STOPPED: 1 ACTIVE backup definition on it does not run"),
        "{line}"
    );
    // What it had no chance to do is not missing when it comes back: it is judged from then on.
    sql(
        &sandbox,
        "UPDATE backup_catalog SET started = now() - interval '5 days', finished = now() - interval '5 days'; \
         UPDATE definition_last_run SET started = now() - interval '5 days'; \
         UPDATE pgsql_node SET status = 'RUNNING'",
    );
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 1 && line.contains("was last backed up 20") && line.contains(" missed=0;"),
        "nothing is missing, but the only backup is five days old: {line}"
    );
    assert_eq!(check(&sandbox, &["--warning-age", "6d"]).0, 0);
    sql(
        &sandbox,
        "UPDATE pgsql_node SET status_since = now() - interval '44 min'",
    );
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 1 && line.contains("missed 1 runs since 20"),
        "{line}"
    );
    // The same with a definition.
    sql(
        &sandbox,
        "UPDATE backup_definition SET job_status = 'STOPPED'",
    );
    let (_, line) = check(&sandbox, &[]);
    assert!(!line.contains("missed 1 runs"), "{line}");
    sql(
        &sandbox,
        "UPDATE backup_definition SET job_status = 'ACTIVE'",
    );
    assert_eq!(check(&sandbox, &["--warning-age", "6d"]).0, 0);
    // Where results may wait in files another grace time is given.
    sql(
        &sandbox,
        "UPDATE backup_definition SET registered = now() - interval '44 min'",
    );
    assert_eq!(check(&sandbox, &["--warning-age", "6d"]).0, 1);
    sql(
        &sandbox,
        r#"SELECT note_sign_of_life(1, 'control', '2.0.0', 1, '1 hour', '5 min', '{"pending_files": 1}', NULL)"#,
    );
    let (_, line) = check(&sandbox, &[]);
    assert!(line.contains(" missed=0;"), "{line}");
}

#[test]
fn daemons_pending_results_and_waiting_jobs_are_judged() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    let definition = define(&sandbox, "shop");
    backup(&sandbox, definition, "1 min", "SUCCEEDED");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 2, "{line}");
    assert!(
        line.contains("control on backup01.example.net has never sent a heartbeat"),
        "{line}"
    );
    healthy_daemons(&sandbox);
    assert_eq!(check(&sandbox, &[]).0, 0);
    let note = |daemon: &str, facts: &str, as_of: &str| {
        sql(
            &sandbox,
            &format!(
                "SELECT note_sign_of_life(1, '{daemon}', '2.0.0', 1, '1 hour', '5 min', '{facts}', {as_of})"
            ),
        );
    };
    note(
        "control",
        r#"{"pending_files": 12, "refused_files": 1, "failing": 1, "last_error": "disk full"}"#,
        "NULL",
    );
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 2, "{line}");
    for part in [
        "12 pending result files",
        "1 unreadable result files",
        "(1): disk full",
        "pending=12;0;9;0",
        "refused=1;0;;0",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert_eq!(check(&sandbox, &["--critical-pending", "13"]).0, 1);
    note("control", "{}", "now() - interval '6 min'");
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 2 && line.contains("control on backup01.example.net last sent a heartbeat 20"),
        "{line}"
    );
    healthy_daemons(&sandbox);
    note(
        "alerts",
        r#"{"failing": 3, "last_error": "connection refused"}"#,
        "NULL",
    );
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 1 && line.contains("cannot deliver alerts (3): connection refused"),
        "{line}"
    );
    sql(
        &sandbox,
        "DELETE FROM daemon_sign_of_life WHERE daemon = 'alerts'",
    );
    sql(
        &sandbox,
        "SELECT update_job_queue(1, 1); UPDATE job_queue SET registered = now() - interval '6 min'",
    );
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 1
            && line
                .contains("1 jobs have been waiting for control on backup01.example.net, up to 36"),
        "{line}"
    );
    // What has no definition at all is no peace.
    sql(
        &sandbox,
        "DELETE FROM job_queue; DELETE FROM backup_catalog; DELETE FROM backup_definition; DELETE FROM job_queue",
    );
    let (code, line) = check(&sandbox, &[]);
    assert!(code == 1 && line.contains("nothing is backed up"), "{line}");
}

#[test]
fn a_server_a_node_and_a_definition_are_checked_alone() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    let good = define(&sandbox, "good");
    backup(&sandbox, good, "1 min", "SUCCEEDED");
    let bad = define(&sandbox, "bad");
    backup(&sandbox, bad, "1 min", "ERROR");
    sql(
        &sandbox,
        "SELECT register_backup_server('backup02', 'example.net', 'RUNNING', ''), \
             register_pgsql_node('pg2', 'example.net', 5432, 'postgres', 'RUNNING', '')",
    );
    assert_eq!(check(&sandbox, &["-d", &good.to_string()]).0, 0);
    assert_eq!(check(&sandbox, &["-d", &bad.to_string()]).0, 2);
    let (code, line) = check(&sandbox, &["-b", "backup01.example.net"]);
    assert!(code == 2 && !line.contains("backup02"), "{line}");
    let (code, line) = check(&sandbox, &["-b", "2"]);
    assert!(
        code == 2 && line.contains("control on backup02.example.net has never sent a heartbeat"),
        "{line}"
    );
    let (code, line) = check(&sandbox, &["-n", "pg1.example.net"]);
    assert!(
        code == 2 && line.contains("bad on pg1") && !line.contains("backup02"),
        "{line}"
    );
    // A check that cannot be made is neither good nor bad.
    for words in [&["-b", "nowhere"], &["-n", "nowhere"], &["-d", "99"]] {
        let (code, line) = check(&sandbox, words);
        assert_eq!(code, 3, "{line}");
        assert!(line.starts_with("PGBACKMAN UNKNOWN - "), "{line}");
    }
    assert_eq!(
        status_info(&sandbox, &["--check", "--warning-space", "many"]).code,
        3
    );
}

#[test]
fn hostile_names_stay_in_one_line_and_out_of_the_performance_data() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    for name in scene::HOSTILE {
        let definition = define(&sandbox, name);
        backup(&sandbox, definition, "1 min", "ERROR");
        let (code, line) = check(&sandbox, &["-d", &definition.to_string()]);
        assert_eq!(code, 2, "{line}");
        assert!(
            !line.contains(char::is_control) && !line.contains('\u{2028}'),
            "{line:?}"
        );
        let (text, performance) = line.split_once('|').unwrap();
        assert!(text.contains("on pg1.example.net:5432) failed"), "{line}");
        assert!(
            !performance.contains('|') && performance.starts_with(" definitions=1;;;0 failing=1;"),
            "{line}"
        );
    }
}

#[test]
fn a_catalogue_that_is_away_or_hangs_is_unknown_in_time() {
    let cluster = Cluster::private(Version::Installed);
    let proxy = Proxy::unix(&cluster);
    let mut sandbox = Sandbox::on(&cluster);
    register(&sandbox);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    assert_eq!(check(&sandbox, &[]).0, 2);
    proxy.set(Mode::Hang);
    let began = std::time::Instant::now();
    let (code, line) = check(&sandbox, &["--timeout", "1s"]);
    assert_eq!(code, 3, "{line}");
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    proxy.set(Mode::Pass);
    cluster.stop(StopMode::Fast);
    let (code, line) = check(&sandbox, &[]);
    assert!(
        code == 3 && line.starts_with("PGBACKMAN UNKNOWN - could not connect"),
        "{line}"
    );
    assert_eq!(status_info(&sandbox, &["-p", "job_queue"]).code, 4);
}
