//! Names of files (`docs/spec/backups.md`, "Names of files").
//!
//! Two runs of one definition within a second would take the same names (trap 29b): [`BackupNames::new`] takes the number
//! of the attempt, and a run that finds any of its names taken, final or `.partial`, tries the next number. Only one run of
//! a definition exists at a time (its run record is locked), so that finding a free number is no race.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;

use crate::domain::backup::BackupOrigin;
use crate::domain::ids::RestoreDefId;
use crate::domain::pg_version::PgMajor;
use crate::domain::status::BackupCode;
use crate::domain::text::hex::sha256_hex;
use crate::domain::text::percent::encode_where;

/// Longest encoded name, in bytes; a longer one is cut and ends in a hash.
const COMPONENT_LIMIT: usize = 200;

/// Longest file name on the usual file systems, in bytes (`NAME_MAX`).
const FILE_NAME_LIMIT: usize = 255;

/// How the name of an archive's directory ends.
pub const DATABASE: &str = "-DATABASE.sql";

/// How the name of the file ends that is run after the contents.
pub const AFTER: &str = "-AFTER.sql";

/// How the name of the roles file ends.
pub const ROLES: &str = "-USERS.sql";

/// How the name of the settings file ends.
pub const SETTINGS: &str = "-DBCONFIG.sql";

/// How the name of the manifest ends.
pub const MANIFEST: &str = "-MANIFEST.json";

/// How the name of a CLUSTER backup's script ends.
pub const SCRIPT: &str = ".sql.gz";

/// What a file has at the end of its name until the backup is complete.
pub const PARTIAL_SUFFIX: &str = ".partial";

/// A database name or FQDN as part of a file name: as it is but for `/`, `%`, control characters, and a leading `-` or
/// `.`, which are percent-encoded; above 200 bytes it is cut and ends in a hash of the whole.
pub fn component(name: &str) -> String {
    let encoded = encode_where(name, |at, character| {
        character == '/' || character.is_control() || (at == 0 && matches!(character, '-' | '.'))
    });
    cut(encoded, COMPONENT_LIMIT)
}

/// At most `limit` bytes: the beginning, cut between characters, `-`, and 16 digits of the SHA-256 of the whole.
fn cut(name: String, limit: usize) -> String {
    if name.len() <= limit {
        return name;
    }
    let hash = format!("-{}", &sha256_hex(name.as_bytes())[..16]);
    let room = limit.saturating_sub(hash.len());
    let kept = (0..=room)
        .rev()
        .find(|at| name.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}{hash}", &name[..kept])
}

/// The name of a file while it is being written.
pub fn partial(file_name: &str) -> String {
    format!("{file_name}{PARTIAL_SUFFIX}")
}

/// The cache of a backup server, in `cache_dir`.
pub fn server_cache(fqdn: &str) -> String {
    format!("backup_server_{}.cache", component(fqdn))
}

/// The log of a restore: `<target dbname>-<node fqdn>-v15-restoredef3.log`, with the version of the backup's client where it is
/// known; `attempt` is 0, or the first number whose name nobody has taken.
pub fn restore_log(
    target_dbname: &str,
    node_fqdn: &str,
    release: Option<PgMajor>,
    restore: RestoreDefId,
    attempt: u32,
) -> String {
    let first = if target_dbname.is_empty() {
        "CLUSTER".to_owned()
    } else {
        component(target_dbname)
    };
    let version = release.map_or_else(String::new, |major| format!("-v{}", major.file_name()));
    let attempt = attempt_mark(attempt);
    let tail = format!("{version}-restoredef{restore}{attempt}.log");
    let prefix = format!("{first}-{}", component(node_fqdn));
    format!(
        "{}{tail}",
        cut(prefix, FILE_NAME_LIMIT.saturating_sub(tail.len()))
    )
}

/// What tells a second attempt at a name from the first: nothing, then `_1`, `_2`, ….
fn attempt_mark(attempt: u32) -> String {
    if attempt == 0 {
        String::new()
    } else {
        format!("_{attempt}")
    }
}

/// The name of a database set aside: `<name>_<what>_20261121T044500`, where that is taken `…_1`, `…_2`, within the server's
/// limit for names (63 bytes), which it would cut without a word.
pub fn aside(name: &str, what: &str, time: NaiveDateTime, attempt: u32) -> String {
    const LIMIT: usize = 63;
    let tail = format!(
        "_{what}_{}{}",
        time.format("%Y%m%dT%H%M%S"),
        attempt_mark(attempt)
    );
    let room = LIMIT.saturating_sub(tail.len());
    let kept = (0..=room.min(name.len()))
        .rev()
        .find(|at| name.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}{tail}", &name[..kept])
}

/// What the names of a backup are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupIdentity<'a> {
    /// The database; empty for CLUSTER.
    pub dbname: &'a str,
    /// The node's FQDN.
    pub node_fqdn: &'a str,
    /// The major version of the client tools that write it.
    pub client: PgMajor,
    /// The definition or snapshot.
    pub origin: BackupOrigin,
    /// What it contains.
    pub code: BackupCode,
    /// Start of the run, local time.
    pub started: NaiveDateTime,
}

