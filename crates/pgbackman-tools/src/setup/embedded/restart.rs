//! `pgbackman_setup embedded --restart-if-updated`: the server is restarted where PostgreSQL's package was updated under it. A
//! dpkg trigger and control call it.

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

/// Is there where systemd runs the system (sd_booted(3)).
const SYSTEMD_RUNS: &str = "/run/systemd/system";

/// The service that `--install-autostart` makes.
const UNIT: &str = "pgbackman-catalogue.service";

/// Restarts the server if its programs are others than those that it was started from. Not while the catalogue is made or
/// upgraded: that ends with an error, and the next call does it.
pub(super) fn if_updated(
    cluster: &Cluster,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let Some(pid) = cluster.pid()? else {
        say("the server does not run: nothing is to be restarted");
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
            "the server runs PostgreSQL {running}, which is what is installed: nothing is to be done"
        ));
        return Ok(());
    }
    let _lock = alone(layout)?;
    if !runtime.block_on(is_free(&session))? {
        return Err(ProgramError::new(
            ExitCode::AlreadyRunning,
            "the catalogue is being upgraded: its server is not restarted now",
        )
        .with_hint("pgbackman_control tries it again every few minutes"));
    }
    restart(cluster, pid)?;
    // It kept upgrades from beginning until the server went.
    drop(session);
    let again = runtime.block_on(catalogue::connect_patiently(&target, &env, STARTUP))?;
    let running_now = runtime
        .block_on(identity::release(&*again))
        .map_err(|error| unknown(&error))?;
    runtime.block_on(again.close());
    if running_now != installed {
        return Err(failure(format!(
            "the server was restarted and runs PostgreSQL {running_now}, and {installed} is installed in {}: it is started from \
             another directory",
            cluster.program_dir().display()
        )));
    }
    say(&format!(
        "[Done] The server was restarted: it runs PostgreSQL {running_now}; before, it ran {running}."
    ));
    Ok(())
}

/// Whether the catalogue is not being upgraded; nor will it be, for as long as the session lasts.
pub(super) async fn is_free(session: &Session) -> Result<bool, ProgramError> {
    migrate::keep_out(session)
        .await
        .map_err(|error| ProgramError::from_error(ExitCode::CatalogueUnavailable, &error))
}

/// Keeps setups out; not where the caller may not write, as a service whose file systems are read-only: what counts is that no
/// catalogue is being upgraded, which the catalogue itself is asked.
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

/// Whether the file that the process runs was replaced; not everybody may see that.
fn is_replaced(pid: u32) -> bool {
    fs::read_link(format!("/proc/{pid}/exe"))
        .is_ok_and(|path| path.to_string_lossy().ends_with(" (deleted)"))
}

/// By the service manager where the server is one of its services: what is started beside it would not be.
fn restart(cluster: &Cluster, pid: u32) -> Result<(), ProgramError> {
    if Path::new(SYSTEMD_RUNS).is_dir() {
        if let Some(unit) = unit_of(pid) {
            return systemctl(&["restart", &unit]).map(drop);
        }
        if let Some(ours) = unit_in(&cgroup("self")) {
            return Err(failure(format!(
                "the server is no service of systemd, and {ours}, which asks for its restart, would keep it"
            ))
            .with_hint("restart it by hand: pgbackman_setup embedded --dir DIR --stop, then --start"));
        }
    }
    cluster.stop()?;
    cluster.start()
}

/// The service of systemd that a server is. Where services may not see each other's processes the usual name is tried.
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

/// The service that a process belongs to, by its control group (cgroups(7)): the last part of the path.
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
