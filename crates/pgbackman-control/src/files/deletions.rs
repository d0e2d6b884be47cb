//! Cleaning up after a deleted node: crontab, cache, directories; then the catalogue is told (traps 25, 25a).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::deletions::{self, FormerCrontab, NodeToDelete};
use pgbackman_core::catalogue::nodes::{self, config_params};
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::cache::{self, NodeCache};
use pgbackman_core::sys::directory::Directory;

use crate::crontab::node_crontab::{former_crontabs, remove_crontab};
use crate::daemon::Control;
use crate::files::directories::{Cleared, DirectoryError, clear_node};
use crate::pass::Pass;
use crate::steps::Step;

/// Does all of it, or leaves the catalogue's entry for the next attempt. Every part may be repeated.
pub async fn clean_up(pass: &Pass, id: NodeId) -> Result<(), TaskError> {
    let client = &**pass.session;
    let server = pass.server.id;
    let waiting = pass.ask(deletions::nodes_to_delete(client, server)).await?;
    let Some(deleted) = waiting.into_iter().find(|entry| entry.node == id) else {
        return Ok(());
    };
    let former = former_crontabs(pass, id).await?;
    let work = Work {
        daemon: Arc::clone(&pass.daemon),
        root: pass.root().map_err(|error| TaskError::failed(&error))?,
        crontabs: crontab_paths(&pass.daemon, &deleted, &former),
        kept: directories_in_use(pass).await?,
        stamp: pass
            .daemon
            .context
            .now()
            .format("%Y%m%dT%H%M%S")
            .to_string(),
        deleted,
    };
    blocking(move || work.run()).await??;
    for crontab in &former {
        pass.ask(deletions::remove_former_crontab(client, server, crontab))
            .await?;
    }
    pass.ask(deletions::remove_node_to_delete(client, server, id))
        .await?;
    pass.daemon.reached(Step::DeletedNodeForgotten);
    Ok(())
}

/// Where the node's crontab may be. An entry of 1.x does not say: it is then looked for under the default name.
fn crontab_paths(
    daemon: &Control,
    deleted: &NodeToDelete,
    former: &[FormerCrontab],
) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = former.iter().map(|crontab| crontab.path.clone()).collect();
    if let Some(path) = &deleted.crontab_file {
        paths.push(path.clone());
    } else {
        let name = format!("pgsql_node_{}", deleted.node);
        let directories = &daemon.section().crontab_dirs;
        paths.extend(directories.iter().map(|directory| directory.join(&name)));
    }
    paths
}

/// The server's root and the directories of the nodes that are left: two nodes may have been given the same.
async fn directories_in_use(pass: &Pass) -> Result<Vec<PathBuf>, TaskError> {
    let client = &**pass.session;
    let mut kept = vec![pass.server_config.root_backup_partition.clone()];
    for node in pass.ask(nodes::list(client)).await? {
        match pass.ask(config_params::node_config(client, node.id)).await {
            Ok(config) => kept.push(config.backup_partition),
            Err(CatalogError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(kept)
}

/// The part that touches files.
struct Work {
    daemon: Arc<Control>,
    root: PathBuf,
    deleted: NodeToDelete,
    crontabs: Vec<PathBuf>,
    kept: Vec<PathBuf>,
    stamp: String,
}

impl Work {
    fn run(&self) -> Result<(), TaskError> {
        if !self.daemon.uses_user_crontab() {
            for path in &self.crontabs {
                remove_crontab(&self.daemon, path, self.deleted.node)?;
            }
        }
        self.daemon.reached(Step::DeletedCrontabRemoved);
        self.remove_cache()
            .map_err(|error| TaskError::failed(&error))?;
        self.daemon.reached(Step::DeletedCacheRemoved);
        let mut problems = Vec::new();
        let partitions = self
            .deleted
            .backup_partition
            .iter()
            .chain(&self.deleted.former_backup_partitions);
        for partition in partitions {
            if let Err(error) = self.clear(partition) {
                problems.push(error.to_string());
            }
        }
        TaskError::from_problems(problems)?;
        self.daemon.reached(Step::DeletedDirectoriesCleared);
        Ok(())
    }

    fn remove_cache(&self) -> io::Result<()> {
        let cache_dir = Directory::open_trusted(&self.root)
            .and_then(|root| root.open_below(&cache::directory(Path::new(""))));
        match cache_dir {
            Ok(cache_dir) => cache_dir
                .remove_file(NodeCache::file_name(self.deleted.node).as_ref())
                .map(drop),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn clear(&self, partition: &Path) -> Result<(), DirectoryError> {
        let name = self
            .deleted
            .fqdn
            .clone()
            .unwrap_or_else(|| format!("NodeID {}", self.deleted.node));
        match clear_node(self.daemon.section(), partition, &self.kept, &self.stamp) {
            Ok(Cleared::Absent) => {}
            Ok(Cleared::Removed) => {
                tracing::info!(node = %name, "the node was deleted: removed {}", partition.display());
            }
            Ok(Cleared::RenamedAside(aside)) => tracing::error!(
                node = %name,
                "the node was deleted, but {} is not empty: it was renamed to {}; check its contents, and remove it by \
                 hand",
                partition.display(),
                aside.display(),
            ),
            Ok(Cleared::LeftAlone) => tracing::error!(
                node = %name,
                "the node was deleted, but {} is still in use (by the server or another node), and was not changed",
                partition.display(),
            ),
            // What control was never allowed to make it cannot have made.
            Err(DirectoryError::Refused(error)) => {
                tracing::error!(node = %name, "the node was deleted, but could not clean up after it: {error}");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
