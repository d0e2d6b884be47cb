//! Finds the client programs that can serve a node: the catalogue's `pgsql_bin_N` directories first, then those the local
//! configuration names (`bin_dirs`), each only where the local configuration trusts it (`docs/spec/setup.md`, "What the
//! catalogue may not decide").

use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;

use crate::config::trust::TrustError;
use crate::domain::pg_version::{InvalidVersion, PgMajor, PgRelease};

/// How long `--version` may take; Debian's wrapper in /usr/bin is a Perl program.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// Client programs of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTools {
    /// Their directory.
    pub bindir: PathBuf,
    /// Their release, by their own word.
    pub release: PgRelease,
}

impl ClientTools {
    /// The path of one of them (`pg_dump`, `pg_dumpall`, `pg_restore`, `psql`).
    pub fn program(&self, name: &str) -> PathBuf {
        self.bindir.join(name)
    }
}

/// Where to look.
pub struct Search<'a> {
    /// The catalogue's directories (`pgsql_bin_15` and its like) with their majors.
    pub configured: &'a [(PgMajor, PathBuf)],
    /// The local configuration's directories that exist (`config::trust::existing_bin_dirs`).
    pub installed: &'a [PathBuf],
    /// Whether the local configuration trusts a directory (`config::trust::check_bin_dir`).
    pub trusted: &'a (dyn Fn(&Path) -> Result<PathBuf, TrustError> + Sync),
}

/// Which client is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The server's major version.
    pub server: PgMajor,
    /// The client's, where the operator chose it (`--pg-dump-release`).
    pub asked: Option<PgMajor>,
}

/// A directory whose programs are not used.
#[derive(Debug, Error)]
#[error("{} ({why})", directory.display())]
pub struct NotUsed {
    /// The directory.
    pub directory: PathBuf,
    /// Why they are not.
    pub why: WhyNot,
}

/// Why a directory's programs are not used.
#[derive(Debug, Error)]
pub enum WhyNot {
    /// The local configuration does not trust it.
    #[error(transparent)]
    NotTrusted(#[from] TrustError),
    /// They are of this release, which is not the one wanted.
    #[error("{0}")]
    Release(PgRelease),
    /// It has none.
    #[error("no pg_dump there")]
    NoPgDump,
    /// Its `pg_dump` does not start.
    #[error("could not run pg_dump: {0}")]
    CannotRun(#[source] io::Error),
    /// Its `pg_dump` does not say its version in time.
    #[error("pg_dump --version did not end within {} s", .0.as_secs())]
    NoAnswer(Duration),
    /// What its `pg_dump` says is no version.
    #[error(transparent)]
    NoVersion(#[from] InvalidVersion),
}

/// No client program was found.
#[derive(Debug, Error)]
pub enum BindirError {
    /// The version asked for cannot dump this server, whatever is installed.
    #[error(
        "client tools of PostgreSQL {asked} cannot dump a server of version {server}: specify {server} or newer"
    )]
    CannotServe {
        /// What was asked for.
        asked: PgMajor,
        /// The server's version.
        server: PgMajor,
    },
    /// Nothing suitable is installed.
    #[error("found no pg_dump for a PostgreSQL {server} server{}: {}; install the client tools, or set {} with \
             update_backup_server_config", .asked.map(|asked| format!(" (version {asked} was requested)")).unwrap_or_default(),
            looked_at(.tried), .asked.unwrap_or(*.server).bindir_parameter())]
    NotFound {
        /// The server's version.
        server: PgMajor,
        /// What was asked for.
        asked: Option<PgMajor>,
        /// Each directory with what was found in it.
        tried: Vec<NotUsed>,
    },
}

fn looked_at(tried: &[NotUsed]) -> String {
    if tried.is_empty() {
        return "there is no directory to search".to_owned();
    }
    let tried: Vec<String> = tried.iter().map(ToString::to_string).collect();
    format!("searched {}", tried.join("; "))
}

