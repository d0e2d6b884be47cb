//! A node's directories and its cache.

use std::sync::Arc;

use pgbackman_core::catalog::{CatalogError, config_params, nodes};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::sys::directory::Ensured;

use crate::caches::node_cache;
use crate::directories::{ensure_node, ensure_server};
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
    let cache = node_cache(&situation.server, &node, &config);
    let root = situation.root();
    let problems = blocking(move || {
        let mut problems = Vec::new();
        match ensure_node(world.section(), &cache.backup_partition, world.owner) {
            Ok(Ensured::Created) => {
                tracing::info!(node = %cache.fqdn, "made {}", cache.backup_partition.display());
            }
            Ok(Ensured::Existed) => {}
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
        problems
    })
    .await?;
    Failure::unless_empty(problems)
}
