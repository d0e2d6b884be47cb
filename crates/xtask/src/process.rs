//! Starting other programs, always by an argument vector, and saying which one failed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::task::{Context, Result, TaskError};

/// The command line as a person would type it, for messages only.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a command to its end with the terminal's output and no standard input.
///
/// # Errors
///
/// When it cannot be started, or does not exit with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .context(|| format!("could not start `{}`", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "`{}` failed ({status})",
            shown(command)
        )))
    }
}

/// Runs a command to its end and keeps what it writes.
///
/// # Errors
///
/// When it cannot be started, or does not exit with 0: then with what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let finished = finished(command)?;
    if finished.status.success() {
        Ok(String::from_utf8_lossy(&finished.stdout).into_owned())
    } else {
        Err(TaskError::new(format!(
            "`{}` failed ({}):\n{}",
            shown(command),
            finished.status,
            String::from_utf8_lossy(&finished.stderr).trim_end()
        )))
    }
}

/// Runs a command to its end, whatever its exit status, and keeps what it writes.
///
/// # Errors
///
/// Only when it cannot be started.
pub(crate) fn finished(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .context(|| format!("could not start `{}`", shown(command)))
}

/// Whether a command can be started and exits with 0; what it writes is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a program is, looked for in `PATH` and in the directories for administrators' programs, which a user's `PATH`
/// on Debian does not name.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| is_executable(candidate))
}

/// Whether a path names a file that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether this program runs as root, as `id` tells (asking the system directly would need unsafe code or a library).
///
/// # Errors
///
/// When `id` cannot be run.
pub(crate) fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}
