//! The PostgreSQL server of a private catalogue, and the programs on disk that it was started from. A package that is updated
//! replaces the programs and libraries under the running server: what a session loads from then on is of another release than
//! the server, and may not load at all.

use super::pg_version::{PgMajor, PgRelease};

/// How a running server stands to what is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the release that is installed.
    Current,
    /// Another minor release is installed in the place of the one that runs.
    Outdated {
        /// The release of the running server.
        running: PgRelease,
        /// The release on disk.
        installed: PgRelease,
    },
    /// No programs of its major version are installed any more: it runs on until it is stopped, and cannot be started again.
    Removed {
        /// The release of the running server.
        running: PgRelease,
    },
}

/// Compares a running server with all releases that are installed.
pub fn judge(running: PgRelease, installed: &[PgRelease]) -> Standing {
    let of_major = installed
        .iter()
        .filter(|release| release.major() == running.major())
        .max_by_key(|release| release.version_num());
    match of_major {
        None => Standing::Removed { running },
        Some(installed) if *installed == running => Standing::Current,
        Some(installed) => Standing::Outdated {
            running,
            installed: *installed,
        },
    }
}

/// The newest major version that is installed beside the one that a catalogue has.
pub fn newer_major(present: PgMajor, installed: &[PgRelease]) -> Option<PgMajor> {
    installed
        .iter()
        .map(|release| release.major())
        .filter(|major| *major > present)
        .max()
}

impl Standing {
    /// What is wrong, in a sentence without its end; `None` where nothing is.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Current => None,
            Self::Outdated { running, installed } => Some(format!(
                "the embedded catalogue runs PostgreSQL {running}, but {installed} is installed: new sessions may be \
                 unable to load its libraries until it is restarted"
            )),
            Self::Removed { running } => Some(format!(
                "the embedded catalogue runs PostgreSQL {running}, but the server programs of PostgreSQL {} are no \
                 longer installed: once stopped, it cannot be started again",
                running.major()
            )),
        }
    }
}

/// How the programs of a major version are installed again.
pub fn how_to_install(major: PgMajor) -> String {
    format!(
        "install PostgreSQL {major} again (Debian: apt install postgresql-{major}, which may need the repository of \
         the PostgreSQL project; Red Hat: dnf install postgresql{major}-server), or specify the directory of its \
         programs with --bindir"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> PgRelease {
        text.parse().unwrap()
    }

    #[test]
    fn b4_a_server_is_compared_with_the_newest_installed_release_of_its_major_version() {
        let installed = ["15.18", "15.20", "17.10", "9.6.24"].map(release);
        assert_eq!(judge(release("15.20"), &installed), Standing::Current);
        let outdated = judge(release("15.18"), &installed);
        assert_eq!(
            outdated,
            Standing::Outdated {
                running: release("15.18"),
                installed: release("15.20")
            }
        );
        // An older one in its place is another one, too.
        assert!(matches!(
            judge(release("15.21"), &installed),
            Standing::Outdated { .. }
        ));
        let removed = judge(release("16.4"), &installed);
        assert_eq!(
            removed,
            Standing::Removed {
                running: release("16.4")
            }
        );
        assert_eq!(Standing::Current.problem(), None);
        assert!(outdated.problem().unwrap().contains("15.18, but 15.20 is"));
        assert!(removed.problem().unwrap().contains("of PostgreSQL 16 are"));
        assert_eq!(
            newer_major(release("15.20").major(), &installed),
            Some(release("17.10").major())
        );
        assert_eq!(newer_major(release("17.10").major(), &installed), None);
    }
}
