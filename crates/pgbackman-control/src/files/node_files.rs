//! A node's directories and its cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::directory_marks::{self, DirectoryMark};
use pgbackman_core::catalogue::nodes::{self, config_params};
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::sys::directory::Ensured;

use crate::files::caches::node_cache;
use crate::files::directories::{Known, ensure_known_node, ensure_server};
use crate::pass::Pass;
use crate::steps::Step;

/// Makes the directories that are missing and writes the cache where it says anything else. One that fails does not keep
/// the other from being done.
pub async fn reconcile(pass: &Pass, id: NodeId) -> Result<(), TaskError> {
    let client = &**pass.session;
    let node = match pass.ask(nodes::by_id(client, id)).await {
        // Deleted meanwhile: cleaning up after it is another item.
        Err(CatalogError::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    let config = config_params::node_config(client, id);
    let config = pass.ask(config).await?;
    let daemon = Arc::clone(&pass.daemon);
    let mut cache = node_cache(&pass.server, &node, &config);
    let root = pass.root();
    let partition = cache.backup_partition.clone();
    let known = known(pass, id, &partition).await?;
    cache.directory_mark = known.mark;
    let (mark, problems) = blocking(move || {
        let (mut mark, mut problems) = (None, Vec::new());
        match ensure_known_node(
            daemon.section(),
            &cache.backup_partition,
            known,
            daemon.owner,
        ) {
            Ok((ensured, marked)) => {
                mark = marked;
                cache.directory_mark = cache.directory_mark.or(marked);
                if ensured == Ensured::Created {
                    tracing::info!(node = %cache.fqdn, "made {}", cache.backup_partition.display());
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
        daemon.reached(Step::DirectoriesMade);
        let written = root
            .map_err(Into::into)
            .and_then(|root| ensure_server(daemon.section(), &root, daemon.owner))
            .map_err(|error| error.to_string())
            .and_then(|cache_dir| {
                cache
                    .write(&cache_dir, daemon.owner)
                    .map_err(|error| error.to_string())
            });
        match written {
            Ok(true) => tracing::info!(node = %cache.fqdn, "wrote the node's cache"),
            Ok(false) => {}
            // Where both have the same reason it is said once.
            Err(error) if problems.contains(&error) => {}
            Err(error) => problems.push(error),
        }
        daemon.reached(Step::CacheWritten);
        (mark, problems)
    })
    .await?;
    if let Some(mark) = mark {
        let mark = DirectoryMark {
            node: id,
            path: normal(pass, &partition),
            mark,
        };
        pass.ask(directory_marks::record(client, pass.server.id, &mark))
            .await?;
    }
    TaskError::from_problems(problems)
}

/// What the catalogue knows of the directory.
async fn known(pass: &Pass, node: NodeId, partition: &Path) -> Result<Known, TaskError> {
    let (client, server) = (&**pass.session, pass.server.id);
    let path = normal(pass, partition);
    let mark = pass
        .ask(directory_marks::of_directory(client, server, node, &path))
        .await?;
    let expected = directory_marks::expected_below(client, server, node, partition, 1);
    let has_backups = mark.is_none() && !pass.ask(expected).await?.is_empty();
    Ok(Known { mark, has_backups })
}

/// The path as maintenance has it; one that is refused is not reached anyway.
fn normal(pass: &Pass, partition: &Path) -> PathBuf {
    check_backup_path(pass.daemon.section(), partition).unwrap_or_else(|_| partition.to_owned())
}
