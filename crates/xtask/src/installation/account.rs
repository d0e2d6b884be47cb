//! Whom the jobs and servers of an installation run as.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use crate::process::{is_root, output};
use crate::task::{Context, Result};

/// The user's name when root makes the installation.
const NAME: &str = "pgbackman";
/// Its user and group ID where the machine has no such user: Debian hands out 60000 to 64999 to packages that ask for a
/// number by name only (Debian Policy 9.2.2).
const ID: u32 = 64_322;

/// A user, as the programs of an installation see it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its name.
    pub(crate) name: String,
    /// Its user ID.
    pub(crate) uid: u32,
    /// Its group ID.
    pub(crate) gid: u32,
    /// Whether whoever runs this is root and has to become this user.
    become_it: bool,
}

impl Account {
    /// For root a user `pgbackman` (the machine's, or one that exists in the namespace only); for everybody else
    /// themselves.
    ///
    /// # Errors
    ///
    /// When the system does not say who runs this.
    pub(crate) fn for_this_run() -> Result<Self> {
        if is_root()? {
            let (uid, gid) = known(NAME)?.unwrap_or((ID, ID));
            return Ok(Self {
                name: NAME.to_owned(),
                uid,
                gid,
                become_it: true,
            });
        }
        let number = |flag: &str| -> Result<u32> {
            output(Command::new("id").arg(flag))?
                .trim()
                .parse()
                .context(|| format!("`id {flag}` said something unexpected"))
        };
        Ok(Self {
            name: output(Command::new("id").arg("-un"))?.trim().to_owned(),
            uid: number("-u")?,
            gid: number("-g")?,
            become_it: false,
        })
    }

    /// Whether root made the installation.
    pub(crate) fn is_of_root(&self) -> bool {
        self.become_it
    }

    /// A command that runs as this user.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if self.become_it {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={}", self.uid))
                .arg(format!("--regid={}", self.gid))
                .args(["--clear-groups", "--"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        without_libpq_variables(&mut command);
        command
    }
}

/// The IDs of a user of this machine.
fn known(name: &str) -> Result<Option<(u32, u32)>> {
    let passwd =
        fs::read_to_string("/etc/passwd").context(|| "could not read /etc/passwd".into())?;
    Ok(passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [found, _, uid, gid, ..] if *found == name => {
                Some((uid.parse().ok()?, gid.parse().ok()?))
            }
            _ => None,
        }
    }))
}

/// Takes from a command what would lead it to other servers than those it is told.
pub(super) fn without_libpq_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
}
