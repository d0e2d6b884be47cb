//! A node that is checked from this backup server.

use pgbackman_core::domain::node::PgsqlNode;

use crate::setup::inspect;

/// A node for which this backup server works.
#[derive(Debug)]
pub(super) struct NodeToAsk(pub(super) PgsqlNode);

impl NodeToAsk {
    /// The name of the node, as operators write it.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.0.fqdn(), self.0.port)
    }

    /// The question about the node for the job user.
    pub(super) fn asked(&self) -> inspect::Node {
        inspect::Node {
            host: self.0.fqdn(),
            port: self.0.port,
            user: self.0.admin_user.clone(),
        }
    }
}
