//! A private catalogue on this machine: whether the configuration names one, and how its server stands to what is installed.

use std::path::PathBuf;

use tokio_postgres::GenericClient;

use crate::config::{Config, trust};
use crate::domain::catalogue_server::{Standing, judge};
use crate::domain::pg_version::PgRelease;
use crate::node::{NodeError, identity};
use crate::pgtools::server_programs::ServerPrograms;

/// The settings of its server, in its directory: what `pgbackman_setup embedded` makes last.
const SETTINGS: &str = "etc/postgresql.conf";

/// The directory of the private catalogue that a configuration names, where it names one.
pub fn directory(config: &Config) -> Option<PathBuf> {
    let socket = PathBuf::from(config.database.host.as_deref()?);
    if !socket.is_absolute() || socket.file_name()? != "run" {
        return None;
    }
    let directory = socket.parent()?.to_owned();
    directory.join(SETTINGS).is_file().then_some(directory)
}

/// The releases of the server programs that are installed where the configuration looks for them. It starts each.
pub fn installed(config: &Config) -> Vec<PgRelease> {
    let directories = trust::existing_bin_dirs(&config.backup_server);
    let found = ServerPrograms::in_all(&directories);
    found.into_iter().map(|found| found.release).collect()
}

/// How the private catalogue's server stands to what is installed; `None` where the catalogue is none of this machine's.
/// Only what needs no library of the server is asked.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn standing(
    client: &impl GenericClient,
    config: &Config,
) -> Result<Option<Standing>, NodeError> {
    if directory(config).is_none() {
        return Ok(None);
    }
    let running = identity::release(client).await?;
    let config = config.clone();
    let installed = tokio::task::spawn_blocking(move || installed(&config)).await;
    // Without an answer nothing is known.
    Ok(installed.ok().map(|installed| judge(running, &installed)))
}
