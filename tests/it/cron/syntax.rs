//! Which fields `crontab` accepts, against what a schedule accepts.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use pgbackman_core::domain::schedule::Schedule;
use pgbackman_tests::namespace::{self, Namespace};
use pgbackman_tests::sandbox::Sandbox;

/// Texts that are tried in each of the five fields.
const TEXTS: [&str; 76] = [
    "*", "**", "*/1", "*/2", "*/0", "*/", "*/-1", "*/x", "*/100", "*/1-2", "*-5", "*,5", "5,*",
    "0", "1", "00", "05", "005", "7", "8", "12", "13", "23", "24", "31", "32", "59", "60", "99",
    "100", "-1", "+1", "1.5", "1-5", "5-1", "5-5", "1-", "-5", "1-5-7", "1-5/2", "1-5/0", "1-5/",
    "1-5/9", "5/15", "0/5", "1,2,3", "1,,3", ",1", "1,", "1-3,5-7", "1-3,60", "1 2", "1, 2", "5#",
    "5x", "x5", "jan", "JAN", "Jan", "janu", "ja", "jan-mar", "dec-jan", "jan,mar", "mon", "MON",
    "monday", "mon-fri", "fri-sun", "sun-tue", "mon,wed", "0-7", "foo", "?", "L", "@daily",
];

/// Where a schedule is stricter than cron, because cron takes the text and then does something else than it says:
/// it skips what follows a complete value (`1.5` is 1), a blank begins the next field, and a backward range never runs.
const TAKEN_BUT_NOT_DONE: [&str; 10] = [
    "**", "*/1-2", "*-5", "1.5", "1-5-7", "1 2", "5#", "5-1", "dec-jan", "fri-sun",
];

/// The candidates that the real `crontab` program installs.
fn installed_by_crontab(candidates: &[[&str; 5]]) -> BTreeSet<usize> {
    let sandbox = Sandbox::for_namespace_without_catalogue();
    let inside = Namespace::around(&sandbox);
    let dir = sandbox.path().join("candidates");
    fs::create_dir(&dir).unwrap();
    for (number, fields) in candidates.iter().enumerate() {
        fs::write(
            dir.join(number.to_string()),
            format!("{} /bin/true\n", fields.join(" ")),
        )
        .unwrap();
    }
    // One process inside for all of them: entering costs more than asking.
    let script = "for file in *; do crontab -u pgbackman \"$file\" 2> /dev/null && echo \"$file\"; done; true";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).current_dir(&dir);
    inside
        .run(&command)
        .success()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect()
}

#[test]
fn trap_16_and_21_a_schedule_accepts_what_crontab_accepts() {
    if !namespace::available() {
        return;
    }
    let mut candidates = Vec::new();
    for text in TEXTS {
        for position in 0..5 {
            let mut fields = ["*"; 5];
            fields[position] = text;
            candidates.push(fields);
        }
    }
    candidates.push(["99", "77", "foo", "*", "*"]);
    let installed = installed_by_crontab(&candidates);

    let mut stricter = BTreeSet::new();
    for (number, fields) in candidates.iter().enumerate() {
        let (cron, domain) = (
            installed.contains(&number),
            Schedule::parse(*fields).is_ok(),
        );
        assert!(
            cron || !domain,
            "crontab refuses {fields:?}, a schedule takes it: the node's whole file would not run"
        );
        if cron && !domain {
            stricter.insert(*fields.iter().find(|text| **text != "*").unwrap_or(&"*"));
        }
    }
    assert_eq!(stricter, BTreeSet::from(TAKEN_BUT_NOT_DONE));
    assert!(
        installed.len() > 100 && installed.len() < candidates.len() - 100,
        "both answers occur"
    );
}
