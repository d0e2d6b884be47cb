//! PgSQL nodes: PostgreSQL servers whose databases are backed up.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::NodeId;
use super::server::fqdn;
use super::status::ServerStatus;

/// A row of `pgsql_node`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PgsqlNode {
    /// `node_id`.
    pub id: NodeId,
    /// Host name without the domain, an IP address, or a socket directory.
    pub hostname: String,
    /// Domain; empty for a name that takes none.
    pub domain: String,
    /// TCP port, or the number in a socket's name.
    pub port: u16,
    /// The role that takes backups.
    pub admin_user: String,
    /// Whether its jobs run.
    pub status: ServerStatus,
    /// When the maintenance window ends that it is in; its status is STOPPED until then.
    pub window_until: Option<DateTime<Utc>>,
    /// The operator's remarks.
    pub remarks: String,
    /// `pg_control`'s system identifier when the node was last seen; tells another cluster under an old name.
    pub system_identifier: Option<String>,
}

impl PgsqlNode {
    /// The name operators use; two nodes may share it and differ in the port (trap 15b).
    pub fn fqdn(&self) -> String {
        fqdn(&self.hostname, &self.domain)
    }

    /// The name with the port, which means this node alone: `pg-node01.example.net:5432`, `[::1]:5432`.
    pub fn address(&self) -> String {
        let name = self.fqdn();
        if name.contains(':') {
            format!("[{name}]:{}", self.port)
        } else {
            format!("{name}:{}", self.port)
        }
    }
}
