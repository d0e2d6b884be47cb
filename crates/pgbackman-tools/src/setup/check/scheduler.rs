//! Checks of cron and `at`: whether they run, and whether the job user may use them.

use std::fs;
use std::path::Path;

use pgbackman_core::config::{Config, Scheduler};
use pgbackman_core::sys::{privilege, running};

use super::{Finding, cron};

/// The directory with the lists of users who may use cron and `at`.
const LISTS: &str = "/etc";
/// The programs of `at` that control starts, with their paths.
const OF_AT: [&str; 3] = ["/usr/bin/at", "/usr/bin/atq", "/usr/bin/atrm"];
/// The program that control starts to change a user's crontab.
const CRONTAB: [&str; 1] = ["/usr/bin/crontab"];

/// Runs every check.
pub(super) fn all(config: &Config) -> Vec<Finding> {
    let looked = cron::inspect(config);
    let mut findings = looked.findings;
    let serves = |process: &running::Process| process.of_this_system && process.name == "atd";
    findings.push(at(
        missing(&OF_AT),
        running::all(Path::new("/proc")).iter().any(serves),
    ));
    // Files in /etc/cron.d, and jobs that root submits to `at`, need no permission.
    if config.backup_server.scheduler == Scheduler::Crontab {
        findings.extend(crontab(missing(&CRONTAB)));
        let user = privilege::current_user().map_or_else(
            |_| config.backup_server.os_user.clone(),
            |user| {
                if user.owner.uid == 0 {
                    config.backup_server.os_user.clone()
                } else {
                    user.name
                }
            },
        );
        findings.push(allowed("cron", &user, looked.lets_everybody_in));
        findings.push(allowed("at", &user, false));
    }
    findings
}

/// The first of these files that is missing.
fn missing(programs: &[&'static str]) -> Option<&'static str> {
    programs
        .iter()
        .copied()
        .find(|program| !Path::new(program).is_file())
}

fn crontab(missing: Option<&str>) -> Option<Finding> {
    missing.map(|program| {
        Finding::error(
            "scheduler",
            "crontab",
            format!("{program} is not installed: no scheduled backup is taken"),
            "install cron or cronie, or set scheduler = \"cron.d\"",
        )
    })
}

fn at(missing: Option<&str>, runs: bool) -> Finding {
    const CONSEQUENCE: &str = "snapshots and restores do not start";
    if let Some(program) = missing {
        return Finding::error(
            "scheduler",
            "at",
            format!("{program} is not installed: {CONSEQUENCE}"),
            "install the package `at`, and start its daemon: systemctl enable --now atd",
        );
    }
    if !runs {
        return Finding::error(
            "scheduler",
            "atd",
            format!("atd does not run on this system: {CONSEQUENCE}"),
            "start it: systemctl enable --now atd",
        );
    }
    Finding::ok("scheduler", "atd", "atd is running")
}

/// Checks whether `crontab` or `at` accepts jobs from a user, by their lists.
fn allowed(service: &'static str, user: &str, without_lists: bool) -> Finding {
    let list = |end: &str| fs::read_to_string(format!("{LISTS}/{service}.{end}")).ok();
    let (allow, deny) = (list("allow"), list("deny"));
    if may_use(allow.as_deref(), deny.as_deref(), user, without_lists) {
        return Finding::ok("scheduler", service, format!("{user} may use it"));
    }
    let (file, action) = if allow.is_some() {
        (format!("{LISTS}/{service}.allow"), "add the user to")
    } else if deny.is_some() {
        (format!("{LISTS}/{service}.deny"), "remove the user from")
    } else {
        (format!("{LISTS}/{service}.allow"), "add the user to")
    };
    Finding::error(
        "scheduler",
        service,
        format!("{user} may not use it"),
        format!("{action} {file}"),
    )
}

/// If there is a list of allowed users, only they are allowed; otherwise all users who are not denied. Without lists,
/// all users may use Debian's `crontab` (crontab(1)), but only root may use that of cronie, and `at` (at(1)).
fn may_use(allow: Option<&str>, deny: Option<&str>, user: &str, without_lists: bool) -> bool {
    let names = |list: &str| list.lines().any(|line| line.trim() == user);
    match (allow, deny) {
        (Some(allow), _) => names(allow),
        (None, Some(deny)) => !names(deny),
        (None, None) => without_lists || user == "root",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn the_list_of_the_allowed_wins_and_none_leaves_at_to_root() {
        assert!(may_use(
            Some("a\npgbackman\n"),
            Some("pgbackman"),
            "pgbackman",
            false
        ));
        assert!(!may_use(Some("a\n"), None, "pgbackman", true));
        assert!(!may_use(None, Some("pgbackman\n"), "pgbackman", true));
        assert!(may_use(None, Some("pgback\n"), "pgbackman", false));
        assert!(may_use(None, None, "pgbackman", true));
        assert!(!may_use(None, None, "pgbackman", false));
        assert!(may_use(None, None, "root", false));
    }

    #[test]
    fn c9_an_at_that_is_not_there_or_does_not_run_is_an_error() {
        assert_eq!(at(None, true).level, Level::Ok);
        let stopped = at(None, false);
        assert_eq!(stopped.level, Level::Error);
        assert!(stopped.found.contains("does not run"));
        let missing = at(Some("/usr/bin/atq"), true);
        assert_eq!(missing.level, Level::Error);
        assert!(missing.found.contains("/usr/bin/atq is not installed"));
        assert!(missing.advice.unwrap().contains("install the package `at`"));
    }

    #[test]
    fn f6_the_programs_are_looked_for_as_files() {
        assert_eq!(missing(&["/bin/sh"]), None);
        assert_eq!(missing(&["/bin/sh", "/nowhere/atq"]), Some("/nowhere/atq"));
        // A directory is no program.
        assert_eq!(missing(&["/usr"]), Some("/usr"));
        assert!(crontab(None).is_none());
        let finding = crontab(Some("/usr/bin/crontab")).unwrap();
        assert_eq!(finding.level, Level::Error);
    }
}
