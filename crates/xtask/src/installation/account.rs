//! Whom the jobs and servers of an installation run as.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use crate::process::{is_root, output};
use crate::task::{Context, Result, TaskError};

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
    standing: Standing,
}

/// Who makes an installation, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Root, in a namespace of its own.
    Namespace,
    /// Root, where namespaces cannot be made: in many containers.
    Root,
    /// An ordinary user.
    User,
}

impl Standing {
    /// What whoever runs this may do.
    ///
    /// # Errors
    ///
    /// When the system does not say who runs this.
    pub(crate) fn of_this_run() -> Result<Self> {
        Ok(match (is_root()?, super::namespace::is_possible()) {
            (true, true) => Self::Namespace,
            (true, false) => Self::Root,
            (false, _) => Self::User,
        })
    }
}

impl Account {
    /// In a namespace a user `pgbackman` (the machine's, or one that exists there only); for root without one the user
    /// that PostgreSQL's packages have made; for everybody else themselves.
    ///
    /// # Errors
    ///
    /// When the system does not say who runs this, or has no such user.
    pub(crate) fn for_standing(standing: Standing) -> Result<Self> {
        let (name, (uid, gid)) = match standing {
            Standing::Namespace => (NAME, known(NAME)?.unwrap_or((ID, ID))),
            Standing::Root => known("postgres")?
                .map(|ids| ("postgres", ids))
                .ok_or_else(|| TaskError::new("this machine has no user postgres"))?,
            Standing::User => return Self::of_caller(),
        };
        Ok(Self {
            name: name.to_owned(),
            uid,
            gid,
            standing,
        })
    }

    /// The user that runs this program.
    fn of_caller() -> Result<Self> {
        let number = |flag: &str| -> Result<u32> {
            output(Command::new("id").arg(flag))?
                .trim()
                .parse()
                .context(|| format!("unexpected output of `id {flag}`"))
        };
        Ok(Self {
            name: output(Command::new("id").arg("-un"))?.trim().to_owned(),
            uid: number("-u")?,
            gid: number("-g")?,
            standing: Standing::User,
        })
    }

    /// Whether root made the installation.
    pub(crate) fn is_of_root(&self) -> bool {
        self.standing != Standing::User
    }

    /// Whether the installation has a namespace, and in it cron and atd.
    pub(crate) fn has_namespace(&self) -> bool {
        self.standing == Standing::Namespace
    }

    /// A command that runs as this user.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if self.is_of_root() {
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
