//! Identifiers of catalogue rows as types of their own, so that a node's ID is never taken for a server's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is not the number of a catalogue row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not a valid {kind}: a whole number from 1 is expected")]
pub struct InvalidId {
    /// Which kind of ID was expected, as operators know it (`DefID`).
    pub kind: &'static str,
    /// The text as it was given.
    pub value: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $label:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// How operators call this ID.
            pub const LABEL: &'static str = $label;

            /// Wraps a number that came from the catalogue.
            pub const fn new(id: $inner) -> Self {
                Self(id)
            }

            /// The number, as the catalogue's column has it.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text.parse::<$inner>() {
                    Ok(id) if id > 0 => Ok(Self(id)),
                    _ => Err(InvalidId { kind: $label, value: text.to_owned() }),
                }
            }
        }
    };
}

id!(
    /// A backup server (`backup_server.server_id`).
    ServerId(i32), "SrvID"
);
id!(
    /// A PgSQL node (`pgsql_node.node_id`, a bigserial).
    NodeId(i64), "NodeID"
);
id!(
    /// A backup definition (`backup_definition.def_id`).
    DefId(i64), "DefID"
);
id!(
    /// A snapshot definition (`snapshot_definition.snapshot_id`).
    SnapshotId(i64), "SnapshotID"
);
id!(
    /// A restore definition (`restore_definition.restore_def`).
    RestoreDefId(i64), "RestoreDef"
);
id!(
    /// A restore in the catalogue (`restore_catalog.restore_id`).
    RestoreId(i64), "RestoreID"
);
id!(
    /// A clone (`clone_definition.clone_id`).
    CloneId(i64), "CloneID"
);
id!(
    /// A backup in the catalogue (`backup_catalog.bck_id`).
    BckId(i64), "BckID"
);
id!(
    /// A run in progress (`run_in_progress.run_id`).
    RunId(i64), "RunID"
);
id!(
    /// A run that was asked for (`requested_run.request_id`).
    RequestId(i64), "RequestID"
);
id!(
    /// An alert (`alerts.alert_id`).
    AlertId(i64), "AlertID"
);
id!(
    /// An entry of the job queue (`job_queue.id`).
    JobId(i64), "JobID"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_whole_number_from_one() {
        assert_eq!("000012".parse(), Ok(DefId::new(12)));
        for text in ["", "0", "-1", "1.0", "abc", " 1", "99999999999999999999"] {
            assert!(text.parse::<DefId>().is_err(), "{text:?} was accepted");
        }
    }
}
