//! A machine without systemd: the init script, as `service` and an administrator call it.

use std::path::Path;
use std::time::Duration;

use super::machine::{Init, Machine};
use super::{expect, root};
use crate::task::{Result, step};

/// How long what is done in the background may take.
const PATIENCE: Duration = Duration::from_secs(120);
const SCRIPT: &str = "/etc/init.d/pgbackman";

/// Installs the package there, prepares the machine, and calls the script in every way.
///
/// # Errors
///
/// When something is not as it should be.
pub(super) fn run(bare: &Path, place: &Path, deb: &Path) -> Result<()> {
    step("a machine without systemd");
    root::copy(bare, place, &[deb])?;
    let mut machine = Machine::start(place, Init::Nothing, &place.with_extension("console"))?;
    install(&machine, deb)?;
    nothing_is_enabled(&machine)?;
    // Without an init system nobody has started them.
    machine.run("service", &["cron", "start"])?;
    machine.run("service", &["atd", "start"])?;
    let (code, said) = machine.code(SCRIPT, &["status"])?;
    expect(
        code == Some(3),
        &format!("nothing runs after the installation: {}", said.trim()),
    )?;
    let said = machine.run("pgbackman_setup", &["server", "--embedded"])?;
    expect(
        said.contains("0 errors"),
        "pgbackman_setup server --embedded reports no problems",
    )?;
    let said = machine.run(SCRIPT, &["status"])?;
    expect(
        ["control", "maintenance", "alerts"]
            .iter()
            .all(|name| said.contains(&format!("{name} runs"))),
        "its services run",
    )?;
    let enabled = machine.run("find", &["/etc/rc2.d", "-name", "S*pgbackman"])?;
    expect(
        !enabled.trim().is_empty(),
        "they start with the machine (runlevel 2)",
    )?;
    let first = pid(&machine)?;
    machine.run(SCRIPT, &["start"])?;
    expect(pid(&machine)? == first, "a second start changes nothing")?;
    machine.run(SCRIPT, &["reload"])?;
    machine.run(SCRIPT, &["restart"])?;
    let second = pid(&machine)?;
    expect(second != first, "restart creates new processes")?;
    machine.run(
        "start-stop-daemon",
        &[
            "--stop",
            "--signal=KILL",
            "--pidfile=/run/pgbackman/control.pid",
        ],
    )?;
    machine.wait(
        PATIENCE,
        "the script to detect that control is dead",
        |machine| {
            let (code, said) = machine.code(SCRIPT, &["status"]).ok()?;
            (code == Some(1) && said.contains("control does not run")).then_some(())
        },
    )?;
    expect(true, "status is 1 when a service has died")?;
    machine.run(SCRIPT, &["start"])?;
    machine.run(SCRIPT, &["stop"])?;
    let (code, _) = machine.code(SCRIPT, &["status"])?;
    let left = machine.processes();
    expect(
        code == Some(3) && !left.iter().any(|name| name.starts_with("pgbackman_")),
        "no process remains after stop",
    )?;
    let (code, _) = machine.code(SCRIPT, &["dance"])?;
    expect(code == Some(2), "an unknown word is refused")
}

/// A first installation enables nothing: neither for systemd, in the directories of what a target wants, nor for an init script.
///
/// # Errors
///
/// When something is enabled.
pub(super) fn nothing_is_enabled(machine: &Machine) -> Result<()> {
    let links = ["/etc", "/usr/lib/systemd/system", "/lib/systemd/system"];
    let mut enabled = Vec::new();
    for directory in links {
        // One of them may be a link to another, or not be there.
        let (_, found) = machine.code(
            "find",
            &[directory, "-path", "*.wants/*", "-name", "pgbackman*"],
        )?;
        enabled.extend(
            found
                .lines()
                .filter(|line| line.contains(".wants/"))
                .map(str::to_owned),
        );
    }
    let scripts = machine.run("find", &["/etc/rc2.d", "-name", "S*pgbackman"])?;
    enabled.extend(scripts.lines().map(str::to_owned));
    expect(
        enabled.is_empty(),
        &format!("the installation enables nothing: {}", enabled.join(", ")),
    )
}

/// The process of control, by its PID file.
fn pid(machine: &Machine) -> Result<String> {
    Ok(machine
        .run("cat", &["/run/pgbackman/control.pid"])?
        .trim()
        .to_owned())
}

/// Installs a package with everything it depends on.
pub(super) fn install(machine: &Machine, deb: &Path) -> Result<String> {
    let name = deb
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    machine.run(
        "apt-get",
        &[
            "install",
            "--yes",
            "--quiet",
            "--option",
            "Dpkg::Use-Pty=0",
            "--option",
            "Dpkg::Options::=--force-confold",
            &format!("/packages/{name}"),
        ],
    )
}
