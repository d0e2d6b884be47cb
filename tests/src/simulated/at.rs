//! The queue of `at` without `atd`: which jobs are due at a minute, and what runs them.

use std::process::Command;

use chrono::{DateTime, Utc};

use super::NOW;
use crate::namespace::Namespace;
use crate::sandbox::Output;

/// Where `at` puts its jobs: a file per job, whose name begins with the queue's letter and the number in five hexadecimal
/// digits and ends in the time in minutes since 1970 in eight.
const SPOOL: &str = "/var/spool/cron/atjobs";

/// Runs every job of the namespace's queue whose minute has come, as `atd` does: once, and then its file is removed. Gives
/// the jobs' texts with what they said.
pub fn run_due(inside: &Namespace, now: DateTime<Utc>) -> Vec<(String, Output)> {
    let mut find = Command::new("find");
    find.args([SPOOL, "-type", "f", "-name", "[a-z]*", "-printf", "%f\n"]);
    let listed = inside.run(&find).success();
    let due = listed.lines().filter(|file| {
        let minute = file
            .get(6..)
            .and_then(|hex| i64::from_str_radix(hex, 16).ok());
        minute.is_some_and(|minute| minute <= now.timestamp() / 60)
    });
    due.map(|file| run(inside, &format!("{SPOOL}/{file}"), now))
        .collect()
}

fn run(inside: &Namespace, path: &str, now: DateTime<Utc>) -> (String, Output) {
    let text = inside.run(Command::new("cat").arg(path)).success();
    let mut job = Command::new("env");
    job.args([
        "-i",
        &format!("{NOW}={}", now.to_rfc3339()),
        "/bin/sh",
        path,
    ])
    .current_dir("/");
    let output = inside.run(&job);
    inside.run(Command::new("rm").arg(path)).success();
    (text, output)
}
