//! A node's directories and its cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::backups::directory_marks::{self, DirectoryMark};
use pgbackman_core::catalog::nodes::{self, config_params};
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::sys::directory::Ensured;

use crate::caches::node_cache;
use crate::directories::{Known, ensure_known_node, ensure_server};
use crate::steps::Step;
use crate::world::{Failure, Situation, blocking};

/// Makes the directories that are missing and writes the cache where it says anything else. One that fails does not keep
/// the other from being done.
pub async fn reconcile(situation: &Situation, id: NodeId) -> Result<(), Failure> {
    let client = &**situation.session;
    let node = match situation.ask(nodes::by_id(client, id)).await {
        // Deleted meanwhile: cleaning up after it is another item.
        Err(CatalogError::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    let config = config_params::node_config(client, id);
    let config = situation.ask(config).await?;
    let world = Arc::clone(&situation.world);
    let mut cache = node_cache(&situation.server, &node, &config);
    let root = situation.root();
    let partition = cache.backup_partition.clone();
    let known = known(situation, id, &partition).await?;
    cache.directory_mark = known.mark;
    let (mark, problems) = blocking(move || {
        let (mut mark, mut problems) = (None, Vec::new());
        match ensure_known_node(world.section(), &cache.backup_partition, known, world.owner) {
            Ok((ensured, marked)) => {
                mark = marked;
                cache.directory_mark = cache.directory_mark.or(marked);
                if ensured == Ensured::Created {
                    tracing::info!(node = %cache.fqdn, "made {}", cache.backup_partition.display());
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
        world.reached(Step::DirectoriesMade);
        let written = root
            .map_err(Into::into)
            .and_then(|root| ensure_server(world.section(), &root, world.owner))
            .map_err(|error| error.to_string())
            .and_then(|cache_dir| {
                cache
                    .write(&cache_dir, world.owner)
                    .map_err(|error| error.to_string())
            });
        match written {
            Ok(true) => tracing::info!(node = %cache.fqdn, "wrote the node's cache"),
            Ok(false) => {}
            // Where both have the same reason it is said once.
            Err(error) if problems.contains(&error) => {}
            Err(error) => problems.push(error),
        }
        world.reached(Step::CacheWritten);
        (mark, problems)
    })
    .await?;
    if let Some(mark) = mark {
        let mark = DirectoryMark {
            node: id,
            path: normal(situation, &partition),
            mark,
        };
        situation
            .ask(directory_marks::record(client, situation.server.id, &mark))
            .await?;
    }
    Failure::unless_empty(problems)
}

/// What the catalogue knows of the directory.
async fn known(situation: &Situation, node: NodeId, partition: &Path) -> Result<Known, Failure> {
    let (client, server) = (&**situation.session, situation.server.id);
    let path = normal(situation, partition);
    let mark = situation
        .ask(directory_marks::of_directory(client, server, node, &path))
        .await?;
    let expected = directory_marks::expected_below(client, server, node, partition, 1);
    let has_backups = mark.is_none() && !situation.ask(expected).await?.is_empty();
    Ok(Known { mark, has_backups })
}

/// The path as maintenance has it; one that is refused is not reached anyway.
fn normal(situation: &Situation, partition: &Path) -> PathBuf {
    check_backup_path(situation.world.section(), partition).unwrap_or_else(|_| partition.to_owned())
}
