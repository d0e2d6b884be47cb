//! A node that is asked from this backup server.

use pgbackman_core::domain::node::PgsqlNode;

use crate::setup::inspect;

/// A node that this backup server works for.
#[derive(Debug)]
pub(super) struct NodeToAsk(pub(super) PgsqlNode);

impl NodeToAsk {
    /// How operators call it.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.0.fqdn(), self.0.port)
    }

    /// As the user of the jobs is asked for it.
    pub(super) fn asked(&self) -> inspect::Node {
        inspect::Node {
            host: self.0.fqdn(),
            port: self.0.port,
            user: self.0.admin_user.clone(),
        }
    }
}
