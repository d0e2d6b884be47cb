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
    /// 17, unpacked by `cargo xtask test`: the one whose programs know lz4 and zstd, and that has all of contrib.
    V17,
    /// 18, unpacked by `cargo xtask test`.
    V18,
    /// A server of one of [`Version::SERVERS`], unpacked by `cargo xtask test --matrix`. It knows ICU. Those of
    /// [`Version::NEWER`] have client programs, the others none.
    Server(u32),
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Installed, Self::V16, Self::V17, Self::V18];
    /// The majors of [`Version::Server`], but for those of [`Version::NEWER`].
    pub const SERVERS: [u32; 7] = [12, 13, 14, 15, 16, 17, 18];
    /// Majors of [`Version::Server`] that come from Debian's archive, from which not every machine gets them.
    pub const NEWER: [u32; 1] = [19];

    /// Every [`Version::Server`] that there is: those of [`Version::NEWER`] where they were to be had.
    pub fn servers() -> Vec<Self> {
        let newer = Self::NEWER.into_iter().filter(|major| {
            unpacked(&format!("servers/{major}"))
                .join("initdb")
                .is_file()
        });
        Self::SERVERS
            .into_iter()
            .chain(newer)
            .map(Self::Server)
            .collect()
    }

    /// The newest client programs that there are.
    pub fn newest_clients() -> Self {
        match Self::servers().pop() {
            Some(Self::Server(major)) if Self::NEWER.contains(&major) => Self::Server(major),
            _ => Self::V18,
        }
    }

    /// The directory of the server's programs.
    pub fn bin_dir(self) -> PathBuf {
        match self {
            Self::Installed => installed_bin_dir(Path::new("/usr/lib/postgresql")),
            Self::V16 => unpacked_bin_dir("16"),
            Self::V17 => unpacked_bin_dir("17"),
            Self::V18 => unpacked_bin_dir("18"),
            Self::Server(major) => unpacked_bin_dir(&format!("servers/{major}")),
        }
    }

    /// The directory of the client programs; for a server without any those of the nearest release that has them.
    pub fn client_bin_dir(self) -> PathBuf {
        match self {
            Self::Server(..=15) => Self::Installed.bin_dir(),
            Self::Server(16) => Self::V16.bin_dir(),
            Self::Server(17) => Self::V17.bin_dir(),
            Self::Server(18) => Self::V18.bin_dir(),
            with_clients => with_clients.bin_dir(),
        }
    }

    /// The major version's number.
    pub fn major(self) -> u32 {
        match self {
            Self::V16 => 16,
            Self::V17 => 17,
            Self::V18 => 18,
            Self::Server(major) => major,
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

/// Where the programs of such a release are, if it was unpacked.
fn unpacked(place: &str) -> PathBuf {
    let root = std::env::var_os("PGBACKMAN_TEST_PG_DIR").map_or_else(
        || PathBuf::from("/var/tmp/pgbackman-test-pg"),
        PathBuf::from,
    );
    root.join(place).join("bin")
}

/// The directory of a release that the distribution does not have.
fn unpacked_bin_dir(place: &str) -> PathBuf {
    let dir = unpacked(place);
    assert!(
        dir.join("initdb").is_file(),
        "no PostgreSQL in {}: `cargo xtask test` (for servers/…: `cargo xtask test --matrix`) fetches and unpacks it; another \
         place is named by PGBACKMAN_TEST_PG_DIR",
        dir.display()
    );
    dir
}
