//! A restore's own log: every command and its output, nothing secret, readable by nobody else.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::Local;
use pgbackman_core::domain::backup::names;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::job::failure::{Failure, doing, sanitize};
use pgbackman_core::sys::process::Program;

use crate::args::Args;

/// How many names are tried.
const ATTEMPTS: u32 = 1_000;

/// The log.
#[derive(Debug)]
pub(crate) struct RestoreLog {
    file: File,
    path: Option<PathBuf>,
}

impl RestoreLog {
    /// A new log in this directory.
    pub(crate) fn create(directory: &Path, args: &Args) -> Result<Self, Failure> {
        let release = args.pg_release.map(PgRelease::major);
        let mut attempt = 0;
        loop {
            let name = names::restore_log(
                &args.target_dbname,
                &args.node_fqdn,
                release,
                args.restore,
                attempt,
            );
            let path = directory.join(name);
            let made = OpenOptions::new()
                .append(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            match made {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        path: Some(path),
                    });
                }
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                Err(error) => {
                    return Err(doing(format!("create the log file {}", path.display()))(
                        error,
                    ));
                }
            }
        }
    }

    /// A log that nobody reads, for a dry run.
    pub(crate) fn none() -> Result<Self, Failure> {
        let file = OpenOptions::new()
            .append(true)
            .open("/dev/null")
            .map_err(doing("open /dev/null"))?;
        Ok(Self { file, path: None })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file, for the programs' own output.
    pub(crate) fn file(&self) -> Result<File, Failure> {
        self.file.try_clone().map_err(doing("share the log file"))
    }

    /// Adds a line. A log that cannot be written (a full disk) stops no restore.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        let time = Local::now().format("%Y-%m-%d %H:%M:%S");
        let line = format!("{time} {}\n", sanitize(text.as_ref()));
        let _lost_on_a_full_disk = (&self.file).write_all(line.as_bytes());
    }

    /// Adds the command that is about to run.
    pub(crate) fn command(&self, program: &Program) {
        self.say(format!("run {}", shown(program)));
    }
}

/// A command as the log and the plan show it, each argument apart.
pub(crate) fn shown(program: &Program) -> String {
    let words: Vec<String> = program.args.iter().map(word_shown).collect();
    format!("{} {}", program.path.display(), words.join(" "))
}

fn word_shown(word: &OsString) -> String {
    format!("[{}]", word.display())
}
