//! The job user, and the directories of a backup server.

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

/// Home directory of a user that is created here: .pgpass is expected there.
const HOME: &str = "/var/lib/pgbackman";

/// Creates the job user, unless it exists.
pub(super) fn account(steps: Steps, name: &str) -> Result<(), ProgramError> {
    match privilege::lookup(name) {
        Ok(user) => {
            say(&format!(
                "The user {name} exists, with home directory {}.",
                user.home.display()
            ));
            Ok(())
        }
        Err(PrivilegeError::UnknownUser { .. }) => steps.perform(
            &format!(
                "the user {name} was created, with home directory {HOME} and without a password"
            ),
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

/// Creates missing directories. Existing directories are not changed.
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
            say(&format!("The directory {} exists.", path.display()));
            continue;
        }
        steps.perform(
            &format!(
                "the directory {} was created, accessible only to {}",
                path.display(),
                wanted.os_user
            ),
            || make(&path, mode, user.as_ref()),
        )?;
    }
    Ok(())
}

/// Creates the parents of a path, so that all users may enter them: by default this process creates private
/// directories.
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
        // The parent may belong to another user, who may have replaced the name by a link meanwhile: therefore the
        // owner of the directory itself is changed.
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
            "could not create the directory {}: {error}",
            path.display()
        ))
    })
}
