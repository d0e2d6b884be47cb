//! The PostgreSQL releases that the tests run against, and where their binaries lie.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A release to test with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// The distribution's: 15 if it is installed, otherwise the newest one that is.
    Installed,
    /// 16, unpacked by `cargo xtask test`.
    V16,
    /// 18, unpacked by `cargo xtask test`.
    V18,
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Installed, Self::V16, Self::V18];

    /// The directory of the binaries.
    pub fn bin_dir(self) -> PathBuf {
        match self {
            Self::Installed => installed_bin_dir(Path::new("/usr/lib/postgresql")),
            Self::V16 => unpacked_bin_dir(16),
            Self::V18 => unpacked_bin_dir(18),
        }
    }

    /// The major version's number.
    pub fn major(self) -> u32 {
        match self {
            Self::V16 => 16,
            Self::V18 => 18,
            Self::Installed => self
                .bin_dir()
                .parent()
                .and_then(|dir| dir.file_name()?.to_str()?.parse().ok())
                .expect("found by its numeric name"),
        }
    }

    /// The complete version, such as `15.14`, as `postgres --version` says it.
    pub fn release(self) -> String {
        let said = Command::new(self.bin_dir().join("postgres"))
            .arg("--version")
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        said.split_whitespace()
            .nth(2)
            .expect("`postgres (PostgreSQL) <version>`")
            .to_owned()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major())
    }
}

/// Debian's directory of 15, or of the newest major that has a server.
fn installed_bin_dir(root: &Path) -> PathBuf {
    let found = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|major| root.join(major.to_string()).join("bin/initdb").is_file())
        .max_by_key(|major| (*major == 15, *major))
        .unwrap_or_else(|| {
            panic!(
                "no PostgreSQL server in {}: install one (Debian: apt-get install postgresql), or run `cargo xtask test`",
                root.display()
            )
        });
    root.join(found.to_string()).join("bin")
}

/// The directory of a release that the distribution does not have.
fn unpacked_bin_dir(major: u32) -> PathBuf {
    let root = std::env::var_os("PGBACKMAN_TEST_PG_DIR").map_or_else(
        || PathBuf::from("/var/tmp/pgbackman-test-pg"),
        PathBuf::from,
    );
    let dir = root.join(major.to_string()).join("bin");
    assert!(
        dir.join("initdb").is_file(),
        "no PostgreSQL {major} in {}: `cargo xtask test` fetches and unpacks it; another place is named by \
         PGBACKMAN_TEST_PG_DIR",
        dir.display()
    );
    dir
}
