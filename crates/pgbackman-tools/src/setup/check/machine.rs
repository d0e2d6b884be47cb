//! Checks of this machine: configuration, job user, programs, directories, and results that were refused.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::User as PasswdEntry;
use pgbackman_core::config::{Config, SYSTEM_PATH, Scheduler};
use pgbackman_core::handoff::pending;
use pgbackman_core::sys::free_space::free_space;
use pgbackman_core::sys::privilege::{PrivilegeError, User};

use super::Finding;

/// Less free space than this is a warning: it is the size of a small server's nightly backups.
const LITTLE_SPACE: u64 = 1 << 30;

/// Checks which configuration file is used.
pub(super) fn configuration(config: &Config) -> Vec<Finding> {
    vec![match &config.path {
        Some(path) => Finding::ok(
            "configuration",
            path.display().to_string(),
            format!(
                "the name of this backup server is {}",
                config.backup_server.fqdn()
            ),
        ),
        None => Finding::warning(
            "configuration",
            SYSTEM_PATH,
            format!(
                "the file is missing: all settings have their defaults, and the name of this backup server is {}",
                config.backup_server.fqdn()
            ),
            "create it with pgbackman_setup server",
        ),
    }]
}

/// Checks the job user.
pub(super) fn account(config: &Config, user: &Result<User, PrivilegeError>) -> Finding {
    let name = &config.backup_server.os_user;
    let user = match user {
        Ok(user) => user,
        Err(error) => {
            return Finding::error(
                "user",
                name,
                error.to_string(),
                "create it with pgbackman_setup server",
            );
        }
    };
    let shell = PasswdEntry::from_name(name)
        .ok()
        .flatten()
        .map(|entry| entry.shell)
        .unwrap_or_default();
    if !may_run_jobs(&shell) {
        return Finding::error(
            "user",
            name,
            format!(
                "its shell is {}, with which cron and at do not run jobs",
                shell.display()
            ),
            format!("usermod --shell /bin/sh {name}"),
        );
    }
    if !user.home.is_dir() {
        return Finding::warning(
            "user",
            name,
            format!(
                "its home directory {} is missing; .pgpass is expected there",
                user.home.display()
            ),
            format!(
                "install -d -m 0750 -o {name} -g {name} {}",
                user.home.display()
            ),
        );
    }
    Finding::ok(
        "user",
        name,
        format!("its home directory is {}", user.home.display()),
    )
}

/// Whether a shell runs commands; an empty one means /bin/sh (passwd(5)).
fn may_run_jobs(shell: &Path) -> bool {
    !shell
        .file_name()
        .is_some_and(|name| name == "nologin" || name == "false")
}

/// Checks the programs and directories that root can access.
pub(super) fn places(config: &Config, user: Option<&User>) -> Vec<Finding> {
    let section = &config.backup_server;
    let mut findings: Vec<Finding> = ["pgbackman_dump", "pgbackman_restore"]
        .iter()
        .map(|name| program(&section.program_dir.join(name)))
        .collect();
    if section.scheduler == Scheduler::CronD {
        findings.extend(section.crontab_dirs.iter().map(|dir| crontab_dir(dir)));
    }
    for root in &section.backup_roots {
        findings.extend(backup_root(root, user));
    }
    findings
}

fn program(path: &Path) -> Finding {
    let shown = path.display().to_string();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.mode() & 0o001 != 0 => {
            Finding::ok("program", shown, "installed")
        }
        Ok(_) => Finding::error(
            "program",
            &shown,
            "not all users may execute it",
            format!("chmod 0755 {shown}"),
        ),
        Err(error) => Finding::error(
            "program",
            shown,
            format!("jobs cannot run it: {error}"),
            "install PgBackMan's programs there, or set program_dir in [backup_server]",
        ),
    }
}

/// cron ignores files in a directory that root does not own; a directory of another user is as bad.
fn crontab_dir(path: &Path) -> Finding {
    let shown = path.display().to_string();
    match fs::metadata(path) {
        Ok(metadata)
            if metadata.is_dir() && metadata.uid() == 0 && metadata.mode() & 0o022 == 0 =>
        {
            Finding::ok("crontabs", shown, "owned by root")
        }
        Ok(metadata) if metadata.is_dir() => Finding::error(
            "crontabs",
            &shown,
            format!(
                "owned by user {} with mode {:04o}: others could change what root's cron runs",
                metadata.uid(),
                metadata.mode() & 0o7777
            ),
            format!("chown root:root {shown}; chmod 0755 {shown}"),
        ),
        Ok(_) => Finding::error("crontabs", &shown, "not a directory", "check what it is"),
        Err(error) => Finding::error(
            "crontabs",
            shown,
            format!("cannot write jobs: {error}"),
            "install cron, or set crontab_dirs in [backup_server]",
        ),
    }
}

