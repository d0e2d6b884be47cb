//! The services inside what their units leave them, the log, and what monitoring is told.

use std::path::Path;

use super::expect;
use super::machine::{Machine, outside};
use super::observed::{CONFIG, PATIENCE};
use crate::task::{Result, step};

const LOG: &str = "/var/log/pgbackman/pgbackman.log";

/// Looks at all of it, on a machine that has taken a backup.
///
/// # Errors
///
/// When something is not as it should be.
pub(super) fn run(machine: &mut Machine, place: &Path) -> Result<()> {
    step("services, log and monitoring");
    machine.run("systemctl", &["start", "pgbackman-exporter"])?;
    for unit in ["control", "maintenance", "alerts", "exporter", "catalogue"] {
        let unit = format!("pgbackman-{unit}");
        machine.run("systemctl", &["is-active", "--quiet", &unit])?;
        let unit = format!("--unit={unit}");
        let errors = machine.run("journalctl", &[&unit, "--priority=err", "--quiet"])?;
        expect(
            errors.trim().is_empty(),
            &format!("no error in the journal of {unit}{errors}"),
        )?;
    }
    let metrics = machine.run("bash", &["-c", "exec 3<>/dev/tcp/127.0.0.1/9788; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"])?;
    expect(
        metrics.contains("\npgbackman_up 1\n")
            && metrics.contains("pgbackman_definition_last_success_age_seconds{"),
        "the exporter reports the backups to Prometheus",
    )?;
    let (code, said) = machine.code(
        "pgbackman_status_info",
        // How full the disk is on which the machine lies is not its matter.
        &["--check", "--warning-space", "0", "--critical-space", "0"],
    )?;
    expect(code == Some(0), said.trim())?;
    log_is_cut(machine, place)
}

/// Without anything to say there would be no log: the services are asked to say more.
fn log_is_cut(machine: &mut Machine, place: &Path) -> Result<()> {
    machine.run(
        "sed",
        &[
            "--in-place",
            "s/^#log_level = .*/log_level = \"INFO\"/",
            CONFIG,
        ],
    )?;
    machine.run("systemctl", &["restart", "pgbackman"])?;
    let log = outside(place, LOG);
    let written = |_: &mut Machine| {
        log.metadata()
            .is_ok_and(|file| file.len() > 0)
            .then_some(())
    };
    machine.wait(PATIENCE, "the log", written)?;
    machine.run("logrotate", &["--force", "/etc/logrotate.d/pgbackman"])?;
    machine.run("systemctl", &["restart", "pgbackman"])?;
    machine.wait(PATIENCE, "a new log", written)?;
    expect(
        outside(place, &format!("{LOG}.1")).exists(),
        "logrotate has rotated the log, and the services write to a new one",
    )
}
