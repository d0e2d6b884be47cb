//! cron and `at`: whether they run, and whether they let the jobs in.

use std::collections::BTreeSet;
use std::fs;

use pgbackman_core::config::{Config, Scheduler};
use pgbackman_core::sys::privilege;

use super::Finding;

/// Where the lists of those who may use cron and `at` lie.
const LISTS: &str = "/etc";

/// Every check.
pub(super) fn all(config: &Config) -> Vec<Finding> {
    let running = processes();
    let mut findings = vec![
        daemon(
            &running,
            &["cron", "crond"],
            "no backup is taken on its schedule",
        ),
        daemon(&running, &["atd"], "no snapshot and no restore begins"),
    ];
    // Files in /etc/cron.d, and jobs that root gives to `at`, need nobody's leave.
    if config.backup_server.scheduler == Scheduler::Crontab {
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
        findings.push(allowed("cron", &user, true));
        findings.push(allowed("at", &user, false));
    }
    findings
}

/// The names of all processes, as the kernel has them.
fn processes() -> BTreeSet<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| fs::read_to_string(entry.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect()
}

fn daemon(running: &BTreeSet<String>, names: &[&str], consequence: &str) -> Finding {
    let name = names[0];
    match names.iter().find(|name| running.contains(**name)) {
        Some(found) => Finding::ok("scheduler", name, format!("{found} runs")),
        None => Finding::error(
            "scheduler",
            name,
            format!("it does not run: {consequence}"),
            format!(
                "install it, and start it: systemctl enable --now {}",
                names.join(" (or ")
            ) + if names.len() > 1 { ")" } else { "" },
        ),
    }
}

/// Whether `crontab` or `at` takes something from a user, by their lists.
fn allowed(service: &'static str, user: &str, without_lists: bool) -> Finding {
    let list = |end: &str| fs::read_to_string(format!("{LISTS}/{service}.{end}")).ok();
    let (allow, deny) = (list("allow"), list("deny"));
    if may_use(allow.as_deref(), deny.as_deref(), user, without_lists) {
        return Finding::ok("scheduler", service, format!("{user} may use it"));
    }
    let (file, action) = if allow.is_some() {
        (format!("{LISTS}/{service}.allow"), "add the user to")
    } else if deny.is_some() {
        (format!("{LISTS}/{service}.deny"), "take the user out of")
    } else {
        (format!("{LISTS}/{service}.allow"), "write the user into")
    };
    Finding::error(
        "scheduler",
        service,
        format!("{user} may not use it"),
        format!("{action} {file}"),
    )
}

/// Where there is a list of who is allowed, only they are; else those who are not denied; without lists, everybody may use
/// Debian's `crontab` (crontab(1)), and only root `at` (at(1)).
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
    fn a_scheduler_that_does_not_run_is_an_error() {
        let running = BTreeSet::from(["crond".to_owned()]);
        assert_eq!(daemon(&running, &["cron", "crond"], "x").level, Level::Ok);
        let missing = daemon(&running, &["atd"], "no snapshot begins");
        assert_eq!(missing.level, Level::Error);
        assert!(missing.found.contains("no snapshot begins"));
    }
}
