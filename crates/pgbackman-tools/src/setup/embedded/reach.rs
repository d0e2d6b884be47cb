//! Checks that all users can access the directory: `initdb`, the server and cron's user cannot enter a home that is
//! closed to others (trap 30a). Also checks that no other user could replace the configuration in it.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::{Gid, getgrouplist};
use pgbackman_core::config::check_ownership;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege::User;

use super::layout::Layout;
use super::people::People;

/// Refuses a directory that a user cannot access, or that another user controls.
pub(super) fn check(layout: &Layout, people: &People) -> Result<(), ProgramError> {
    let existing = layout.dir().ancestors().find(|path| path.exists());
    let Some(existing) = existing else {
        return Ok(());
    };
    for user in [&people.owner, &people.jobs]
        .into_iter()
        .chain(&people.others)
    {
        check_reachable(existing, layout.dir(), user)?;
    }
    // `check_ownership` reports a configuration file, which will be created there.
    check_ownership(existing, people.caller.owner.uid).map_err(|error| {
        ProgramError::from_error(ExitCode::Refused, &error).with_hint(
            "the configuration determines what runs as root: choose a directory whose parent is owned by root, such \
             as /var/lib/pgbackman-catalogue",
        )
    })
}

fn check_reachable(existing: &Path, wanted: &Path, user: &User) -> Result<(), ProgramError> {
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!(
            "could not find out whether user {} can access {}: {error}",
            user.name,
            wanted.display()
        );
        ProgramError::new(ExitCode::Failure, message)
    };
    let groups = groups_of(user).map_err(|error| failed(&error))?;
    let real = fs::canonicalize(existing).map_err(|error| failed(&error))?;
    for directory in real.ancestors() {
        let metadata = fs::metadata(directory).map_err(|error| failed(&error))?;
        let access = Access {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode(),
        };
        if access.admits(user.owner.uid, &groups) {
            continue;
        }
        let message = format!(
            "--dir {} is refused: user {} cannot enter the directory {}, whose mode is {:04o}",
            wanted.display(),
            user.name,
            directory.display(),
            metadata.mode() & 0o7777
        );
        return Err(ProgramError::new(ExitCode::Refused, message).with_hint(
            "choose a place that other users can access, such as /var/lib/pgbackman-catalogue, or grant access \
             (`chmod o+x`)",
        ));
    }
    Ok(())
}

fn groups_of(user: &User) -> nix::Result<Vec<u32>> {
    let name = CString::new(user.name.as_str()).map_err(|_| nix::Error::EINVAL)?;
    let groups = getgrouplist(&name, Gid::from_raw(user.owner.gid))?;
    Ok(groups.into_iter().map(Gid::as_raw).collect())
}

/// The users who may enter a directory.
#[derive(Debug, Clone, Copy)]
struct Access {
    owner: u32,
    group: u32,
    mode: u32,
}

impl Access {
    /// Whether the mode lets a user enter: the first class that applies decides. Access control lists are ignored.
    fn admits(self, uid: u32, groups: &[u32]) -> bool {
        let bit = if uid == 0 {
            return true;
        } else if uid == self.owner {
            0o100
        } else if groups.contains(&self.group) {
            0o010
        } else {
            0o001
        };
        self.mode & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::Access;

    #[test]
    fn the_first_class_that_applies_decides() {
        let access = |mode| Access {
            owner: 10,
            group: 20,
            mode,
        };
        assert!(access(0o700).admits(10, &[]));
        assert!(!access(0o700).admits(11, &[20]));
        assert!(access(0o710).admits(11, &[20]));
        assert!(!access(0o701).admits(11, &[20]));
        assert!(access(0o701).admits(11, &[21]));
        assert!(!access(0o077).admits(10, &[20]));
        assert!(access(0o000).admits(0, &[]));
    }
}
