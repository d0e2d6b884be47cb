//! Reads what is judged from the catalogue.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use super::{Picture, notified, space};
use crate::catalogue::alerts::heartbeats;
use crate::catalogue::backups::{files_found, partition_space};
use crate::catalogue::error::CatalogError;
use crate::catalogue::monitoring;
use crate::catalogue::nodes::node_databases;
use crate::clock::time_delta;
use crate::config::Config;
use crate::domain::ids::{DefId, NodeId, ServerId};

/// What is asked about; `None` does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Any of these backup servers.
    pub servers: Option<Vec<ServerId>>,
    /// Any of these nodes.
    pub nodes: Option<Vec<NodeId>>,
    /// This definition.
    pub definition: Option<DefId>,
}

impl Scope {
    fn has_server(&self, server: ServerId) -> bool {
        self.servers
            .as_ref()
            .is_none_or(|servers| servers.contains(&server))
    }

    fn has_node(&self, node: NodeId) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|nodes| nodes.contains(&node))
    }

    /// The part of it that the statements of monitoring restrict by themselves.
    fn single(&self) -> monitoring::Scope {
        fn only<T: Copy>(ids: Option<&Vec<T>>) -> Option<T> {
            match ids.map(Vec::as_slice) {
                Some([id]) => Some(*id),
                _ => None,
            }
        }
        monitoring::Scope {
            server: only(self.servers.as_ref()),
            node: only(self.nodes.as_ref()),
            definition: self.definition,
        }
    }
}

/// Reads the state of a scope as of `now`. A run may begin late by the configuration's grace time. The state of the embedded
/// catalogue's server is not read: that needs this machine's files.
///
/// # Errors
/// What the catalogue says.
pub async fn read(
    client: &impl GenericClient,
    scope: &Scope,
    config: &Config,
    now: DateTime<Utc>,
) -> Result<Picture, CatalogError> {
    let grace = time_delta(config.backup_server.missed_run_grace);
    let single = scope.single();
    let mut lives = heartbeats::list(client, None, Some(now)).await?;
    let mut definitions = monitoring::definitions(client, &single, &lives, (grace, now)).await?;
    definitions.retain(|one| scope.has_server(one.server) && scope.has_node(one.node));
    let mut notified = notified::list(client, &lives).await?;
    let concerned = servers(client, scope, &single).await?;
    lives.retain(|life| concerned.contains(&life.server));
    let restricts_nodes = scope.nodes.is_some() || scope.definition.is_some();
    // Of a server, the nodes that it has definitions of.
    let nodes: BTreeSet<NodeId> = definitions.iter().map(|one| one.node).collect();
    let in_nodes = |node: NodeId| match (&scope.nodes, &scope.servers, scope.definition) {
        // Also one without any definition.
        (Some(asked), None, None) => asked.contains(&node),
        (None, None, None) => true,
        _ => nodes.contains(&node),
    };
    let mut spaces = partition_space::list(client, None).await?;
    spaces.retain(|space| {
        let of_nodes = space.nodes.iter().any(|node| nodes.contains(node));
        concerned.contains(&space.server) && (!restricts_nodes || of_nodes)
    });
    let mut queues = monitoring::waiting_jobs(client, &single).await?;
    queues.retain(|queue| {
        lives
            .iter()
            .any(|life| life.server_fqdn == queue.server_fqdn)
            || concerned.is_empty()
    });
    let mut looks = files_found::last_looks(client, None).await?;
    looks.retain(|look| concerned.contains(&look.server));
    let mut files = monitoring::files(client, &single).await?;
    files.retain(|found| scope.has_server(found.server) && scope.has_node(found.node_id));
    let mut undefined = node_databases::without_definition(client).await?;
    let ignored = &config.alerts.no_definition_ignored;
    let judged = config.alerts.no_definition_after.is_some() && scope.definition.is_none();
    undefined.retain(|database| {
        judged
            && in_nodes(database.node)
            && !database.in_cluster_backup
            && !ignored.contains(&database.dbname)
    });
    for one in &mut notified {
        one.without_email.retain(|(node, _)| in_nodes(*node));
    }
    notified.retain(|one| concerned.contains(&one.server));
    Ok(Picture {
        now,
        definitions,
        lives,
        queues,
        files,
        looks,
        spaces,
        forecasts: space::forecasts(client).await?,
        undefined,
        notified,
        catalogue_server: None,
    })
}

/// The servers that work for a scope.
async fn servers(
    client: &impl GenericClient,
    scope: &Scope,
    single: &monitoring::Scope,
) -> Result<Vec<ServerId>, CatalogError> {
    let mut found = monitoring::servers_of(client, single).await?;
    if let (Some(nodes), None) = (&scope.nodes, single.node) {
        let mut of_nodes = BTreeSet::new();
        for node in nodes {
            let one = monitoring::Scope {
                node: Some(*node),
                ..*single
            };
            of_nodes.extend(monitoring::servers_of(client, &one).await?);
        }
        found.retain(|server| of_nodes.contains(server));
    }
    found.retain(|server| scope.has_server(*server));
    Ok(found)
}
