//! `pgbackman_setup embedded --restart-if-updated`: restarts the server after an update of PostgreSQL's package. A
//! dpkg trigger and control run it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use pgbackman_core::catalogue::schema::migrate;
use pgbackman_core::conninfo::{Environment, Session};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::node::identity;
use pgbackman_core::sys::lock::FileLock;
use tokio::runtime::Runtime;

use super::cluster::Cluster;
use super::layout::Layout;
use super::{STARTUP, catalogue_target, only_one, plain};
use crate::setup::{catalogue, failure, say};

/// Exists if systemd manages the system (sd_booted(3)).
const SYSTEMD_RUNS: &str = "/run/systemd/system";

/// The service that `--install-autostart` creates.
const UNIT: &str = "pgbackman-catalogue.service";

/// Restarts the server if its programs were replaced since it was started. While the catalogue is being created or
/// upgraded, this is an error, and the next call restarts it.
pub(super) fn if_updated(
    cluster: &Cluster,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let Some(pid) = cluster.pid()? else {
        say("the server is not running: no restart is needed");
        return Ok(());
    };
    let env = plain(env);
    let target = catalogue_target(layout, cluster.port()?);
    let session = runtime.block_on(catalogue::connect(&target, &env))?;
    let unknown = |error: &dyn std::error::Error| {
        ProgramError::new(ExitCode::CatalogueUnavailable, error.to_string())
    };
    let running = runtime
        .block_on(identity::release(&*session))
        .map_err(|error| unknown(&error))?;
    let installed = cluster.release();
    if running == installed && !is_replaced(pid) {
        say(&format!(
            "the server runs PostgreSQL {running}, which is the installed release: no restart is needed"
        ));
        return Ok(());
    }
    let _lock = alone(layout)?;
    if !runtime.block_on(is_free(&session))? {
        return Err(ProgramError::new(
            ExitCode::AlreadyRunning,
            "the catalogue is being upgraded: its server cannot be restarted now",
        )
        .with_hint("pgbackman_control tries again every few minutes"));
    }
    restart(cluster, pid)?;
    // This session kept upgrades from starting until the server stopped.
    drop(session);
    let again = runtime.block_on(catalogue::connect_patiently(&target, &env, STARTUP))?;
    let running_now = runtime
        .block_on(identity::release(&*again))
        .map_err(|error| unknown(&error))?;
    runtime.block_on(again.close());
    if running_now != installed {
        return Err(failure(format!(
            "the server was restarted and runs PostgreSQL {running_now}, but {installed} is installed in {}: the \
             server is started from another directory",
            cluster.program_dir().display()
        )));
    }
    say(&format!(
        "[Done] The server was restarted: it runs PostgreSQL {running_now}; before, it ran {running}."
    ));
    Ok(())
}

/// Whether the catalogue is not being upgraded; no upgrade can start during the session.
pub(super) async fn is_free(session: &Session) -> Result<bool, ProgramError> {
    migrate::keep_out(session)
        .await
        .map_err(|error| ProgramError::from_error(ExitCode::CatalogueUnavailable, &error))
}

/// Keeps out other setups, unless the caller may not write, such as a service with read-only file systems. The
/// essential condition, that no catalogue is being upgraded, is checked in the catalogue itself.
fn alone(layout: &Layout) -> Result<Option<FileLock>, ProgramError> {
    match FileLock::try_acquire(&layout.lock()) {
        Ok(Some(lock)) => Ok(Some(lock)),
        Err(error)
            if matches!(
                error.io_kind(),
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(None)
        }
        Ok(None) | Err(_) => only_one(&layout.lock()).map(Some),
    }
}

/// Whether the file of the process was replaced; not all users may see that.
fn is_replaced(pid: u32) -> bool {
    fs::read_link(format!("/proc/{pid}/exe"))
        .is_ok_and(|path| path.to_string_lossy().ends_with(" (deleted)"))
}

/// Restarts the server through the service manager if it is a service: a server started otherwise would not be one.
fn restart(cluster: &Cluster, pid: u32) -> Result<(), ProgramError> {
    if Path::new(SYSTEMD_RUNS).is_dir() {
        if let Some(unit) = unit_of(pid) {
            return systemctl(&["restart", &unit]).map(drop);
        }
        if let Some(ours) = unit_in(&cgroup("self")) {
            return Err(failure(format!(
                "the server is not a service of systemd: if {ours}, which asks for the restart, restarted it, the \
                 server would become part of that service"
            ))
            .with_hint("restart it by hand: pgbackman_setup embedded --dir DIR --stop, then --start"));
        }
    }
    cluster.stop()?;
    cluster.start()
}

/// The systemd service of a server. If services may not see each other's processes, the usual name is tried.
pub(super) fn unit_of(pid: u32) -> Option<String> {
    if !Path::new(SYSTEMD_RUNS).is_dir() {
        return None;
    }
    unit_in(&cgroup(&pid.to_string()))
        .into_iter()
        .chain([UNIT.to_owned()])
        .find(|unit| main_process(unit) == Some(pid))
}

fn cgroup(process: &str) -> String {
    fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default()
}

/// The service of a process, by its control group (cgroups(7)): the last part of the path.
fn unit_in(cgroup: &str) -> Option<String> {
    cgroup
        .lines()
        .filter_map(|line| line.rsplit('/').next())
        .find(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|end| end == "service")
        })
        .map(str::to_owned)
}

fn main_process(unit: &str) -> Option<u32> {
    let said = systemctl(&["show", "--property=MainPID", "--value", unit]).ok()?;
    said.trim().parse().ok()
}

pub(super) fn systemctl(arguments: &[&str]) -> Result<String, ProgramError> {
    let said = Command::new("systemctl")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("could not run systemctl: {error}")))?;
    if said.status.success() {
        return Ok(String::from_utf8_lossy(&said.stdout).into_owned());
    }
    Err(failure(format!(
        "systemctl {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&said.stderr).trim()
    )))
}

#[cfg(test)]
mod tests {
    use super::unit_in;

    #[test]
    fn a_service_is_known_by_its_control_group() {
        for (cgroup, unit) in [
            (
                "0::/system.slice/pgbackman-catalogue.service\n",
                Some("pgbackman-catalogue.service"),
            ),
            (
                "4:memory:/system.slice/x.service\n1:name=systemd:/system.slice/x.service\n0::/\n",
                Some("x.service"),
            ),
            ("0::/user.slice/user-0.slice/session-3.scope\n", None),
            ("0::/\n", None),
            ("", None),
        ] {
            assert_eq!(unit_in(cgroup).as_deref(), unit, "{cgroup}");
        }
    }
}
