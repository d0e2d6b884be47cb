//! A dump of the catalogue database itself, taken before an upgrade: the way back.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use chrono::{DateTime, Local};
use thiserror::Error;
use tokio::process::Command;

use crate::config::{Config, Environment, trust};
use crate::conninfo::Session;
use crate::domain::pg_version::{InvalidVersion, PgRelease};
use crate::pgtools::bindir::{self, BindirError, Search, Wanted};
use crate::sys::atomic_file::PRIVATE_FILE;
use crate::sys::directory::Directory;

/// How much of what `pg_dump` complains about is repeated.
const LAST_LINES: usize = 5;

/// Why there is no dump of the catalogue.
#[derive(Debug, Error)]
pub enum CatalogueDumpError {
    /// The server cannot be asked for its version.
    #[error("could not read the server's version: {0}")]
    NoAnswer(#[source] tokio_postgres::Error),
    /// What it says is no version.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// There is no `pg_dump` for it.
    #[error("{0}; the setting bin_dirs lists the directories to search")]
    NoProgram(BindirError),
    /// The file is taken.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written, or the program cannot be run.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// `pg_dump` failed.
    #[error("{} ended with {status}: {said}", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of what it said.
        said: String,
    },
}

/// For `map_err(at(path))`.
fn at(path: &Path) -> impl Fn(io::Error) -> CatalogueDumpError + Copy {
    move |source| CatalogueDumpError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Where such a file goes when nobody gives it a name: `pgbackman-catalogue-v3-20261121T101500.dump` in the directory, and
/// `….2.dump` if an attempt before this one was made in the same second, even if it was killed.
pub fn free_file(directory: &Path, version: i32, now: DateTime<Local>) -> PathBuf {
    let name = format!(
        "pgbackman-catalogue-v{version}-{}",
        now.format("%Y%m%dT%H%M%S")
    );
    let first = directory.join(format!("{name}.dump"));
    std::iter::once(first.clone())
        .chain((2..100).map(|number| directory.join(format!("{name}.{number}.dump"))))
        .find(|file| !is_taken(file) && !is_taken(&partial_name(file)))
        // Refused, since it exists.
        .unwrap_or(first)
}

fn is_taken(file: &Path) -> bool {
    file.symlink_metadata().is_ok()
}

/// The way to the database and the program that dumps it, found out before anything is locked.
#[derive(Debug)]
pub struct Dumper {
    program: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Dumper {
    /// Finds `pg_dump` for the session's server, in the directories that the configuration trusts.
    ///
    /// # Errors
    /// There is none, or the server does not say its version.
    pub async fn find(
        session: &Session,
        config: &Config,
        env: &Environment,
    ) -> Result<Self, CatalogueDumpError> {
        let number: i32 = session
            .query_one(
                "SELECT pg_catalog.current_setting('server_version_num')::integer",
                &[],
            )
            .await
            .and_then(|row| row.try_get(0))
            .map_err(CatalogueDumpError::NoAnswer)?;
        let release = PgRelease::from_version_num(number)?;
        let section = &config.backup_server;
        let search = Search {
            configured: &[],
            installed: &trust::existing_bin_dirs(section),
            trusted: &|path| trust::check_bin_dir(section, path),
        };
        let wanted = Wanted {
            server: release.major(),
            asked: None,
        };
        let tools = bindir::find(&search, wanted)
            .await
            .map_err(CatalogueDumpError::NoProgram)?;
        let mut variables = session.client_variables();
        // For ~/.pgpass and ~/.postgresql; Debian's pg_dump is a script that looks for programs.
        if let Some(home) = env.home() {
            variables.push(("HOME".into(), home.into()));
        }
        variables.push(("PATH".into(), "/usr/bin:/bin".into()));
        Ok(Self {
            program: tools.program("pg_dump"),
            variables,
        })
    }

    /// Dumps the database into a new file that only its owner can read: whole and flushed, or not at all. The format is
    /// `pg_restore`'s own.
    ///
    /// # Errors
    /// The file exists or cannot be written, or `pg_dump` failed.
    pub async fn dump(&self, file: &Path) -> Result<(), CatalogueDumpError> {
        if is_taken(file) {
            return Err(CatalogueDumpError::Exists(file.to_owned()));
        }
        let partial = partial_name(file);
        let output = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE_FILE)
            .open(&partial)
            .map_err(at(&partial))?;
        let mut partial = Partial {
            path: partial,
            published: false,
        };
        self.run(&output).await?;
        publish(&output, &partial.path, file).map_err(at(file))?;
        partial.published = true;
        Ok(())
    }

    async fn run(&self, output: &File) -> Result<(), CatalogueDumpError> {
        let failed = at(&self.program);
        let stdout = output.try_clone().map_err(failed)?;
        let said = Command::new(&self.program)
            .args([
                "--format=custom",
                "--no-password",
                "--lock-wait-timeout=60s",
                "--no-sync",
            ])
            .env_clear()
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?
            .wait_with_output()
            .await
            .map_err(failed)?;
        if said.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&said.stderr);
        let lines: Vec<&str> = words.lines().filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("; ");
        Err(CatalogueDumpError::Failed {
            program: self.program.clone(),
            status: said.status,
            said: last,
        })
    }
}

/// The file while it is written: gone, unless it was published, also when an operator does not wait for it.
#[derive(Debug)]
struct Partial {
    path: PathBuf,
    published: bool,
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.published {
            // What matters is that there is no dump, and its name says that it is none.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn partial_name(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn publish(output: &File, partial: &Path, file: &Path) -> io::Result<()> {
    output.sync_all()?;
    std::fs::rename(partial, file)?;
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Directory::open_trusted(parent)?.sync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_of_one_second_have_files_of_their_own() {
        let directory = tempfile::tempdir().unwrap();
        let now = Local::now();
        let first = free_file(directory.path(), 3, now);
        assert_eq!(free_file(directory.path(), 3, now), first);
        std::fs::write(&first, "").unwrap();
        let second = free_file(directory.path(), 3, now);
        assert!(second.to_str().unwrap().ends_with(".2.dump"), "{second:?}");
        // That of an attempt that was killed.
        std::fs::write(partial_name(&second), "").unwrap();
        assert!(
            free_file(directory.path(), 3, now)
                .to_str()
                .unwrap()
                .ends_with(".3.dump")
        );
    }
}
