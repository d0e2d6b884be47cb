//! Whether the directory of the node's backups is the one it was. A backup that is written into a mount point without its file
//! system fills another disk, and is hidden as soon as the file system is mounted.

use std::path::Path;

use pgbackman_core::catalogue::asking::NotAsked;
use pgbackman_core::catalogue::backups::directory_marks;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::directory_mark::{self, Standing};
use pgbackman_core::job::catalogue::ask;
use pgbackman_core::sys::directory::Directory;
use uuid::Uuid;

use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::{Failure, doing};

/// Compares the mark that is in the directory with the one in the cache; where they differ the catalogue is asked, which
/// may have learnt of another one since control wrote the cache (`accept_pgsql_node`). A directory of which no mark is known
/// is taken as it is.
pub(crate) async fn check(
    directories: &NodeDirectories,
    node: NodeId,
    config: &Config,
    env: &Environment,
) -> Result<(), Failure> {
    let path = &directories.partition;
    let Some(known) = directories.directory_mark else {
        return Ok(());
    };
    let found = Directory::open_trusted(path)
        .and_then(|directory| directory_mark::read(&directory))
        .map_err(doing(format!("read the marker file of {}", path.display())))?;
    if directory_mark::standing(Some(known), found) == Standing::Same {
        return Ok(());
    }
    let learnt = Box::pin(in_catalogue(directories, node, config, env)).await;
    let learnt = learnt.unwrap_or_else(|reason| {
        tracing::warn!(
            "could not read the marker of {} from the catalogue: {reason}",
            path.display()
        );
        None
    });
    if learnt.is_some() && learnt == found {
        return Ok(());
    }
    Err(Failure::failed(refusal(path, node)))
}

/// The mark that the catalogue knows.
async fn in_catalogue(
    directories: &NodeDirectories,
    node: NodeId,
    config: &Config,
    env: &Environment,
) -> Result<Option<Uuid>, NotAsked> {
    ask(config, env, async |session| {
        directory_marks::of_directory(&**session, directories.server, node, &directories.partition)
            .await
    })
    .await
}

fn refusal(path: &Path, node: NodeId) -> String {
    format!(
        "the backup was not started, because {} is not the directory that the catalogue knows: its marker file is \
         missing, or belongs to another directory. Is its file system mounted? If the directory is correct, run \
         accept_pgsql_node {node} when show_pgsql_node_questions lists it",
        path.display()
    )
}
