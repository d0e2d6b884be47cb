//! The client programs of a run: where they are, how they are told apart, and how long they wait.

use std::time::Duration;

use pgbackman_core::config::{BackupServerSection, trust};
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::pgtools::bindir::{self, ClientTools, Search, Wanted};
use uuid::Uuid;

/// How much longer than PgBackMan a client program waits for a lock: who is in the way is known to PgBackMan, not to it.
const CLIENT_WAITS_LONGER: Duration = Duration::from_secs(10);

/// How long the client programs wait for a lock; zero is forever.
pub(crate) fn lock_wait(limit: Duration) -> Duration {
    if limit.is_zero() {
        limit
    } else {
        limit.saturating_add(CLIENT_WAITS_LONGER)
    }
}

/// The name under which the client programs of a run appear on the server. No other run has it.
pub(crate) fn application(run: Uuid) -> String {
    let number = run.simple().to_string();
    format!("pgbackman_dump {}", &number[..8])
}

/// The client programs for the node: from the directories the catalogue names and those the configuration does, all of them
/// inside what the configuration trusts.
pub(crate) async fn find(
    section: &BackupServerSection,
    directories: &NodeDirectories,
    wanted: Wanted,
) -> Result<ClientTools, Failure> {
    let configured = directories.configured_directories();
    let installed = trust::existing_bin_dirs(section);
    let search = Search {
        configured: &configured,
        installed: &installed,
        trusted: &|path| trust::check_bin_dir(section, path),
    };
    bindir::find(&search, wanted).await.map_err(Failure::failed)
}
