//! The programs of an installation that keep running, and their end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Layout, namespace};
use crate::process::succeeds;
use crate::task::{Context, Result, TaskError, say};

/// How long programs may take to end when asked to.
const GRACE: Duration = Duration::from_secs(30);

/// Starts a program that outlives this one, in a session of its own (Ctrl-C does not reach it), its output going to a
/// file.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn start_detached(command: &Command, output: &Path) -> Result<()> {
    let file = fs::File::options()
        .create(true)
        .append(true)
        .open(output)
        .context(|| format!("could not open {}", output.display()))?;
    let second = file
        .try_clone()
        .context(|| format!("could not open {}", output.display()))?;
    let mut detached = Command::new("setsid");
    detached
        .arg("--fork")
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(second);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => detached.env(name, value),
            None => detached.env_remove(name),
        };
    }
    let status = detached
        .status()
        .context(|| "could not start setsid".into())?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "could not start {}: see {}",
            command.get_program().to_string_lossy(),
            output.display()
        )))
    }
}

/// Ends every process of an installation and removes its directory.
///
/// # Errors
///
/// When a process does not end, or a file cannot be removed.
pub(crate) fn remove(layout: &Layout) -> Result<()> {
    if !layout.exists()? {
        say(&format!("{} does not exist", layout.dir().display()));
        return Ok(());
    }
    end_all(layout)?;
    fs::remove_dir_all(layout.dir())
        .context(|| format!("could not remove {}", layout.dir().display()))?;
    say(&format!("removed {}", layout.dir().display()));
    Ok(())
}

/// Asks all processes to end, PostgreSQL's servers last, then makes them.
fn end_all(layout: &Layout) -> Result<()> {
    let all = found(layout);
    say(&format!("terminating {} processes", all.len()));
    signal("-TERM", all.iter().filter(|process| !process.is_postgres));
    wait_for_end(layout, |process| !process.is_postgres);
    // INT is a server's fast shutdown: its first process ends its clients and the other processes.
    signal("-INT", all.iter().filter(|process| process.is_server));
    wait_for_end(layout, |_| true);
    signal("-KILL", &found(layout));
    wait_for_end(layout, |_| true);
    match found(layout).as_slice() {
        [] => Ok(()),
        left => Err(TaskError::new(format!(
            "process {} does not end, even after SIGKILL",
            left[0].pid
        ))),
    }
}

/// A process of an installation.
struct Found {
    pid: String,
    /// Whether it belongs to a PostgreSQL server.
    is_postgres: bool,
    /// Whether it is the first process of one, which ends the others.
    is_server: bool,
}

/// Sends a signal to processes. One that has just ended is none to complain about.
fn signal<'a>(name: &str, processes: impl IntoIterator<Item = &'a Found>) {
    for process in processes {
        succeeds(Command::new("kill").arg(name).arg(&process.pid));
    }
}

/// Waits until no such process is left, or the time is over.
fn wait_for_end(layout: &Layout, which: impl Fn(&Found) -> bool) {
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && found(layout).iter().any(&which) {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Every process of an installation but this one.
fn found(layout: &Layout) -> Vec<Found> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()) && *name != own)
        .filter(|pid| is_of(layout, pid))
        .map(|pid| Found {
            is_server: is_server(layout, &pid),
            is_postgres: fs::read_link(Path::new("/proc").join(&pid).join("exe"))
                .is_ok_and(|program| program.ends_with("postgres")),
            pid,
        })
        .collect()
}

/// Whether a process lives in the namespace, works in the directory, or runs a program of it.
fn is_of(layout: &Layout, pid: &str) -> bool {
    let proc = Path::new("/proc").join(pid);
    let link_is_inside = |name: &str| {
        fs::read_link(proc.join(name)).is_ok_and(|target| target.starts_with(layout.dir()))
    };
    fs::read_to_string(proc.join("mountinfo"))
        .is_ok_and(|mounts| namespace::is_mounted_in(&mounts, layout))
        || is_server(layout, pid)
        || link_is_inside("exe")
}

/// Whether a process is the first one of a server whose data are in the directory: `postmaster.pid` names it.
fn is_server(layout: &Layout, pid: &str) -> bool {
    let Ok(working_directory) = fs::read_link(Path::new("/proc").join(pid).join("cwd")) else {
        return false;
    };
    working_directory.starts_with(layout.dir())
        && fs::read_to_string(working_directory.join("postmaster.pid"))
            .is_ok_and(|text| text.lines().next() == Some(pid))
}
