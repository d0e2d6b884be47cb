//! Several backup servers, each with its daemon.

use std::collections::BTreeSet;
use std::fs;
use std::thread;

use serde_json::Value;

use super::support::Site;

/// A second server's daemon beside backup01's: the same catalogue, another name.
fn pass_of_backup02(site: &Site, at: &str) -> i32 {
    let config = fs::read_to_string(site.sandbox.config_path()).unwrap();
    let path = site.sandbox.path().join("backup02.conf");
    fs::write(
        &path,
        config.replace("backup01.example.net", "backup02.example.net"),
    )
    .unwrap();
    let mut command = site.sandbox.bare_command("pgbackman_alerts_observed");
    command
        .arg("--config")
        .arg(path)
        .arg("--once")
        .env("PGBACKMAN_TEST_NOW", at);
    pgbackman_tests::sandbox::run(&mut command, b"", super::support::DEADLINE).code
}

/// The alerts that the command was given, each document on a line of its own.
fn told(site: &Site) -> Vec<i64> {
    let taken = fs::read_to_string(site.sandbox.backup_root().join("taken")).unwrap_or_default();
    let documents = taken
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    documents
        .flat_map(|document| document["alerts"].as_array().unwrap().clone())
        .map(|alert| alert["alert_id"].as_i64().unwrap())
        .collect()
}

fn site() -> Site {
    let mut site = Site::new();
    site.sql("SELECT register_backup_server('backup02', 'example.net', 'RUNNING', '')");
    let taken = site.sandbox.backup_root().join("taken");
    let script = site.script("page", &format!("cat >> {0}; echo >> {0}", taken.display()));
    site.configure(
        "alert_command",
        &format!("[{:?}]", script.display().to_string()),
    );
    site
}

#[test]
fn a_daemon_sends_its_own_servers_alerts_and_those_of_a_server_whose_daemon_is_gone() {
    let site = site();
    let definition = site.define("shop");
    let alive = |at: &str| {
        site.sql(&format!(
            "SELECT note_sign_of_life(1, 'alerts', '2.0.0', 1, '1 day', '5 min', '{{}}', '{at}')"
        ));
    };
    alive("2020-11-21T04:09:00Z");
    site.ran(definition, "2020-11-21T04:00:02Z", "ERROR", 0);
    assert_eq!(pass_of_backup02(&site, "2020-11-21T04:10:00Z"), 0);
    assert_eq!(told(&site), Vec::<i64>::new());
    // Not heard of for its five minutes and ten more.
    assert_eq!(pass_of_backup02(&site, "2020-11-21T04:23:00Z"), 0);
    assert_eq!(told(&site), Vec::<i64>::new());
    assert_eq!(pass_of_backup02(&site, "2020-11-21T04:25:00Z"), 0);
    assert_eq!(told(&site), [1]);
    site.pass("2020-11-21T04:26:00Z").success();
    assert_eq!(told(&site), [1], "back again, it does not send it again");
}

#[test]
fn two_daemons_at_the_same_time_send_everything_once() {
    let site = site();
    let definition = site.define("shop");
    for minute in 10..40 {
        site.ran(
            definition,
            &format!("2020-11-21T04:{minute}:02Z"),
            "ERROR",
            0,
        );
    }
    // Neither has been heard of: both look after both servers.
    thread::scope(|scope| {
        let first = scope.spawn(|| site.pass("2020-11-21T05:00:00Z").code);
        let second = scope.spawn(|| pass_of_backup02(&site, "2020-11-21T05:00:00Z"));
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (0, 0));
    });
    site.pass("2020-11-21T06:00:00Z").success();
    let all = told(&site);
    assert_eq!(all.len(), 30, "{all:?}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 30);
}