/// The file names of one backup. They are names, not paths: files go to `dump`, logs to `log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupNames {
    /// `<dbname>-<fqdn>-v15-defid12-cFULL-<time>`.
    stem: String,
    code: BackupCode,
}

/// What the names of a database's backups begin with, where it is not so long that it is cut with the node's.
pub fn first_component(dbname: &str, code: BackupCode) -> String {
    match code {
        BackupCode::Cluster => "CLUSTER".to_owned(),
        _ => component(dbname),
    }
}

/// The path of the file that is run after the contents, beside the archive of this path; none for the script of a whole node.
pub fn after_beside(dump_file: &Path) -> Option<PathBuf> {
    let stem = dump_file.file_name()?.to_str()?.strip_suffix(DATABASE)?;
    Some(dump_file.with_file_name(format!("{stem}{AFTER}")))
}

/// Where the manifest of an archive or script lies, by its name.
pub fn manifest_beside(dump_file: &Path) -> Option<PathBuf> {
    let name = dump_file.file_name()?.to_str()?;
    let stem = name
        .strip_suffix(DATABASE)
        .or_else(|| name.strip_suffix(SCRIPT))?;
    Some(dump_file.with_file_name(format!("{stem}{MANIFEST}")))
}

/// The code of a backup, by the name of its archive or script.
pub fn code_of(dump_file: &Path) -> Option<BackupCode> {
    let name = dump_file.file_name()?.to_str()?;
    let is_of = |code: &BackupCode| name.contains(&format!("-c{code}-"));
    BackupCode::ALL.iter().copied().find(is_of)
}

impl BackupNames {
    /// The names of a run; `attempt` is 0, or the first number whose names nobody has taken (see the module).
    ///
    /// No name is longer than 255 bytes with `.partial` at its end: where both database and FQDN are very long, the two
    /// together are cut and end in a hash.
    pub fn new(identity: &BackupIdentity<'_>, attempt: u32) -> Self {
        let first = first_component(identity.dbname, identity.code);
        let prefix = format!("{first}-{}", component(identity.node_fqdn));
        let tail = tail(identity, attempt);
        let longest = SETTINGS.len().max(MANIFEST.len()) + PARTIAL_SUFFIX.len();
        let prefix = cut(prefix, FILE_NAME_LIMIT.saturating_sub(tail.len() + longest));
        Self {
            stem: format!("{prefix}{tail}"),
            code: identity.code,
        }
    }

    /// The database's own part: a directory, or for CLUSTER one compressed file.
    pub fn dump(&self) -> String {
        match self.code {
            BackupCode::Cluster => format!("{}.sql.gz", self.stem),
            _ => format!("{}{DATABASE}", self.stem),
        }
    }

    /// The roles file.
    pub fn roles(&self) -> String {
        format!("{}{ROLES}", self.stem)
    }

    /// The settings file.
    pub fn dbconfig(&self) -> String {
        format!("{}{SETTINGS}", self.stem)
    }

    /// What is run in the new database after its contents.
    pub fn after(&self) -> String {
        format!("{}{AFTER}", self.stem)
    }

    /// The log of [`Self::dump`]'s program.
    pub fn dump_log(&self) -> String {
        match self.code {
            BackupCode::Cluster => format!("{}.log", self.stem),
            _ => format!("{}-DATABASE.log", self.stem),
        }
    }

    /// The log of the roles file.
    pub fn roles_log(&self) -> String {
        format!("{}-USERS.log", self.stem)
    }

    /// The log of the settings file.
    pub fn dbconfig_log(&self) -> String {
        format!("{}-DBCONFIG.log", self.stem)
    }

    /// The manifest beside the files.
    pub fn manifest(&self) -> String {
        format!("{}{MANIFEST}", self.stem)
    }

    /// Every name in the dump directory that this backup may take, for the test whether it is free.
    pub fn in_dump_directory(&self) -> Vec<String> {
        let mut names = vec![self.dump(), self.manifest()];
        if self.code.has_roles_and_settings() {
            names.extend([self.roles(), self.dbconfig()]);
        }
        if self.code.has_objects_of_one_database() {
            names.push(self.after());
        }
        names
    }
}

/// `-v15-defid12-cFULL-20261121T044500`, and `_1` … for a second attempt.
fn tail(identity: &BackupIdentity<'_>, attempt: u32) -> String {
    let origin = match identity.origin {
        BackupOrigin::Definition(id) => format!("defid{id}"),
        BackupOrigin::Snapshot(id) => format!("snapid{id}"),
    };
    let time = identity.started.format("%Y%m%dT%H%M%S");
    let attempt = attempt_mark(attempt);
    format!(
        "-v{}-{origin}-c{}-{time}{attempt}",
        identity.client.file_name(),
        identity.code
    )
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
