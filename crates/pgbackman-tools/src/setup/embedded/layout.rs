//! The paths of an embedded catalogue.

use std::path::{Component, Path, PathBuf};

use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;

/// The longest path of a Unix socket, in bytes: `sockaddr_un` holds 108 with the end (trap 30a).
const LONGEST_SOCKET_PATH: usize = 107;

/// Prefix of the names of clusters that an upgrade has kept.
const KEPT: &str = "data.pg";

/// The directory of an embedded catalogue and the paths in it.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    dir: PathBuf,
}

impl Layout {
    /// Creates the layout of this directory, which need not exist.
    ///
    /// `pg_ctl` passes the directory to a shell in double quotes, and `postgresql.conf`, systemd and cron have their
    /// own quoting rules. Therefore only characters that need no quoting are accepted.
    pub(super) fn new(dir: &Path) -> Result<Self, ProgramError> {
        let refused = |reason: &str| {
            let message = format!("--dir {} is refused: {reason}", dir.display());
            ProgramError::new(ExitCode::Refused, message)
        };
        let absolute = std::path::absolute(dir)
            .map_err(|error| refused(&format!("it cannot be made absolute: {error}")))?;
        if absolute
            .components()
            .any(|part| part == Component::ParentDir)
        {
            return Err(refused("it contains `..`"));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
        if !absolute.to_string_lossy().chars().all(plain) {
            return Err(refused(
                "only letters, digits and / . _ + - are allowed in its path",
            ));
        }
        if absolute.components().count() < 3 {
            return Err(refused("it is too close to the root directory"));
        }
        Ok(Self {
            dir: absolute.components().collect(),
        })
    }

    /// The directory itself.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The cluster's data.
    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The cluster's data while `initdb` creates it.
    pub(super) fn unfinished_data(&self) -> PathBuf {
        self.dir.join("data.unfinished")
    }

    /// The cluster of an older major version, or after an undone upgrade that of a newer one.
    pub(super) fn data_of(&self, major: PgMajor) -> PathBuf {
        self.dir.join(format!("{KEPT}{major}"))
    }

    /// The major versions of the clusters that upgrades have kept.
    pub(super) fn kept_majors(&self) -> Vec<PgMajor> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter_map(|name| name.strip_prefix(KEPT)?.parse().ok())
            .collect()
    }

    /// The new cluster while an upgrade fills it.
    pub(super) fn new_data(&self) -> PathBuf {
        self.dir.join("data.new")
    }

    /// The new cluster when it is ready to replace the old one.
    pub(super) fn ready_data(&self) -> PathBuf {
        self.dir.join("data.ready")
    }

    /// The socket of an upgrade's servers, accessible only to the owner of the cluster.
    pub(super) fn apart(&self) -> PathBuf {
        self.dir.join("upgrade")
    }

    /// The dumps of an upgrade, accessible only to the caller.
    pub(super) fn dumps(&self) -> PathBuf {
        self.dir.join("upgrade.dumps")
    }

    /// The server's settings and rules.
    pub(super) fn etc(&self) -> PathBuf {
        self.dir.join("etc")
    }

    /// `postgresql.conf`
    pub(super) fn settings(&self) -> PathBuf {
        self.etc().join("postgresql.conf")
    }

    /// `pg_hba.conf`
    pub(super) fn rules(&self) -> PathBuf {
        self.etc().join("pg_hba.conf")
    }

    /// `pg_ident.conf`
    pub(super) fn identities(&self) -> PathBuf {
        self.etc().join("pg_ident.conf")
    }

    /// The socket's directory.
    pub(super) fn run(&self) -> PathBuf {
        self.dir.join("run")
    }

    /// The programs' log files.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// The default directory of the backups.
    pub(super) fn backups(&self) -> PathBuf {
        self.dir.join("backups")
    }

    /// The configuration.
    pub(super) fn config(&self) -> PathBuf {
        self.dir.join("pgbackman.conf")
    }

    /// The lock file that setups acquire in turn.
    pub(super) fn lock(&self) -> PathBuf {
        self.dir.join(".setup.lock")
    }

    /// The lock file that a setup shares with its `initdb`.
    pub(super) fn init_lock(&self) -> PathBuf {
        self.dir.join(".initdb.lock")
    }

    /// Refuses a directory whose socket path would be too long.
    pub(super) fn check_socket(&self, port: u16) -> Result<(), ProgramError> {
        let socket = self.run().join(format!(".s.PGSQL.{port}"));
        let length = socket.as_os_str().len();
        if length <= LONGEST_SOCKET_PATH {
            return Ok(());
        }
        let message = format!(
            "--dir {} is refused: the path of its socket {} would have {length} bytes, and the limit is \
             {LONGEST_SOCKET_PATH}",
            self.dir.display(),
            socket.display()
        );
        Err(ProgramError::new(ExitCode::Refused, message)
            .with_hint("choose a shorter path, such as /var/lib/pgbackman-catalogue"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Layout;

    #[test]
    fn only_plain_paths_below_the_root_are_taken() {
        for good in ["/var/lib/pgbackman-catalogue", "/srv/pg_1.2/", "relative"] {
            assert!(Layout::new(Path::new(good)).is_ok(), "{good}");
        }
        for bad in [
            "/",
            "/var",
            "/var/lib/a b",
            "/var/lib/$x",
            "/var/lib/../x",
            "/var/lib/a'b",
            "/var/lib/ä",
        ] {
            assert!(Layout::new(Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn trap_30a_a_sockets_path_has_at_most_107_bytes() {
        let rest = "/run/.s.PGSQL.5432".len();
        let fits = format!("/{}/x", "d".repeat(107 - rest - 3));
        Layout::new(Path::new(&fits))
            .unwrap()
            .check_socket(5432)
            .unwrap();
        let long = format!("{fits}x");
        let error = Layout::new(Path::new(&long))
            .unwrap()
            .check_socket(5432)
            .unwrap_err();
        assert!(
            error.message.contains("108 bytes, and the limit is 107"),
            "{error}"
        );
    }
}
