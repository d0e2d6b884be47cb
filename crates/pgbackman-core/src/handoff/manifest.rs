//! The manifest beside a backup: what it is, and every file of it with size and SHA-256, enough to prove the backup whole and
//! to rebuild its row in the catalogue.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::domain::backup::BackupResult;
use crate::domain::backup::names;
use crate::domain::status::BackupCode;
use crate::domain::text::hex::hex;

/// The version this software writes and the only one it reads.
pub const VERSION: u32 = 1;

/// Maximum number of manifests that are read to find a backup of the same kind.
const NEWEST: usize = 64;

/// Bytes read at once; between two reads the order to stop is heard.
const CHUNK: usize = 256 * 1024;

/// Which part of a backup a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The database's archive, or the whole cluster's.
    Database,
    /// The roles.
    Roles,
    /// The database's settings.
    Settings,
    /// What is run in the new database after its contents (only where there is something).
    After,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Which part it belongs to.
    pub part: Part,
    /// Its path, relative to the directory the manifest is in.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format's version.
    pub version: u32,
    /// The version of PgBackMan that wrote it.
    pub software: String,
    /// The run's result as it is registered, with the true names of server, node and database; its own checksum, which is
    /// that of this document, is left out.
    pub backup: BackupResult,
    /// Every file, in order of path.
    pub files: Vec<ManifestFile>,
}

/// Why a manifest could not be read.
#[derive(Debug, Error)]
#[error("cannot read the manifest {path}: {reason}", path = path.display())]
pub struct ManifestError {
    path: PathBuf,
    reason: String,
}

impl Manifest {
    /// Describes a backup.
    pub fn new(backup: BackupResult, mut files: Vec<ManifestFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self {
            version: VERSION,
            software: crate::VERSION.to_owned(),
            backup: BackupResult {
                checksum: None,
                ..backup
            },
            files,
        }
    }

    /// The document's bytes; what [`sha256_hex`](crate::domain::text::hex::sha256_hex) of them says goes into the catalogue as the backup's checksum.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads the manifest at `path`.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let failed = |reason: String| ManifestError {
            path: path.to_owned(),
            reason,
        };
        let json = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let manifest: Self =
            serde_json::from_slice(&json).map_err(|error| failed(error.to_string()))?;
        if manifest.version == VERSION {
            Ok(manifest)
        } else {
            Err(failed(format!(
                "its format has version {}, but this software reads version {VERSION}",
                manifest.version
            )))
        }
    }
}

/// The newest backup of this kind whose manifest is in a dump directory: of the same database and code, with the same
/// extra parameters, whoever took it. What cannot be read is passed over.
///
/// Names say which manifests are worth reading ([`crate::domain::backup::names`]); no more than `NEWEST` are read.
///
/// # Errors
/// When the directory cannot be read.
pub fn newest_of(
    directory: &Path,
    dbname: &str,
    code: BackupCode,
    extra_parameters: &str,
) -> io::Result<Option<BackupResult>> {
    let prefix = format!("{}-", names::first_component(dbname, code));
    let marker = format!("-c{code}-");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let Some(stem) = name
            .to_str()
            .and_then(|name| name.strip_suffix(names::MANIFEST))
        else {
            continue;
        };
        if let (true, Some((_, time))) = (stem.starts_with(&prefix), stem.rsplit_once(&marker)) {
            found.push((time.to_owned(), directory.join(&name)));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    let is_wanted = |backup: &BackupResult| {
        backup.dbname == dbname
            && backup.code == code
            && backup.context["extra_backup_parameters"].as_str() == Some(extra_parameters)
    };
    Ok(found
        .iter()
        .take(NEWEST)
        .filter_map(|(_, path)| Manifest::read(path).ok())
        .map(|manifest| manifest.backup)
        .find(is_wanted))
}

/// Reads to the end: how many bytes there are, and their SHA-256. Ends early with `Interrupted` when `stop` is set.
///
/// # Errors
/// The reader's.
pub fn checksum(file: &mut impl Read, stop: &AtomicBool) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; CHUNK];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hash.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((size, hex(&hash.finalize())))
}
