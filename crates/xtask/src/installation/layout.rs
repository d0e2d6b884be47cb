//! Where everything of an installation lies.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::Account;
use crate::programs::{self, Program};
use crate::task::{Context, Result, TaskError};
use crate::workspace;

/// Says that a directory was made here, so that `--clean` removes nothing else.
const MARK: &str = ".made-by-cargo-xtask";
/// The longest directory whose sockets (`<dir>/catalogue/…/.s.PGSQL.5432`) stay below the 107 bytes of a socket's path.
const LONGEST_DIRECTORY: usize = 60;

/// An installation's directory and the names in it.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    dir: PathBuf,
}

impl Layout {
    /// The name under which an installation's backup server is registered.
    pub(crate) const BACKUP_SERVER: &'static str = "quickstart.example.org";

    /// An installation in this directory, which need not exist.
    ///
    /// # Errors
    ///
    /// When its path is relative, too long for a Unix socket below it, or has characters that a crontab, `mount` or a
    /// configuration would need quoted: a demonstration should be readable.
    pub(crate) fn new(dir: &Path) -> Result<Self> {
        let text = dir.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        if !dir.is_absolute() || !text.chars().all(plain) || text.len() > LONGEST_DIRECTORY {
            return Err(TaskError::new(format!(
                "{text:?} cannot be the directory: give an absolute path of at most {LONGEST_DIRECTORY} letters, digits \
                 and /._-"
            )));
        }
        let components = dir.components().collect::<PathBuf>();
        if components.components().count() < 3 {
            return Err(TaskError::new(format!(
                "{text:?} cannot be the directory: it is too close to the root"
            )));
        }
        Ok(Self { dir: components })
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// One of the installation's own directories or files.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The programs.
    pub(crate) fn bin(&self) -> PathBuf {
        self.at("bin")
    }

    /// One program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin().join(name)
    }

    /// The embedded catalogue.
    pub(crate) fn catalogue(&self) -> PathBuf {
        self.at("catalogue")
    }

    /// The configuration, where `pgbackman_setup embedded` writes it.
    pub(crate) fn config(&self) -> PathBuf {
        self.catalogue().join("pgbackman.conf")
    }

    /// The backups.
    pub(crate) fn backups(&self) -> PathBuf {
        self.at("backups")
    }

    /// What is `/etc/cron.d` for the private cron.
    pub(crate) fn crontabs(&self) -> PathBuf {
        self.at("cron.d")
    }

    /// The home of the user whom the jobs run as.
    pub(crate) fn home(&self) -> PathBuf {
        self.at("home")
    }

    /// The passwords of the job user, and in a demonstration of the operator.
    pub(crate) fn password_file(&self) -> PathBuf {
        self.home().join(".pgpass")
    }

    /// What the services and the node's server say.
    pub(crate) fn log(&self) -> PathBuf {
        self.at("log")
    }

    /// What the programs log.
    pub(crate) fn program_log(&self) -> PathBuf {
        self.catalogue().join("log/pgbackman.log")
    }

    /// Whether an installation was made here before.
    ///
    /// # Errors
    ///
    /// When the directory has something else in it.
    pub(crate) fn exists(&self) -> Result<bool> {
        if self.at(MARK).is_file() {
            return Ok(true);
        }
        match fs::read_dir(&self.dir).map(|mut entries| entries.next().is_none()) {
            Ok(false) => Err(TaskError::new(format!(
                "{} contains files that were not created here: specify another directory with --dir",
                self.dir.display()
            ))),
            Ok(true) | Err(_) => Ok(false),
        }
    }

    /// Makes the directories and copies the programs into theirs.
    ///
    /// # Errors
    ///
    /// When something cannot be made.
    pub(crate) fn create(&self, built: &Path, account: &Account) -> Result<()> {
        make(&self.dir, 0o755, None)?;
        fs::write(self.at(MARK), "")
            .context(|| "could not write the marker file of the directory".into())?;
        for path in [self.bin(), self.crontabs()] {
            make(&path, 0o755, None)?;
        }
        for path in [self.backups(), self.home(), self.log(), self.at("tmp")] {
            make(&path, 0o700, Some(account))?;
        }
        for Program { name: program, .. } in programs::all(&workspace::root()?)? {
            let target = self.program(&program);
            fs::copy(built.join(&program), &target)
                .and_then(|_| fs::set_permissions(&target, fs::Permissions::from_mode(0o755)))
                .context(|| format!("could not copy {program} to {}", target.display()))?;
        }
        Ok(())
    }
}

/// Makes a directory with a mode whatever the umask, and gives it to an account.
pub(super) fn make(path: &Path, mode: u32, owner: Option<&Account>) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .and_then(|()| match owner {
            Some(account) => chown(path, Some(account.uid), Some(account.gid)),
            None => Ok(()),
        })
        .context(|| format!("could not create {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_and_short_paths_below_the_root_are_taken() {
        assert!(Layout::new(Path::new("/var/tmp/quick")).is_ok());
        for bad in ["quick", "/", "/var", "/var/tmp/a b", "/var/tmp/a'b"] {
            assert!(Layout::new(Path::new(bad)).is_err(), "{bad}");
        }
        let long = format!("/var/tmp/{}", "x".repeat(60));
        assert!(Layout::new(Path::new(&long)).is_err());
    }
}
