//! Cleaning up after a deleted node: crontab, cache, directories; then the catalogue is told (traps 25, 25a).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::backups::deletions::{self, FormerCrontab, NodeToDelete};
use pgbackman_core::catalog::nodes::{self, config_params};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::cache::{self, NodeCache};
use pgbackman_core::sys::directory::Directory;

use crate::directories::{Cleared, DirectoryError, clear_node};
use crate::node_crontab::{former_crontabs, remove_crontab};
use crate::steps::Step;
use crate::world::{Failure, Situation, World, blocking};

/// Does all of it, or leaves the catalogue's entry for the next attempt. Every part may be repeated.
pub async fn clean_up(situation: &Situation, id: NodeId) -> Result<(), Failure> {
    let client = &**situation.session;
    let server = situation.server.id;
    let waiting = situation
        .ask(deletions::nodes_to_delete(client, server))
        .await?;
    let Some(deleted) = waiting.into_iter().find(|entry| entry.node == id) else {
        return Ok(());
    };
    let former = former_crontabs(situation, id).await?;
    let work = Work {
        world: Arc::clone(&situation.world),
        root: situation.root().map_err(|error| Failure::one(&error))?,
        crontabs: crontab_paths(&situation.world, &deleted, &former),
        kept: directories_in_use(situation).await?,
        stamp: situation
            .world
            .clock
            .now()
            .format("%Y%m%dT%H%M%S")
            .to_string(),
        deleted,
    };
    blocking(move || work.run()).await??;
    for crontab in &former {
        situation
            .ask(deletions::remove_former_crontab(client, server, crontab))
            .await?;
    }
    situation
        .ask(deletions::remove_node_to_delete(client, server, id))
        .await?;
    situation.world.reached(Step::DeletedNodeForgotten);
    Ok(())
}

/// Where the node's crontab may be. An entry of 1.x does not say: it is then looked for under the default name.
fn crontab_paths(world: &World, deleted: &NodeToDelete, former: &[FormerCrontab]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = former.iter().map(|crontab| crontab.path.clone()).collect();
    if let Some(path) = &deleted.crontab_file {
        paths.push(path.clone());
    } else {
        let name = format!("pgsql_node_{}", deleted.node);
        let directories = &world.section().crontab_dirs;
        paths.extend(directories.iter().map(|directory| directory.join(&name)));
    }
    paths
}

/// The server's root and the directories of the nodes that are left: two nodes may have been given the same.
async fn directories_in_use(situation: &Situation) -> Result<Vec<PathBuf>, Failure> {
    let client = &**situation.session;
    let mut kept = vec![situation.server_config.root_backup_partition.clone()];
    for node in situation.ask(nodes::list(client)).await? {
        match situation
            .ask(config_params::node_config(client, node.id))
            .await
        {
            Ok(config) => kept.push(config.backup_partition),
            Err(CatalogError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(kept)
}

/// The part that touches files.
struct Work {
    world: Arc<World>,
    root: PathBuf,
    deleted: NodeToDelete,
    crontabs: Vec<PathBuf>,
    kept: Vec<PathBuf>,
    stamp: String,
}

impl Work {
    fn run(&self) -> Result<(), Failure> {
        if !self.world.uses_user_crontab() {
            for path in &self.crontabs {
                remove_crontab(&self.world, path, self.deleted.node)?;
            }
        }
        self.world.reached(Step::DeletedCrontabRemoved);
        self.remove_cache().map_err(|error| Failure::one(&error))?;
        self.world.reached(Step::DeletedCacheRemoved);
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
        Failure::unless_empty(problems)?;
        self.world.reached(Step::DeletedDirectoriesCleared);
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
        match clear_node(self.world.section(), partition, &self.kept, &self.stamp) {
            Ok(Cleared::Absent) => {}
            Ok(Cleared::Removed) => {
                tracing::info!(node = %name, "the node was deleted: removed {}", partition.display());
            }
            Ok(Cleared::RenamedAside(aside)) => tracing::error!(
                node = %name,
                "the node was deleted, but {} is not empty: it is {} now; look through it and remove it by hand",
                partition.display(),
                aside.display(),
            ),
            Ok(Cleared::LeftAlone) => tracing::error!(
                node = %name,
                "the node was deleted, but {} is still in use (by the server or another node) and is left as it is",
                partition.display(),
            ),
            // What control was never allowed to make it cannot have made.
            Err(DirectoryError::Refused(error)) => {
                tracing::error!(node = %name, "the node was deleted, and nothing is cleared for it: {error}");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
