//! Looking at the catalogue for what is to be done: after every LISTEN, so that nothing is lost that happened while
//! nobody listened (trap 23), and on every notification, which is a hint and never data.

use std::collections::BTreeSet;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::deletions::{self, FormerCrontab, NodeToDelete};
use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions::queue::{self, WaitingJob};
use pgbackman_core::catalogue::nodes::config_params::{self, ServerConfig};
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::catalogue::runs::at_jobs::{self, Unfinished};
use pgbackman_core::catalogue::schema::version::{self, VersionMismatch};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::{AtStatus, ServerStatus};

use crate::agenda::Item;
use crate::pass::ask;

/// What concerns this backup server, read in one go.
#[derive(Debug, Clone)]
pub struct ServerState {
    /// The server.
    pub server: BackupServer,
    /// Its configuration.
    pub config: ServerConfig,
    /// All nodes.
    pub nodes: Vec<PgsqlNode>,
    /// Nodes whose definitions or configuration have changed.
    pub queue: Vec<WaitingJob>,
    /// Nodes to clean up after.
    pub deleted: Vec<NodeToDelete>,
    /// Crontabs under paths that are no longer configured.
    pub former: Vec<FormerCrontab>,
    /// Snapshots and restores without a result.
    pub at: Vec<Unfinished>,
    /// The channels that the session listens to now.
    pub listening: BTreeSet<Channel>,
}

/// How much is to be compared with what should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// What is queued or differs from the last look.
    Changed,
    /// Everything: at start, after a reconnection, and now and then.
    Everything,
}

/// Why there is no state.
#[derive(Debug)]
pub enum LookError {
    /// No server of this name is registered.
    NotRegistered(String),
    /// Software and catalogue do not fit together.
    Version(VersionMismatch),
    /// The catalogue could not be asked.
    Catalogue(CatalogError),
}

impl From<CatalogError> for LookError {
    fn from(error: CatalogError) -> Self {
        Self::Catalogue(error)
    }
}

/// Listens to what is not listened to yet, then reads. `listening` is what the session listens to already.
pub async fn inspect(
    session: &Session,
    fqdn: &str,
    mut listening: BTreeSet<Channel>,
) -> Result<ServerState, LookError> {
    if listening.is_empty() {
        check_version(session).await?;
        listen(session, Channel::GENERAL.into_iter(), &mut listening).await?;
    }
    let server = match ask(session, servers::resolve(&**session, fqdn)).await {
        Err(CatalogError::NotFound { .. }) => {
            return Err(LookError::NotRegistered(fqdn.to_owned()));
        }
        found => found?,
    };
    let nodes = ask(session, nodes::list(&**session)).await?;
    let channels = nodes
        .iter()
        .map(|node| Channel::Definitions(server.id, node.id));
    listen(session, channels, &mut listening).await?;
    Ok(ServerState {
        config: ask(session, config_params::server_config(&**session, server.id)).await?,
        queue: ask(session, queue::waiting(&**session, server.id)).await?,
        deleted: ask(session, deletions::nodes_to_delete(&**session, server.id)).await?,
        former: ask(session, deletions::former_crontabs(&**session, server.id)).await?,
        at: ask(session, at_jobs::unfinished(&**session, server.id)).await?,
        server,
        nodes,
        listening,
    })
}

/// The items that a state makes due.
pub fn due(
    before: Option<&ServerState>,
    now: &ServerState,
    scope: Scope,
    user_crontab: bool,
) -> BTreeSet<Item> {
    let scope = match before {
        Some(before) if before.server == now.server && before.config == now.config => scope,
        _ => Scope::Everything,
    };
    let known = before
        .map(|before| before.nodes.as_slice())
        .unwrap_or_default();
    let compared = |node: &&PgsqlNode| scope == Scope::Everything || !known.contains(node);
    let nodes = now.nodes.iter().filter(compared).map(|node| node.id);
    let nodes: BTreeSet<NodeId> = nodes.chain(now.queue.iter().map(|job| job.node)).collect();
    let mut items = BTreeSet::new();
    if scope == Scope::Everything {
        items.extend([Item::Server, Item::Cron, Item::DeadRuns]);
    }
    items.extend(nodes.iter().copied().map(Item::NodeFiles));
    items.extend(nodes.into_iter().map(Item::Node));
    items.extend(now.former.iter().map(|former| Item::Node(former.node)));
    items.extend(
        now.deleted
            .iter()
            .map(|deleted| Item::DeletedNode(deleted.node)),
    );
    if scope == Scope::Everything || at_jobs_are_due(before, now) {
        items.insert(Item::AtJobs);
    }
    if user_crontab {
        // One crontab for all nodes instead of one each.
        let before = items.len();
        items.retain(|item| !matches!(item, Item::Node(_)));
        let any_changed = items.len() < before || !now.deleted.is_empty();
        if scope == Scope::Everything || any_changed {
            items.insert(Item::UserCrontab);
        }
    }
    items
}

/// Whether there is something new about snapshots and restores, or one that waits and could be given to `at`.
fn at_jobs_are_due(before: Option<&ServerState>, now: &ServerState) -> bool {
    let runs = |id: NodeId| {
        now.nodes
            .iter()
            .any(|node| node.id == id && node.status == ServerStatus::Running)
    };
    let waits = |one: &Unfinished| one.status == AtStatus::Waiting && runs(one.node);
    before.is_none_or(|before| before.at != now.at || before.nodes != now.nodes)
        || now.at.iter().any(waits)
}

