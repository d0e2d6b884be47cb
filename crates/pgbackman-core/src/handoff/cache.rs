//! The cache files: what dump and restore need to know while the catalogue is down (`docs/spec/backups.md`,
//! "Directories on a backup server"). Control writes them whenever the configuration changes.
//!
//! They are TOML with a version, hold no secret, and are replaced atomically (trap 30). The node's file repeats what says
//! which server this is: with one of the two lost, a failure can still be registered.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::domain::backup::names;
use crate::domain::ids::{NodeId, ServerId};
use crate::sys::atomic_file::{self, PRIVATE_FILE};
use crate::sys::directory::Directory;
use crate::sys::privilege::Owner;

/// The version this software writes and the only one it reads.
pub const VERSION: u32 = 1;

/// What a backup needs to know about the backup server it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCache {
    /// The format's version.
    pub version: u32,
    /// `backup_server.server_id`.
    pub server_id: ServerId,
    /// The server's name.
    pub fqdn: String,
    /// `root_backup_partition`.
    pub root_backup_partition: PathBuf,
    /// The configured directory of client programs for each major version (`9.6`, `15`).
    pub bin_dirs: BTreeMap<String, PathBuf>,
}

/// What a backup needs to know about a PgSQL node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeCache {
    /// The format's version.
    pub version: u32,
    /// `pgsql_node.node_id`.
    pub node_id: NodeId,
    /// The node's name.
    pub fqdn: String,
    /// Its port.
    pub port: u16,
    /// The role that takes backups.
    pub admin_user: String,
    /// `pgnode_backup_partition`.
    pub backup_partition: PathBuf,
    /// The mark in it ([`super::directory_mark`]), where it has one that the catalogue knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_mark: Option<Uuid>,
    /// The backup server whose cache this is.
    pub server_id: ServerId,
    /// Its name.
    pub server_fqdn: String,
    /// `pg_control`'s system identifier when control last saw the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<String>,
    /// When the maintenance window ends that the node is in: until then cron's runs of its definitions end without a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<DateTime<Utc>>,
}

/// Why a cache file is of no use. The program says so and does not guess (trap 30).
#[derive(Debug, Error)]
pub enum CacheError {
    /// There is none.
    #[error("the cache file {path} does not exist: pgbackman_control writes it; is it running on this backup server, and does --root-backup-dir name its directory?", path = path.display())]
    Missing {
        /// Where it was expected.
        path: PathBuf,
    },
    /// It could not be read or written.
    #[error("cannot {action} the cache file {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It holds something else.
    #[error("the cache file {path} is damaged ({reason}): restart pgbackman_control, which writes it again", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// `cache_dir` below a server's root directory.
pub fn directory(root: &Path) -> PathBuf {
    root.join("cache_dir")
}

impl ServerCache {
    /// Where the cache of the server `fqdn` lies.
    pub fn path(root: &Path, fqdn: &str) -> PathBuf {
        directory(root).join(names::server_cache(fqdn))
    }

    /// Reads the cache of the server `fqdn`.
    pub fn read(root: &Path, fqdn: &str) -> Result<Self, CacheError> {
        let path = Self::path(root, fqdn);
        let cache: Self = read(&path, |cache: &Self| cache.version)?;
        if cache.fqdn == fqdn {
            Ok(cache)
        } else {
            Err(CacheError::Damaged {
                reason: format!("it belongs to {}", cache.fqdn),
                path,
            })
        }
    }

    /// Replaces the file in `cache_dir`, where it says anything else; `owner` as for every file a root process writes for
    /// the job user. True if it was written.
    pub fn write(&self, cache_dir: &Directory, owner: Option<Owner>) -> Result<bool, CacheError> {
        write(cache_dir, &names::server_cache(&self.fqdn), self, owner)
    }
}

impl NodeCache {
    /// Where the cache of a node lies.
    pub fn path(root: &Path, node: NodeId) -> PathBuf {
        directory(root).join(Self::file_name(node))
    }

    /// Reads the cache of a node.
    pub fn read(root: &Path, node: NodeId) -> Result<Self, CacheError> {
        let path = Self::path(root, node);
        let cache: Self = read(&path, |cache: &Self| cache.version)?;
        if cache.node_id == node {
            Ok(cache)
        } else {
            Err(CacheError::Damaged {
                reason: format!("it belongs to node {}", cache.node_id),
                path,
            })
        }
    }

    /// Replaces the file in `cache_dir`, where it says anything else. True if it was written.
    pub fn write(&self, cache_dir: &Directory, owner: Option<Owner>) -> Result<bool, CacheError> {
        write(cache_dir, &Self::file_name(self.node_id), self, owner)
    }

