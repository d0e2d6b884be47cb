//! Which servers are too old to have event triggers switched off, kept from run to run: each run would otherwise be refused once
//! by each of them, which their logs show as an error.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::conninfo::hardening;
use crate::handoff::cache;
use crate::sys::atomic_file::{self, PRIVATE_FILE};
use crate::sys::directory::Directory;

/// The file, beside what else dump and restore need when the catalogue is unavailable.
const NAME: &str = "older_servers.json";
const VERSION: u32 = 1;
/// Far more than the servers of a fleet.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct OlderServers {
    version: u32,
    /// Place and role.
    logins: BTreeSet<(String, String)>,
}

/// Reads what an earlier run has kept below this root. Without it, or where it cannot be read, everything is tried.
pub fn recall(root: &Path) {
    if let Ok(Some(known)) = read(root) {
        hardening::expect_older_servers(known.logins);
    }
}

/// Keeps what this run knows, where it differs from what is kept.
pub fn keep(root: &Path) {
    let kept = read(root).ok().flatten().map(|known| known.logins);
    let known = OlderServers {
        version: VERSION,
        logins: hardening::older_servers().into_iter().collect(),
    };
    if kept.unwrap_or_default() == known.logins {
        return;
    }
    if let Err(error) = write(root, &known) {
        tracing::debug!("could not store the list of older servers: {error}");
    }
}

fn read(root: &Path) -> io::Result<Option<OlderServers>> {
    let directory = Directory::open_trusted(&cache::directory(root))?;
    let Some(file) = directory.open_file(OsStr::new(NAME))? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text)?;
    let known: OlderServers = serde_json::from_str(&text)?;
    Ok((known.version == VERSION).then_some(known))
}

fn write(root: &Path, known: &OlderServers) -> io::Result<()> {
    let directory = Directory::open_trusted(&cache::directory(root))?;
    let text = serde_json::to_vec(known)?;
    atomic_file::write_in(&directory, OsStr::new(NAME), &text, PRIVATE_FILE, None)
}
