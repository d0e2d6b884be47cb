//! Where this workspace is, and the cargo that works on it.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::task::{Context, Result, TaskError};

/// The workspace's root directory: two above this crate, as cargo says when it runs it.
///
/// # Errors
///
/// When this program was started by hand, outside the workspace.
pub(crate) fn root() -> Result<PathBuf> {
    if let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") {
        let crate_directory = PathBuf::from(manifest);
        if let Some(root) = crate_directory.ancestors().nth(2) {
            return Ok(root.to_owned());
        }
    }
    let here = std::env::current_dir().context(|| "could not read the current directory".into())?;
    here.ancestors()
        .find(|directory| directory.join("crates/xtask").is_dir())
        .map(Path::to_owned)
        .ok_or_else(|| {
            TaskError::new(format!(
                "{} is not inside the workspace: run `cargo xtask` in the workspace",
                here.display()
            ))
        })
}

/// The cargo that started this program, in the workspace's root, without the network if `offline`.
pub(crate) fn cargo(root: &Path, offline: bool) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    if offline {
        command.env("CARGO_NET_OFFLINE", "true");
    }
    command
}

/// What keeps cargo from showing its progress where nobody looks at a terminal.
pub(crate) fn quiet() -> Option<&'static str> {
    (!std::io::stderr().is_terminal()).then_some("--quiet")
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// Every file that git knows below `directories`, relative to the root.
///
/// # Errors
///
/// When git cannot list them.
pub(crate) fn tracked_files(root: &Path, directories: &[&str]) -> Result<Vec<PathBuf>> {
    let listed = crate::process::output(
        Command::new("git")
            .current_dir(root)
            .args(["-c", "safe.directory=*", "ls-files", "-z", "--"])
            .args(directories),
    )?;
    Ok(listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .filter(|path| root.join(path).is_file())
        .collect())
}
