//! Which cron serves this system, whether it reads our crontabs correctly, and whether it reads one of them twice.

use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_core::config::{Config, Scheduler};
use pgbackman_core::sys::cron_service::{self, Cron, Crons, Kind};
use pgbackman_core::sys::crontab::{FileOrigin, identify};

use super::Finding;

/// The recommended packages.
const SUPPORTED: &str =
    "install Debian's cron or cronie instead; both read every line as PgBackMan writes it";

/// The crons of this system, and the findings about them.
pub(super) struct Looked {
    /// The findings.
    pub(super) findings: Vec<Finding>,
    /// Whether all users may use `crontab` if there are no lists.
    pub(super) lets_everybody_in: bool,
}

/// Looks for running crons and inspects the directories that they read.
pub(super) fn inspect(config: &Config) -> Looked {
    let crons = cron_service::find();
    let mut findings = judge(&crons);
    if config.backup_server.scheduler == Scheduler::CronD {
        for directory in &config.backup_server.crontab_dirs {
            findings.extend(copies(directory, &crons.here));
        }
    }
    Looked {
        findings,
        lets_everybody_in: crons.here.iter().all(|cron| cron.kind.lets_everybody_in()),
    }
}

fn judge(crons: &Crons) -> Vec<Finding> {
    if crons.here.is_empty() {
        let elsewhere: Vec<String> = crons
            .elsewhere
            .iter()
            .map(|(name, pid)| format!("{name} (process {pid})"))
            .collect();
        let others = if elsewhere.is_empty() {
            String::new()
        } else {
            format!(
                "; other systems, such as containers, run {}",
                elsewhere.join(", ")
            )
        };
        return vec![Finding::error(
            "scheduler",
            "cron",
            format!("no cron runs on this system, so that no scheduled backup is taken{others}"),
            "install cron or cronie, and start it: systemctl enable --now cron (or cronie, or crond)",
        )];
    }
    let mut findings: Vec<Finding> = crons.here.iter().map(judge_one).collect();
    if crons.here.len() > 1 {
        let names: Vec<String> = crons.here.iter().map(ToString::to_string).collect();
        findings.push(Finding::warning(
            "scheduler",
            "cron",
            format!("{} crons are running: {}", names.len(), names.join(", ")),
            "stop all but one of them; otherwise each may start every backup",
        ));
    }
    findings
}

fn judge_one(cron: &Cron) -> Finding {
    if let Some(misreading) = cron.kind.misreading() {
        return Finding::error(
            "scheduler",
            "cron",
            format!("{cron} is running, but it reads crontabs differently: {misreading}"),
            SUPPORTED,
        );
    }
    if cron.kind == Kind::Unknown {
        return Finding::warning(
            "scheduler",
            "cron",
            format!("{cron} is running, but it is not known how it reads crontabs"),
            SUPPORTED,
        );
    }
    Finding::ok("scheduler", "cron", format!("{cron} is running"))
}

/// Copies of our crontabs under names that this cron reads too: it would start their backups twice.
fn copies(directory: &Path, crons: &[Cron]) -> Vec<Finding> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            crons.iter().any(|cron| cron.kind.reads(&name)) && is_copy(path)
        })
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|path| {
            Finding::warning(
                "scheduler",
                path.display().to_string(),
                "this is a copy of a crontab of pgbackman_control, and cron runs it too",
                "move it to another directory",
            )
        })
        .collect()
}

/// Whether the header of a file says that it is one of our crontabs under another name.
fn is_copy(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    matches!(identify(&text), FileOrigin::Node(_))
        && text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# File: "))
            .and_then(|original| Path::new(original).file_name())
            != path.file_name()
}

#[cfg(test)]
mod tests {
    use pgbackman_core::sys::cron_service::Package;

    use super::*;
    use crate::setup::check::finding::Level;

    fn cron(kind: Kind, name: &str) -> Cron {
        Cron {
            kind,
            name: name.to_owned(),
            program: Some(PathBuf::from("/usr/sbin/x")),
            package: Some(Package {
                name: name.to_owned(),
                version: "1.2-3".to_owned(),
            }),
        }
    }

    fn judged(here: Vec<Cron>) -> Vec<Finding> {
        judge(&Crons {
            here,
            elsewhere: Vec::new(),
        })
    }

    #[test]
    fn c9_the_cron_is_named_and_one_that_misreads_is_refused() {
        for (kind, name) in [(Kind::Debian, "cron"), (Kind::Cronie, "cronie")] {
            let found = judged(vec![cron(kind, name)]);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].level, Level::Ok);
            assert_eq!(
                found[0].found,
                format!("{name} 1.2-3 (/usr/sbin/x) is running")
            );
        }
        for (kind, name) in [
            (Kind::Bcron, "bcron"),
            (Kind::SystemdCron, "systemd-cron"),
            (Kind::BusyBox, "busybox"),
        ] {
            let found = judged(vec![cron(kind, name)]);
            assert_eq!(found[0].level, Level::Error, "{name}");
            assert!(found[0].found.contains(name), "{name}");
            assert!(found[0].advice.as_ref().unwrap().contains("cronie"));
        }
        assert_eq!(
            judged(vec![cron(Kind::Unknown, "x")])[0].level,
            Level::Warning
        );
    }

    #[test]
    fn c9_the_cron_of_a_container_is_none_of_ours() {
        let found = judge(&Crons {
            here: Vec::new(),
            elsewhere: vec![("crond".to_owned(), 812)],
        });
        assert_eq!(found[0].level, Level::Error);
        assert!(
            found[0]
                .found
                .contains("other systems, such as containers, run crond (process 812)")
        );
    }

    #[test]
    fn two_crons_are_one_too_many() {
        let found = judged(vec![
            cron(Kind::Debian, "cron"),
            cron(Kind::Cronie, "cronie"),
        ]);
        assert_eq!(found.len(), 3);
        assert_eq!(found[2].level, Level::Warning);
    }

    #[test]
    fn c11_a_copy_that_cronie_reads_is_named_and_debians_cron_ignores_it() {
        let directory = tempfile::tempdir().unwrap();
        let text = "# File: /etc/cron.d/pgsql_node_1\n#\n\
                    # This crontab is generated automatically by pgbackman_control\n# NodeID: 1\n";
        for name in ["pgsql_node_1", "pgsql_node_1.bak", "pgsql_node_1~"] {
            fs::write(directory.path().join(name), text).unwrap();
        }
        fs::write(directory.path().join("other.job"), "# not ours\n").unwrap();
        let named = |kind| copies(directory.path(), &[cron(kind, "x")]);
        assert_eq!(named(Kind::Debian), []);
        let found = named(Kind::Cronie);
        assert_eq!(found.len(), 1);
        assert!(found[0].of.ends_with("pgsql_node_1.bak"));
        fs::write(directory.path().join("pgsql_node_1_old"), text).unwrap();
        assert_eq!(named(Kind::Debian).len(), 1);
    }
}
