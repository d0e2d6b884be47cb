//! PostgreSQL's server programs.

use std::path::{Path, PathBuf};

use pgbackman_core::config::{Config, trust};
use pgbackman_core::domain::catalogue_server::how_to_install;
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::error::ProgramError;
use pgbackman_core::pgtools::server_programs::ServerPrograms;

use crate::setup::failure;

/// The server programs of one release.
#[derive(Debug, Clone)]
pub(super) struct Binaries(ServerPrograms);

impl Binaries {
    /// Finds those of the newest release: in `named`, if given, otherwise in the configured directories.
    pub(super) fn newest(named: Option<&Path>, config: &Config) -> Result<Self, ProgramError> {
        let found = all(named, config)
            .into_iter()
            .max_by_key(|found| found.release.version_num());
        found.map(Self).ok_or_else(|| {
            nothing(
                "PostgreSQL's server programs (initdb, pg_ctl, postgres)",
                named,
                config,
            )
            .with_hint(
                "install PostgreSQL's server, or name the directory of its programs with --bindir",
            )
        })
    }

    /// Finds those of the major version with which a cluster was created.
    pub(super) fn of_major(
        named: Option<&Path>,
        config: &Config,
        major: PgMajor,
    ) -> Result<Self, ProgramError> {
        let found = all(named, config)
            .into_iter()
            .filter(|found| found.release.major() == major)
            .max_by_key(|found| found.release.version_num());
        found.map(Self).ok_or_else(|| {
            let what =
                format!("the server programs of PostgreSQL {major}, which created the cluster,");
            nothing(&what, named, config).with_hint(how_to_install(major))
        })
    }

    /// The path of a program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.0.dir.join(name)
    }

    /// Their directory.
    pub(super) fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The release.
    pub(super) fn release(&self) -> PgRelease {
        self.0.release
    }
}

/// The releases that are installed.
pub(super) fn releases(named: Option<&Path>, config: &Config) -> Vec<PgRelease> {
    let found = all(named, config);
    found.into_iter().map(|found| found.release).collect()
}

fn all(named: Option<&Path>, config: &Config) -> Vec<ServerPrograms> {
    ServerPrograms::in_all(&candidates(named, config))
}

fn candidates(named: Option<&Path>, config: &Config) -> Vec<PathBuf> {
    match named {
        Some(dir) => vec![std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned())],
        None => trust::existing_bin_dirs(&config.backup_server),
    }
}

fn nothing(what: &str, named: Option<&Path>, config: &Config) -> ProgramError {
    let looked: Vec<String> = candidates(named, config)
        .iter()
        .map(|dir| dir.display().to_string())
        .collect();
    let looked = if looked.is_empty() {
        "no directory in bin_dirs of the configuration exists".to_owned()
    } else {
        format!("searched in {}", looked.join(", "))
    };
    failure(format!("{what} were not found: {looked}"))
}
