//! Why a connection to a server failed.

use std::fmt;

use pgbackman_core::conninfo::ConnectError;
use pgbackman_core::error::with_causes;
use serde::{Deserialize, Serialize};

/// Why a server could not be inspected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Unreached {
    /// The reason as text, possibly in another language.
    pub(super) reason: String,
    /// Whether the server has no such database.
    pub(super) lacks_database: bool,
    /// Whether the role may be missing: a server reports a rejected role in the same way.
    pub(super) may_lack_role: bool,
}

impl Unreached {
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            reason: with_causes(error),
            lacks_database: false,
            may_lack_role: false,
        }
    }
}

impl From<ConnectError> for Unreached {
    fn from(error: ConnectError) -> Self {
        Self {
            lacks_database: error.lacks_database(),
            may_lack_role: error.may_lack_role(),
            ..Self::of(&error)
        }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reason)
    }
}

impl std::error::Error for Unreached {}
