//! The channels on which the catalogue says that something changed (`docs/spec/catalogue.md`). No data travels on them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::domain::ids::{NodeId, ServerId};

/// A channel of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Backup definitions of this server and node changed; the queue says so durably.
    Definitions(ServerId, NodeId),
    /// A node was registered or updated as RUNNING.
    NodeRunning,
    /// A node was registered or updated as STOPPED.
    NodeStopped,
    /// A node was deleted.
    NodeDeleted,
    /// A snapshot was defined.
    SnapshotDefined,
    /// A restore was defined.
    RestoreDefined,
}

/// A name that is not one of the catalogue's channels.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a notification channel of the catalogue")]
pub struct UnknownChannel(pub String);

impl Channel {
    /// The channels that do not depend on servers and nodes.
    pub const GENERAL: [Self; 5] = [
        Self::NodeRunning,
        Self::NodeStopped,
        Self::NodeDeleted,
        Self::SnapshotDefined,
        Self::RestoreDefined,
    ];

    /// Whether it tells of a definition that `at` is to run: a snapshot or a restore.
    #[must_use]
    pub const fn concerns_at(self) -> bool {
        matches!(self, Self::SnapshotDefined | Self::RestoreDefined)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definitions(server, node) => write!(f, "channel_bs{server}_pg{node}"),
            Self::NodeRunning => f.write_str("channel_pgsql_node_running"),
            Self::NodeStopped => f.write_str("channel_pgsql_node_stopped"),
            Self::NodeDeleted => f.write_str("channel_pgsql_node_deleted"),
            Self::SnapshotDefined => f.write_str("channel_snapshot_defined"),
            Self::RestoreDefined => f.write_str("channel_restore_defined"),
        }
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(name: &str) -> Result<Self, UnknownChannel> {
        if let Some(general) = Self::GENERAL
            .into_iter()
            .find(|channel| channel.to_string() == name)
        {
            return Ok(general);
        }
        let pair = name
            .strip_prefix("channel_bs")
            .and_then(|rest| rest.split_once("_pg"));
        let ids = pair.and_then(|(server, node)| Some((server.parse().ok()?, node.parse().ok()?)));
        ids.map(|(server, node)| Self::Definitions(server, node))
            .ok_or_else(|| UnknownChannel(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_channels_belong_together() {
        let own = Channel::Definitions(ServerId::new(3), NodeId::new(12));
        assert_eq!(own.to_string(), "channel_bs3_pg12");
        for channel in Channel::GENERAL.into_iter().chain([own]) {
            assert_eq!(channel.to_string().parse(), Ok(channel));
        }
        for name in [
            "",
            "channel_bs_pg1",
            "channel_bs1_pgx",
            "channel_bs0_pg1",
            "other",
        ] {
            assert!(name.parse::<Channel>().is_err(), "{name:?}");
        }
    }
}