/// Finds the client for a server: of the version asked for, else of the server's own major version, else of the next newer
/// one that can serve it (trap 9).
///
/// # Errors
/// What was checked, and what was wrong with it.
pub async fn find(search: &Search<'_>, wanted: Wanted) -> Result<ClientTools, BindirError> {
    let Wanted { server, asked } = wanted;
    if let Some(asked) = asked.filter(|asked| !asked.can_dump(server)) {
        return Err(BindirError::CannotServe { asked, server });
    }
    let best = asked.unwrap_or(server);
    let mut tried = Vec::new();
    let mut next_newer: Option<ClientTools> = None;
    for candidate in candidates(search, best, &mut tried) {
        match release_of(&candidate).await {
            Ok(release) if release.major() == best => {
                return Ok(ClientTools {
                    bindir: candidate,
                    release,
                });
            }
            Ok(release) => {
                tried.push(NotUsed {
                    directory: candidate.clone(),
                    why: WhyNot::Release(release),
                });
                let better = next_newer
                    .as_ref()
                    .is_none_or(|found| release.major() < found.release.major());
                if asked.is_none() && release.major().can_dump(server) && better {
                    next_newer = Some(ClientTools {
                        bindir: candidate,
                        release,
                    });
                }
            }
            Err(why) => tried.push(NotUsed {
                directory: candidate,
                why,
            }),
        }
    }
    next_newer.ok_or(BindirError::NotFound {
        server,
        asked,
        tried,
    })
}

/// Every client that is installed and trusted, for a choice that one version does not settle
/// ([`crate::domain::restore::restore_client`]), with what was wrong with the other directories.
pub async fn installed(search: &Search<'_>) -> (Vec<ClientTools>, Vec<NotUsed>) {
    let mut refused = Vec::new();
    let mut found = Vec::new();
    for bindir in candidates(search, PgMajor::new(0), &mut refused) {
        match release_of(&bindir).await {
            Ok(release) => found.push(ClientTools { bindir, release }),
            Err(why) => refused.push(NotUsed {
                directory: bindir,
                why,
            }),
        }
    }
    (found, refused)
}

/// The directories that exist and are trusted, each once: first the ones likely to hold the best version, so that usually
/// one program is asked for its version.
fn candidates(search: &Search<'_>, best: PgMajor, tried: &mut Vec<NotUsed>) -> Vec<PathBuf> {
    let configured = search
        .configured
        .iter()
        .map(|(major, path)| (*major == best, path.clone()));
    let found = search
        .installed
        .iter()
        .map(|path| (names_version(path, best), path.clone()));
    let (likely, others): (Vec<_>, Vec<_>) =
        configured.chain(found).partition(|(likely, _)| *likely);
    let mut chosen: Vec<PathBuf> = Vec::new();
    for (_, path) in likely.into_iter().chain(others) {
        if chosen.contains(&path) || !path.is_dir() {
            continue;
        }
        match (search.trusted)(&path) {
            Ok(_) => chosen.push(path),
            Err(error) => tried.push(NotUsed {
                directory: path,
                why: error.into(),
            }),
        }
    }
    chosen
}

/// Whether one of a path's names is the version or ends in it (`15`, `pgsql-15`).
fn names_version(path: &Path, major: PgMajor) -> bool {
    let version = major.to_string();
    path.components().any(|component| match component {
        Component::Normal(name) => {
            name.to_str().and_then(|name| name.rsplit('-').next()) == Some(&version)
        }
        _ => false,
    })
}

/// Asks a directory's `pg_dump` for its release.
async fn release_of(bindir: &Path) -> Result<PgRelease, WhyNot> {
    let program = bindir.join("pg_dump");
    if !program.is_file() {
        return Err(WhyNot::NoPgDump);
    }
    let mut command = Command::new(&program);
    command
        .arg("--version")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C");
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = match tokio::time::timeout(VERSION_TIMEOUT, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(WhyNot::CannotRun(error)),
        Err(_) => return Err(WhyNot::NoAnswer(VERSION_TIMEOUT)),
    };
    Ok(PgRelease::from_tool_output(&String::from_utf8_lossy(
        &output.stdout,
    ))?)
}

#[cfg(test)]
#[path = "bindir_tests.rs"]
mod tests;
