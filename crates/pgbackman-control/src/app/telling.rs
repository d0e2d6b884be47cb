//! What the log says of work that failed, and of which node.

use std::time::Instant;

use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::exit_code::ExitCode;
use tracing::Span;

use super::App;
use crate::agenda::Item;

impl App {
    pub(super) fn failed(&mut self, item: Item, reasons: &[String], now: Instant) {
        let pause = self.agenda.failed(item, now);
        let subject = match item {
            Item::Look => "reading the catalogue".to_owned(),
            Item::Server => "the backup server's directories and cache".to_owned(),
            Item::Node(id) => format!("crontab of node {id}{}", self.name_of(id)),
            Item::NodeFiles(id) => format!("files of node {id}{}", self.name_of(id)),
            Item::DeletedNode(id) => format!("cleaning up after the deleted node {id}"),
            Item::UserCrontab => "the user's crontab".to_owned(),
            Item::Cron => "this system's cron".to_owned(),
            Item::DeadRuns => "registering dead runs".to_owned(),
            Item::AtJobs => "snapshots and restores".to_owned(),
            Item::Space => "free space and pending results".to_owned(),
            Item::CatalogueServer => "the catalogue's server".to_owned(),
            Item::SignOfLife => "sending the heartbeat".to_owned(),
        };
        if self.once && item == Item::Look {
            self.ended = Some(ExitCode::Failure);
        }
        let _span = self.span_of(item).entered();
        for reason in reasons {
            tracing::error!(
                "{subject}: {reason} (next attempt in {} s)",
                pause.as_secs()
            );
        }
        let last = reasons.last().map(|reason| format!("{subject}: {reason}"));
        if self.daemon.board().is_news(self.agenda.failing(), last) && item != Item::SignOfLife {
            self.wake_heartbeat(now);
        }
    }

    /// What is logged of an item that is about a node names it, whoever logs it.
    pub(super) fn span_of(&self, item: Item) -> Span {
        let (Item::Node(id) | Item::NodeFiles(id) | Item::DeletedNode(id)) = item else {
            return Span::none();
        };
        let name = self
            .node(id)
            .map_or_else(|| id.to_string(), PgsqlNode::fqdn);
        tracing::info_span!("node", node = %name)
    }

    /// ` (fqdn:port)` of a node, where it is known.
    fn name_of(&self, id: NodeId) -> String {
        self.node(id).map_or_else(String::new, |node| {
            format!(" ({}:{})", node.fqdn(), node.port)
        })
    }

    /// A node of the last state.
    fn node(&self, id: NodeId) -> Option<&PgsqlNode> {
        let nodes = &self.state.as_ref()?.nodes;
        nodes.iter().find(|node| node.id == id)
    }
}
