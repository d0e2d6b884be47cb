//! The user of the jobs, and the directories of a backup server.

use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::libc::{O_DIRECTORY, O_NOFOLLOW};
use pgbackman_core::config::Config;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege::{self, PrivilegeError, User};

use super::{Steps, Wanted};
use crate::setup::{failure, say};

/// The home of a user that is made here: where a .pgpass is looked for.
const HOME: &str = "/var/lib/pgbackman";

/// Makes the user of the jobs, unless there is one.
pub(super) fn account(steps: Steps, name: &str) -> Result<(), ProgramError> {
    match privilege::lookup(name) {
        Ok(user) => {
            say(&format!(
                "The user {name} is there, with home {}.",
                user.home.display()
            ));
            Ok(())
        }
        Err(PrivilegeError::UnknownUser { .. }) => steps.perform(
            &format!("the user {name} was made, with home {HOME} and without a password"),
            || make_account(name),
        ),
        Err(error) => Err(ProgramError::from_error(ExitCode::Failure, &error)),
    }
}

fn make_account(name: &str) -> Result<(), ProgramError> {
    let mut command = Command::new("useradd");
    command.args(["--system", "--home-dir", HOME, "--shell", "/bin/sh"]);
    command.args(["--comment", "PgBackMan backups", "--user-group", name]);
    let said = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("could not run useradd: {error}")))?;
    if said.status.success() {
        return Ok(());
    }
    Err(failure(format!(
        "useradd failed: {}",
        String::from_utf8_lossy(&said.stderr).trim()
    )))
}

/// Makes the directories that are missing. Those that are there are somebody's, and stay as they are.
pub(super) fn directories(
    steps: Steps,
    wanted: &Wanted,
    config: &Config,
) -> Result<(), ProgramError> {
    let user = match privilege::lookup(&wanted.os_user) {
        Ok(user) => Some(user),
        Err(_) if steps.dry_run => None,
        Err(error) => return Err(ProgramError::from_error(ExitCode::Failure, &error)),
    };
    let home = user
        .as_ref()
        .map_or_else(|| PathBuf::from(HOME), |user| user.home.clone());
    let mut places = vec![(home, 0o750), (wanted.backup_root.clone(), 0o700)];
    if let Some(log) = config.logging.log_file.parent() {
        places.push((log.to_owned(), 0o750));
    }
    for (path, mode) in places {
        if path.is_dir() {
            say(&format!("The directory {} is there.", path.display()));
            continue;
        }
        steps.perform(
            &format!(
                "the directory {} was made, for {} alone",
                path.display(),
                wanted.os_user
            ),
            || make(&path, mode, user.as_ref()),
        )?;
    }
    Ok(())
}

/// Makes the directories above a place, so that everybody may pass them: this process keeps what it makes to itself otherwise.
pub(super) fn open_parents(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .skip(1)
        .take_while(|parent| !parent.exists())
        .collect();
    for parent in missing.into_iter().rev() {
        fs::create_dir(parent)?;
        fs::set_permissions(parent, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn make(path: &Path, mode: u32, user: Option<&User>) -> Result<(), ProgramError> {
    let made = || {
        open_parents(path)?;
        fs::create_dir(path)?;
        // The directory above may belong to another user, who may have put a link under the name meanwhile: what is given away
        // is the directory itself.
        let handle = fs::File::options()
            .read(true)
            .custom_flags(O_DIRECTORY | O_NOFOLLOW)
            .open(path)?;
        if let Some(user) = user {
            fchown(&handle, Some(user.owner.uid), Some(user.owner.gid))?;
        }
        handle.set_permissions(fs::Permissions::from_mode(mode))
    };
    made().map_err(|error| {
        failure(format!(
            "could not make the directory {}: {error}",
            path.display()
        ))
    })
}
