//! Where this backup server keeps a node's backups, from the cache files alone: the catalogue may be down (traps 29, 30).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::config::Config;
use crate::config::trust;
use crate::domain::ids::{NodeId, ServerId};
use crate::domain::pg_version::PgMajor;
use crate::handoff::cache::{NodeCache, ServerCache};

use super::failure::Failure;

/// What the caches say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDirectories {
    /// This backup server.
    pub server: ServerId,
    /// The node's directory.
    pub partition: PathBuf,
    /// The mark that it should have, where that is known.
    pub directory_mark: Option<Uuid>,
    /// `dump` of the node's directory.
    pub dump_directory: PathBuf,
    /// `log` of the node's directory.
    pub log_directory: PathBuf,
    /// The configured directory of client programs for each major version.
    pub bin_dirs: BTreeMap<String, PathBuf>,
    /// The node's system identifier when control last saw it.
    pub system_identifier: Option<String>,
    /// When the maintenance window ends that the node is in, as control last wrote it.
    pub window_until: Option<DateTime<Utc>>,
}

/// Why the directories are not known, and what is known all the same for the report of it.
#[derive(Debug)]
pub struct UnknownDirectories {
    /// This backup server, where one of the two caches could be read.
    pub server: Option<ServerId>,
    /// Why.
    pub failure: Failure,
}

impl NodeDirectories {
    /// Reads both caches and checks what they say against the local configuration.
    pub fn find(config: &Config, root: &Path, node: NodeId) -> Result<Self, UnknownDirectories> {
        let server = ServerCache::read(root, &config.backup_server.fqdn());
        let node = NodeCache::read(root, node);
        let known = match (&server, &node) {
            (Ok(server), _) => Some(server.server_id),
            (Err(_), Ok(node)) => Some(node.server_id),
            (Err(_), Err(_)) => None,
        };
        let unknown = |failure| UnknownDirectories {
            server: known,
            failure,
        };
        let server = server.map_err(|error| unknown(Failure::failed(error)))?;
        let node = node.map_err(|error| unknown(Failure::failed(error)))?;
        let partition =
            trust::check_backup_path_on_disk(&config.backup_server, &node.backup_partition)
                .map_err(|error| unknown(Failure::refused(error)))?;
        let directories = Self {
            server: server.server_id,
            dump_directory: partition.join("dump"),
            log_directory: partition.join("log"),
            partition,
            directory_mark: node.directory_mark,
            bin_dirs: server.bin_dirs,
            system_identifier: node.system_identifier,
            window_until: node.window_until,
        };
        for directory in [&directories.dump_directory, &directories.log_directory] {
            is_there(directory).map_err(unknown)?;
        }
        Ok(directories)
    }
}

impl NodeDirectories {
    /// The catalogue's directories of client programs with their versions; a key that is no version is none of ours.
    pub fn configured_directories(&self) -> Vec<(PgMajor, PathBuf)> {
        self.bin_dirs
            .iter()
            .filter_map(|(major, path)| Some((major.parse().ok()?, path.clone())))
            .collect()
    }
}

/// The directories are control's to make. One that is missing may mean that a file system is not mounted, and a backup
/// written into the empty mount point would fill another one.
fn is_there(directory: &Path) -> Result<(), Failure> {
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::failed(format!(
            "{} is not a directory",
            directory.display()
        ))),
        Err(error) => Err(Failure::failed(format!(
            "could not use the backup directory {}: {error}; pgbackman_control creates it: is it running, and is the \
             file system mounted?",
            directory.display()
        ))),
    }
}