    /// Its name in `cache_dir`.
    pub fn file_name(node: NodeId) -> String {
        format!("pgsql_node_{node}.cache")
    }
}

/// A document's version, read before anything else so that a newer file is named as such.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

fn read<T: DeserializeOwned>(path: &Path, version_of: impl Fn(&T) -> u32) -> Result<T, CacheError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CacheError::Missing {
                path: path.to_owned(),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(damaged(path, "it is not text"));
        }
        Err(source) => {
            return Err(CacheError::Io {
                action: "read",
                path: path.to_owned(),
                source,
            });
        }
    };
    if text.contains("::") && !text.contains('=') {
        return Err(damaged(path, "it has the format of PgBackMan 1.x"));
    }
    let versioned: Versioned =
        toml::from_str(&text).map_err(|error| damaged(path, error.message()))?;
    if versioned.version != VERSION {
        return Err(damaged(
            path,
            &format!(
                "its format has version {}, but this software reads version {VERSION}",
                versioned.version
            ),
        ));
    }
    let cache: T = toml::from_str(&text).map_err(|error| damaged(path, error.message()))?;
    debug_assert_eq!(version_of(&cache), VERSION);
    Ok(cache)
}

fn damaged(path: &Path, reason: &str) -> CacheError {
    CacheError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Goes through the directory's handle: it belongs to the job user, and whoever writes here may be root.
fn write<T: Serialize>(
    cache_dir: &Directory,
    name: &str,
    cache: &T,
    owner: Option<Owner>,
) -> Result<bool, CacheError> {
    let failed = |source| CacheError::Io {
        action: "write",
        path: cache_dir.path().join(name),
        source,
    };
    let text = toml::to_string(cache).map_err(|error| failed(io::Error::other(error)))?;
    if is_current(cache_dir, name, &text) {
        return Ok(false);
    }
    atomic_file::write_in(
        cache_dir,
        name.as_ref(),
        text.as_bytes(),
        PRIVATE_FILE,
        owner,
    )
    .map_err(failed)?;
    Ok(true)
}

/// Whether the file says this already. One that cannot be read is replaced.
fn is_current(cache_dir: &Directory, name: &str, text: &str) -> bool {
    let Ok(Some(file)) = cache_dir.open_file(name.as_ref()) else {
        return false;
    };
    let mut found = String::new();
    // One byte more than expected tells a longer file.
    let limit = text.len() as u64 + 1;
    file.take(limit).read_to_string(&mut found).is_ok() && found == text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node_cache() -> NodeCache {
        NodeCache {
            version: VERSION,
            node_id: NodeId::new(3),
            fqdn: "node3.example.org".into(),
            port: 5432,
            admin_user: "postgres".into(),
            backup_partition: "/srv/pgbackman/pgsql_node_3".into(),
            directory_mark: Some(Uuid::from_u128(3)),
            server_id: ServerId::new(1),
            server_fqdn: "backup1.example.org".into(),
            system_identifier: None,
            window_until: None,
        }
    }

    #[test]
    fn trap_30_what_was_written_is_read_and_anything_else_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let node = NodeId::new(3);
        assert!(matches!(
            NodeCache::read(root, node),
            Err(CacheError::Missing { .. })
        ));
        std::fs::create_dir(directory(root)).unwrap();
        let cache_dir = Directory::open_trusted(&directory(root)).unwrap();
        assert!(node_cache().write(&cache_dir, None).unwrap());
        assert!(
            !node_cache().write(&cache_dir, None).unwrap(),
            "nothing has changed"
        );
        assert_eq!(NodeCache::read(root, node).unwrap(), node_cache());

        let path = NodeCache::path(root, node);
        let whole = std::fs::read_to_string(&path).unwrap();
        for (damage, word) in [
            (whole[..whole.len() / 2].to_owned(), "damaged"),
            (String::new(), "version"),
            (whole.replace("version = 1", "version = 2"), "version 2"),
            (
                "pgsql_node_id::3\npgnode_backup_partition::/srv\n".to_owned(),
                "1.x",
            ),
            (whole.replace("node_id = 3", "node_id = 4"), "node 4"),
        ] {
            std::fs::write(&path, damage).unwrap();
            let message = NodeCache::read(root, node).unwrap_err().to_string();
            assert!(
                message.contains(word) && message.contains("pgsql_node_3.cache"),
                "{message}"
            );
        }
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(
            NodeCache::read(root, node),
            Err(CacheError::Damaged { .. })
        ));
    }
}