fn backup_root(path: &Path, user: Option<&User>) -> Vec<Finding> {
    let shown = path.display().to_string();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            return vec![Finding::error(
                "backups",
                shown,
                format!("cannot use the directory for backups: {error}"),
                "create it with pgbackman_setup server; if it is to be a separate file system, mount that first",
            )];
        }
    };
    let mut findings = Vec::new();
    if let Some(user) = user.filter(|user| user.owner.uid != metadata.uid()) {
        findings.push(Finding::error(
            "backups",
            &shown,
            format!("owned by user {}, not by {}", metadata.uid(), user.name),
            format!("chown {} {shown}", user.name),
        ));
    }
    if metadata.mode() & 0o077 != 0 {
        findings.push(Finding::warning(
            "backups",
            &shown,
            format!(
                "its mode is {:04o}: other users can see file names in it",
                metadata.mode() & 0o7777
            ),
            format!("chmod 0700 {shown}"),
        ));
    }
    findings.push(match free_space(path) {
        Ok(bytes) if bytes < LITTLE_SPACE => Finding::warning(
            "backups",
            &shown,
            format!("{} MiB free", bytes >> 20),
            "free some space, or keep backups for a shorter time",
        ),
        Ok(bytes) => Finding::ok("backups", shown, format!("{} MiB free", bytes >> 20)),
        Err(error) => Finding::warning(
            "backups",
            shown,
            format!("cannot determine the free space: {error}"),
            "check whether the file system is mounted",
        ),
    });
    findings
}

/// Findings about backup directories to which the job user cannot write, as its own process reported.
pub(super) fn writable(
    directories: &[PathBuf],
    answers: &[Option<String>],
    user: &User,
) -> Vec<Finding> {
    directories
        .iter()
        .zip(answers)
        .filter_map(|(directory, problem)| {
            let problem = problem.as_ref()?;
            Some(Finding::error(
                "backups",
                directory.display().to_string(),
                format!("{} cannot write to it: {problem}", user.name),
                "check the owner, mode and mount options of this directory and its parents",
            ))
        })
        .collect()
}

/// Results that the catalogue has refused, so that an operator has to look at them.
pub(super) fn leftovers(config: &Config) -> Vec<Finding> {
    config
        .backup_server
        .backup_roots
        .iter()
        .filter_map(|root| {
            let refused = pending::directory(root).join("refused");
            let count = fs::read_dir(&refused).ok()?.count();
            (count > 0).then(|| {
                Finding::warning(
                    "results",
                    refused.display().to_string(),
                    format!("{count} results of jobs could not be registered"),
                    "the log of pgbackman_maintenance has the reasons; when a file is repaired, move it to the parent \
                     directory",
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use pgbackman_core::sys::privilege;

    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn a_shell_that_runs_nothing_is_known() {
        for shell in ["/usr/sbin/nologin", "/bin/false"] {
            assert!(!may_run_jobs(Path::new(shell)), "{shell}");
        }
        for shell in ["/bin/sh", "", "/usr/bin/fish"] {
            assert!(may_run_jobs(Path::new(shell)), "{shell}");
        }
    }

    #[test]
    fn a_root_that_others_see_is_a_warning_and_none_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let user = privilege::current_user().unwrap();
        let root = directory.path().join("backups");
        let worst = |root: &Path| {
            backup_root(root, Some(&user))
                .iter()
                .map(|finding| finding.level)
                .max()
                .unwrap()
        };
        assert_eq!(worst(&root), Level::Error);
        fs::create_dir(&root).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(worst(&root) >= Level::Warning);
        assert!(
            backup_root(&root, Some(&user))
                .iter()
                .any(|finding| finding.found.contains("0755"))
        );
    }

    #[test]
    fn a_program_that_nobody_may_run_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pgbackman_dump");
        assert_eq!(program(&file).level, Level::Error);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(program(&file).level, Level::Error);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(program(&file).level, Level::Ok);
    }
}
