//! PostgreSQL's server programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgbackman_core::config::{Config, trust};
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::error::ProgramError;

use crate::setup::failure;

/// The programs without which there is no cluster.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// The server programs of one release.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    dir: PathBuf,
    release: PgRelease,
}

impl Binaries {
    /// Those of the newest release: in `named`, if given, else among the configured directories.
    pub(super) fn newest(named: Option<&Path>, config: &Config) -> Result<Self, ProgramError> {
        let candidates = candidates(named, config);
        let found = find(&candidates)
            .into_iter()
            .max_by_key(|found| found.release.version_num());
        found.ok_or_else(|| {
            nothing(
                "PostgreSQL's server programs (initdb, pg_ctl, postgres)",
                &candidates,
            )
        })
    }

    /// Those of the major version that a cluster was made with.
    pub(super) fn of_major(
        named: Option<&Path>,
        config: &Config,
        major: &str,
    ) -> Result<Self, ProgramError> {
        let candidates = candidates(named, config);
        let found = find(&candidates)
            .into_iter()
            .filter(|found| found.release.major().to_string() == major)
            .max_by_key(|found| found.release.version_num());
        found.ok_or_else(|| {
            let what = format!(
                "the server programs of PostgreSQL {major}, with which the cluster was made,"
            );
            nothing(&what, &candidates)
        })
    }

    /// One of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The release.
    pub(super) fn release(&self) -> PgRelease {
        self.release
    }
}

fn candidates(named: Option<&Path>, config: &Config) -> Vec<PathBuf> {
    match named {
        Some(dir) => vec![std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())],
        None => trust::existing_bin_dirs(&config.backup_server),
    }
}

fn find(candidates: &[PathBuf]) -> Vec<Binaries> {
    candidates.iter().filter_map(|dir| look(dir)).collect()
}

/// The programs in a directory, if they are all there and say what they are.
fn look(dir: &Path) -> Option<Binaries> {
    if !NEEDED.iter().all(|name| dir.join(name).is_file()) {
        return None;
    }
    let said = Command::new(dir.join("postgres"))
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let release = PgRelease::from_tool_output(&String::from_utf8_lossy(&said.stdout)).ok()?;
    Some(Binaries {
        dir: dir.to_owned(),
        release,
    })
}

fn nothing(what: &str, candidates: &[PathBuf]) -> ProgramError {
    let looked: Vec<String> = candidates
        .iter()
        .map(|dir| dir.display().to_string())
        .collect();
    let looked = if looked.is_empty() {
        "no directory that bin_dirs of the configuration names exists".to_owned()
    } else {
        format!("looked in {}", looked.join(", "))
    };
    failure(format!("{what} were not found: {looked}"))
        .with_hint("install PostgreSQL's server, or give the programs' directory with --bindir")
}
