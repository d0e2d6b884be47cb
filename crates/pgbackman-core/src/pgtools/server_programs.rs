//! PostgreSQL's server programs: which releases are installed where.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::domain::pg_version::PgRelease;

/// The programs without which there is no cluster.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// The server programs of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPrograms {
    /// Their directory.
    pub dir: PathBuf,
    /// What `postgres --version` says.
    pub release: PgRelease,
}

impl ServerPrograms {
    /// The programs in a directory, if they are all there and say what they are. It starts one of them.
    pub fn in_directory(dir: &Path) -> Option<Self> {
        if !NEEDED.iter().all(|name| dir.join(name).is_file()) {
            return None;
        }
        let said = Command::new(dir.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let release = PgRelease::from_tool_output(&String::from_utf8_lossy(&said.stdout)).ok()?;
        Some(Self {
            dir: dir.to_owned(),
            release,
        })
    }

    /// Those in all these directories.
    pub fn in_all(dirs: &[PathBuf]) -> Vec<Self> {
        dirs.iter()
            .filter_map(|dir| Self::in_directory(dir))
            .collect()
    }
}
