//! The services: systemd units with what this configuration needs in addition, or the init script of a machine
//! without systemd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgbackman_core::config::{Config, Scheduler};
use pgbackman_core::error::ProgramError;
use pgbackman_core::sys::atomic_file;

use super::{Steps, places};
use crate::setup::{failure, say};

/// Exists while systemd is the running init system (sd_booted(3)).
const SYSTEMD_RUNS: &str = "/run/systemd/system";
/// The unit directories of packages and of administrators.
const UNIT_DIRECTORIES: [&str; 3] = [
    "/etc/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
/// The directory of drop-ins for units.
const ADDITIONS: &str = "/etc/systemd/system";
/// The init script of a machine without systemd.
const SCRIPT: &str = "/etc/init.d/pgbackman";
/// The unit of a private catalogue.
const CATALOGUE_UNIT: &str = "pgbackman-catalogue.service";

/// The services of a backup server, in the order in which they are started. The exporter is not included: the
/// administrator decides whether it listens, and to whom.
const SERVICES: [&str; 3] = ["control", "maintenance", "alerts"];

/// The paths that the packages' units allow; other paths have to be added.
const SHIPPED_ROOT: &str = "/srv/pgbackman";
const SHIPPED_CRONTABS: &str = "/etc/cron.d";
const SHIPPED_LOG: &str = "/var/log/pgbackman";
const SHIPPED_USER: &str = "pgbackman";

/// Enables and starts the installed services.
pub(super) fn start(
    steps: Steps,
    config: &Config,
    embedded: Option<&Path>,
) -> Result<(), ProgramError> {
    if Path::new(SYSTEMD_RUNS).is_dir() {
        return by_systemd(steps, config, embedded);
    }
    if Path::new(SCRIPT).exists() {
        return by_script(steps);
    }
    say(
        "There is neither systemd nor /etc/init.d/pgbackman on this machine: make sure yourself that \
         pgbackman_control and pgbackman_maintenance run.",
    );
    Ok(())
}

fn by_systemd(steps: Steps, config: &Config, embedded: Option<&Path>) -> Result<(), ProgramError> {
    let installed: Vec<String> = SERVICES
        .iter()
        .map(|service| format!("pgbackman-{service}.service"))
        .filter(|unit| unit_is_installed(unit))
        .collect();
    for service in ["control", "maintenance", "alerts", "exporter"] {
        add(steps, service, config)?;
    }
    steps.perform("systemd has reloaded its units", || {
        run("systemctl", &["daemon-reload"])
    })?;
    if let Some(dir) = embedded {
        hand_over_catalogue(steps, dir)?;
    }
    if installed.is_empty() {
        say(
            "No unit of PgBackMan is installed (pgbackman-control.service); install the packages, which contain them.",
        );
        return Ok(());
    }
    if config.backup_server.scheduler == Scheduler::Crontab {
        say(
            "scheduler is \"crontab\", but the units are written for \"cron.d\". Run pgbackman_control as the user \
             whose crontab it manages (see the manual: installation, \"Without root\").",
        );
        return Ok(());
    }
    let mut units: Vec<&str> = installed.iter().map(String::as_str).collect();
    if unit_is_installed("pgbackman.service") {
        units.insert(0, "pgbackman.service");
    }
    steps.perform(&format!("enabled: {}", units.join(", ")), || {
        run("systemctl", &[&["enable", "--quiet"], &units[..]].concat())
    })?;
    // Running daemons read the configuration only when they start.
    steps.perform(&format!("started: {}", units.join(", ")), || {
        run("systemctl", &[&["restart"], &units[..]].concat())
    })
}

fn unit_is_installed(unit: &str) -> bool {
    UNIT_DIRECTORIES
        .iter()
        .any(|directory| Path::new(directory).join(unit).is_file())
}

/// Makes systemd manage the server that the setup has started; otherwise it would end with this session.
fn hand_over_catalogue(steps: Steps, dir: &Path) -> Result<(), ProgramError> {
    let active = Command::new("systemctl")
        .args(["--quiet", "is-active", CATALOGUE_UNIT])
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if active {
        return Ok(());
    }
    steps.perform("the private catalogue runs as a service", || {
        let dir = dir.to_string_lossy();
        run("/proc/self/exe", &["embedded", "--dir", &dir, "--stop"])?;
        run("systemctl", &["start", CATALOGUE_UNIT])
    })
}

/// Writes a drop-in for what the shipped unit does not allow, or removes one that is no longer needed.
fn add(steps: Steps, service: &str, config: &Config) -> Result<(), ProgramError> {
    let file = PathBuf::from(ADDITIONS).join(format!("pgbackman-{service}.service.d/places.conf"));
    let present = fs::read_to_string(&file).ok();
    let text = addition(service, config);
    if present == text {
        return Ok(());
    }
    let failed =
        |error: std::io::Error| failure(format!("could not write {}: {error}", file.display()));
    match text {
        Some(text) => steps.perform(&format!("{} was written", file.display()), || {
            places::open_parents(&file).map_err(failed)?;
            atomic_file::write(&file, text.as_bytes(), 0o644, None).map_err(failed)
        }),
        None => steps.perform(
            &format!(
                "{} was removed: the unit is used as shipped",
                file.display()
            ),
            || fs::remove_file(&file).map_err(failed),
        ),
    }
}

/// The drop-in of a unit; `None` if the configuration needs none.
fn addition(service: &str, config: &Config) -> Option<String> {
    let section = &config.backup_server;
    let mut lines = Vec::new();
    let roots: Vec<&PathBuf> = section
        .backup_roots
        .iter()
        .filter(|root| *root != Path::new(SHIPPED_ROOT))
        .collect();
    let mut writable: Vec<&Path> = Vec::new();
    // All but the exporter, as in their units: the lock of alerts is there.
    if SERVICES.contains(&service) {
        if !roots.is_empty() {
            lines.push("[Unit]".to_owned());
            lines.push(format!("RequiresMountsFor={}", words(&roots, "")));
        }
        writable.extend(roots.iter().map(|root| root.as_path()));
    }
    if service == "control" {
        writable.extend(
            section
                .crontab_dirs
                .iter()
                .map(PathBuf::as_path)
                .filter(|dir| *dir != Path::new(SHIPPED_CRONTABS)),
        );
    }
    writable.extend(
        config
            .logging
            .log_file
            .parent()
            .filter(|dir| *dir != Path::new(SHIPPED_LOG)),
    );
    let other_user = service != "control" && section.os_user != SHIPPED_USER;
    if !writable.is_empty() || other_user {
        lines.push("[Service]".to_owned());
    }
    if !writable.is_empty() {
        lines.push(format!("ReadWritePaths={}", words(&writable, "-")));
    }
    if other_user {
        lines.push(format!("User={}", section.os_user));
        lines.push("Group=".to_owned());
    }
    if lines.is_empty() {
        return None;
    }
    let head = "# Written by pgbackman_setup server, which updates it from the configuration.";
    Some(format!("{head}\n{}\n", lines.join("\n")))
}

/// Paths in a unit's list, each with a prefix: `%` doubled, and quoted if they contain spaces (systemd.syntax(7)).
fn words<P: AsRef<Path>>(paths: &[P], prefix: &str) -> String {
    paths
        .iter()
        .map(|path| {
            let text = path.as_ref().to_string_lossy().replace('%', "%%");
            if text.contains([' ', '"', '\\']) {
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{prefix}{escaped}\"")
            } else {
                format!("{prefix}{text}")
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn by_script(steps: Steps) -> Result<(), ProgramError> {
    steps.perform("the services were enabled at boot", || {
        if Path::new("/usr/sbin/update-rc.d").exists() {
            run("/usr/sbin/update-rc.d", &["pgbackman", "defaults"])?;
            run("/usr/sbin/update-rc.d", &["pgbackman", "enable"])?;
        }
        Ok(())
    })?;
    steps.perform("the services were started", || run(SCRIPT, &["restart"]))
}

fn run(program: &str, arguments: &[&str]) -> Result<(), ProgramError> {
    let said = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("could not run {program}: {error}")))?;
    if said.status.success() {
        return Ok(());
    }
    Err(failure(format!(
        "{program} {} failed: {}{}",
        arguments.join(" "),
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr).trim()
    )))
}

#[cfg(test)]
mod tests {
    use pgbackman_core::config::Environment;

    use super::*;

    fn config(text: &str) -> Config {
        let env = Environment::new(0, "root");
        Config::parse(text, Path::new("/etc/pgbackman/pgbackman.conf"), &env).unwrap()
    }

    #[test]
    fn the_defaults_need_nothing_beside_the_units() {
        for service in ["control", "maintenance", "alerts", "exporter"] {
            assert_eq!(addition(service, &config("")), None, "{service}");
        }
    }

    #[test]
    fn the_units_let_every_service_write_below_the_shipped_root() {
        let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd");
        for service in SERVICES {
            let unit = fs::read_to_string(units.join(format!("pgbackman-{service}.service")));
            let unit = unit.unwrap();
            for line in [
                "ReadWritePaths=-/srv/pgbackman ",
                "RequiresMountsFor=/srv/pgbackman",
            ] {
                assert!(
                    unit.lines().any(|found| found.starts_with(line)),
                    "{service}: {line}"
                );
            }
        }
    }

    #[test]
    fn another_root_may_be_written_and_has_to_be_mounted() {
        let config = config(
            "[backup_server]\nbackup_roots = [\"/srv/pgbackman\", \"/backups 100%\"]\nos_user = \"bkp\"\n\
             [logging]\nlog_file = \"/logs/x.log\"\n",
        );
        let control = addition("control", &config).unwrap();
        for line in [
            "RequiresMountsFor=\"/backups 100%%\"",
            "ReadWritePaths=\"-/backups 100%%\" -/logs",
        ] {
            assert!(control.lines().any(|known| known == line), "{control}");
        }
        assert!(!control.contains("User="), "control stays root: {control}");
        let alerts = addition("alerts", &config).unwrap();
        assert!(alerts.contains("\nUser=bkp\n"), "{alerts}");
        assert!(
            alerts.contains("ReadWritePaths=\"-/backups 100%%\""),
            "{alerts}"
        );
        let exporter = addition("exporter", &config).unwrap();
        assert!(!exporter.contains("backups"), "{exporter}");
    }
}