async fn check_version(session: &Session) -> Result<(), LookError> {
    match version::check(session).await {
        Ok(()) => Ok(()),
        Err(VersionMismatch::Catalog(error)) => Err(LookError::Catalogue(error)),
        Err(mismatch) => Err(LookError::Version(mismatch)),
    }
}

/// LISTEN takes no parameters; the channels' names are constants and numbers, never values of the catalogue.
async fn listen(
    session: &Session,
    channels: impl Iterator<Item = Channel>,
    listening: &mut BTreeSet<Channel>,
) -> Result<(), CatalogError> {
    let new: Vec<Channel> = channels
        .filter(|channel| !listening.contains(channel))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let statements: Vec<String> = new
        .iter()
        .map(|channel| format!("LISTEN {channel}"))
        .collect();
    let statement = statements.join("; ");
    let executed = async {
        let action = "listen to the catalogue's notifications";
        session
            .batch_execute(&statement)
            .await
            .map_err(|error| CatalogError::from_postgres(action, &error))
    };
    ask(session, executed).await?;
    listening.extend(new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;
    use pgbackman_core::domain::ids::{JobId, ServerId, SnapshotId};
    use pgbackman_core::sys::at::AtJob;

    use super::*;
    use crate::test_values::node;

    fn state(nodes: &[i64]) -> ServerState {
        ServerState {
            server: BackupServer {
                id: ServerId::new(1),
                hostname: "backup".to_owned(),
                domain: "example.org".to_owned(),
                status: ServerStatus::Running,
                remarks: String::new(),
            },
            config: ServerConfig {
                root_backup_partition: "/srv/pgbackman".into(),
                domain: "example.org".to_owned(),
                pgbackman_dump: "/usr/bin/pgbackman_dump".into(),
                pgbackman_restore: "/usr/bin/pgbackman_restore".into(),
                admin_user: "postgres".to_owned(),
                bin_dirs: BTreeMap::new(),
            },
            nodes: nodes.iter().map(|id| node(*id)).collect(),
            queue: Vec::new(),
            deleted: Vec::new(),
            former: Vec::new(),
            at: Vec::new(),
            listening: BTreeSet::new(),
        }
    }

    fn nodes_due(items: &BTreeSet<Item>) -> Vec<i64> {
        let id = |item: &Item| {
            if let Item::Node(id) = item {
                Some(id.get())
            } else {
                None
            }
        };
        items.iter().filter_map(id).collect()
    }

    #[test]
    fn at_first_everything_is_due() {
        let items = due(None, &state(&[1, 2]), Scope::Changed, false);
        assert_eq!(nodes_due(&items), [1, 2]);
        assert!(items.contains(&Item::Server) && items.contains(&Item::DeadRuns));
        assert!(!items.contains(&Item::UserCrontab));
        assert!(due(None, &state(&[1]), Scope::Changed, true).contains(&Item::UserCrontab));
    }

    #[test]
    fn later_what_has_changed_is_due() {
        let before = state(&[1, 2, 3]);
        assert!(due(Some(&before), &before, Scope::Changed, true).is_empty());
        let mut now = state(&[1, 2, 3, 4]);
        now.nodes[1].status = ServerStatus::Stopped;
        now.queue.push(WaitingJob {
            id: JobId::new(9),
            registered: DateTime::UNIX_EPOCH,
            server: ServerId::new(1),
            node: NodeId::new(3),
        });
        let items = due(Some(&before), &now, Scope::Changed, false);
        assert_eq!(nodes_due(&items), [2, 3, 4]);
        assert!(items.contains(&Item::NodeFiles(NodeId::new(3))) && !items.contains(&Item::Server));
        let items = due(Some(&before), &now, Scope::Changed, true);
        assert!(items.contains(&Item::UserCrontab) && nodes_due(&items).is_empty());
    }

    #[test]
    fn snapshots_are_compared_with_the_queue_when_something_about_them_is_new() {
        let (known, mut now) = (state(&[1]), state(&[1]));
        let due = |before: &ServerState, now: &ServerState| {
            due(Some(before), now, Scope::Changed, false).contains(&Item::AtJobs)
        };
        assert!(!due(&known, &now));
        now.at.push(Unfinished {
            job: AtJob::Snapshot(SnapshotId::new(1)),
            node: NodeId::new(1),
            dbname: String::new(),
            at_time: DateTime::UNIX_EPOCH,
            status: AtStatus::Waiting,
            problem: None,
            begun: false,
        });
        let waiting = now.clone();
        assert!(due(&known, &waiting) && due(&waiting, &waiting));
        now.nodes[0].status = ServerStatus::Stopped;
        assert!(due(&waiting, &now), "its node was stopped");
        assert!(!due(&now, &now), "it waits for its node");
        now.at[0].status = AtStatus::Defined;
        assert!(due(&now, &known), "it was deleted");
    }

    #[test]
    fn a_changed_server_configuration_concerns_all_nodes() {
        let before = state(&[1, 2]);
        let mut now = state(&[1, 2]);
        now.config.root_backup_partition = "/srv/elsewhere".into();
        assert_eq!(
            nodes_due(&due(Some(&before), &now, Scope::Changed, false)),
            [1, 2]
        );
    }
}
