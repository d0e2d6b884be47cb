//! Users: who owns the files, and who runs a process from now on.
#![forbid(unsafe_code)]

use std::ffi::CString;
use std::path::PathBuf;

use nix::unistd::{Gid, Uid, User as PasswdEntry};
use thiserror::Error;

/// The numeric owner of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// User ID.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
}

/// An account of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// Its user and primary group.
    pub owner: Owner,
    /// Home directory.
    pub home: PathBuf,
}

/// Why a user could not be found or become the process's user.
#[derive(Debug, Error)]
pub enum PrivilegeError {
    /// No such account.
    #[error(
        "there is no user {name:?} on this machine; create it or set os_user in [backup_server]"
    )]
    UnknownUser {
        /// The login name asked for.
        name: String,
    },
    /// The account database could not be asked.
    #[error("could not look up the user {name:?}: {source}")]
    Lookup {
        /// The login name (or `uid N`) asked for.
        name: String,
        /// The system's reason.
        source: nix::Error,
    },
    /// The change of user failed, or did not last.
    #[error("could not continue as user {name:?} ({what}): {source}")]
    Drop {
        /// The login name.
        name: String,
        /// Which of the steps failed.
        what: &'static str,
        /// The system's reason.
        source: nix::Error,
    },
    /// After the change the process could still become root again.
    #[error("user {name:?} could still become root after the change of user; refusing to go on")]
    StillPrivileged {
        /// The login name.
        name: String,
    },
}

impl From<PasswdEntry> for User {
    fn from(entry: PasswdEntry) -> Self {
        Self {
            name: entry.name,
            owner: Owner {
                uid: entry.uid.as_raw(),
                gid: entry.gid.as_raw(),
            },
            home: entry.dir,
        }
    }
}

/// Finds an account by its login name.
pub fn lookup(name: &str) -> Result<User, PrivilegeError> {
    match PasswdEntry::from_name(name) {
        Ok(Some(entry)) => Ok(entry.into()),
        Ok(None) => Err(PrivilegeError::UnknownUser {
            name: name.to_owned(),
        }),
        Err(source) => Err(PrivilegeError::Lookup {
            name: name.to_owned(),
            source,
        }),
    }
}

/// The account this process runs as (its effective user).
pub fn current_user() -> Result<User, PrivilegeError> {
    let uid = Uid::effective();
    match PasswdEntry::from_uid(uid) {
        Ok(Some(entry)) => Ok(entry.into()),
        Ok(None) => Err(PrivilegeError::UnknownUser {
            name: format!("uid {uid}"),
        }),
        Err(source) => Err(PrivilegeError::Lookup {
            name: format!("uid {uid}"),
            source,
        }),
    }
}

/// Whether this process may change owners and write `/etc/cron.d`.
pub fn is_root() -> bool {
    Uid::effective().is_root()
}

/// The owner of what this process creates.
pub fn current_owner() -> Owner {
    Owner {
        uid: Uid::effective().as_raw(),
        gid: Gid::effective().as_raw(),
    }
}

/// Becomes `user` for good: supplementary groups, group, user, in this order, and checks that there is no way back.
///
/// Does nothing when the process already runs as that user. To be called before any thread is started.
pub fn drop_to(user: &User) -> Result<(), PrivilegeError> {
    let (uid, gid) = (Uid::from_raw(user.owner.uid), Gid::from_raw(user.owner.gid));
    if Uid::effective() == uid && Uid::current() == uid {
        return Ok(());
    }
    let failed = |what| {
        move |source| PrivilegeError::Drop {
            name: user.name.clone(),
            what,
            source,
        }
    };
    let name = CString::new(user.name.as_str()).map_err(|_| PrivilegeError::UnknownUser {
        name: user.name.clone(),
    })?;
    nix::unistd::initgroups(&name, gid).map_err(failed("initgroups"))?;
    nix::unistd::setresgid(gid, gid, gid).map_err(failed("setresgid"))?;
    nix::unistd::setresuid(uid, uid, uid).map_err(failed("setresuid"))?;
    if !uid.is_root() && nix::unistd::setuid(Uid::from_raw(0)).is_ok() {
        return Err(PrivilegeError::StillPrivileged {
            name: user.name.clone(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_found_and_an_invented_user_is_named_in_the_error() {
        assert_eq!(lookup("root").unwrap().owner, Owner { uid: 0, gid: 0 });
        let error = lookup("no-such-user-here").unwrap_err().to_string();
        assert!(
            error.contains("no-such-user-here") && error.contains("os_user"),
            "{error}"
        );
    }
}
