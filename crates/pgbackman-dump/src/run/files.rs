//! The names of a run, which nobody else has, and its log files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::{DateTime, Local};
use pgbackman_core::domain::backup::names::{BackupIdentity, BackupNames, partial};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::handoff::run::Artifact;

use crate::args::Args;
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::{Failure, doing};

/// How many names are tried: more runs of a definition do not begin within one second.
const ATTEMPTS: u32 = 1_000;

/// The first names of which no file exists (trap 29b). The definition's lock is held, so nobody takes them meanwhile.
pub(crate) fn free_names(
    args: &Args,
    directories: &NodeDirectories,
    client: PgMajor,
    started: DateTime<Local>,
) -> Result<BackupNames, Failure> {
    let identity = BackupIdentity {
        dbname: &args.dbname,
        node_fqdn: &args.node_fqdn,
        client,
        origin: args.origin,
        code: args.code,
        started: started.naive_local(),
    };
    (0..ATTEMPTS)
        .map(|attempt| BackupNames::new(&identity, attempt))
        .find(|names| are_free(names, directories))
        .ok_or_else(|| {
            Failure::failed(format!(
                "found no unused file name in {}",
                directories.dump_directory.display()
            ))
        })
}

fn are_free(names: &BackupNames, directories: &NodeDirectories) -> bool {
    let dumps = names
        .in_dump_directory()
        .into_iter()
        .flat_map(|name| [partial(&name), name]);
    let logs = [names.dump_log(), names.roles_log(), names.dbconfig_log()];
    !dumps
        .map(|name| directories.dump_directory.join(name))
        .any(|path| exists(&path))
        && !logs
            .map(|name| directories.log_directory.join(name))
            .iter()
            .any(|path| exists(path))
}

fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// A new file nobody else can read, from its first byte (trap 31).
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// The log of one part.
pub(crate) fn create_log(path: &Path) -> Result<File, Failure> {
    create_private(path).map_err(doing(format!("create the log file {}", path.display())))
}

/// Writes a whole file under its `.partial` name. It is flushed with the others later.
pub(crate) fn write_partial(artifact: &Artifact, bytes: &[u8]) -> Result<(), Failure> {
    let path = artifact.partial_path();
    create_private(&path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(doing(format!("write {}", path.display())))
}
