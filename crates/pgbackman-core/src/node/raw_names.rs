//! Reading names that belong to the cluster, not to the database.
//!
//! Names and comments of roles and databases are stored once for all databases, as the bytes that whoever made them sent,
//! usually UTF-8. A database of another encoding takes them for its own: the role `Müller` is `MÃ¼ller` when asked from a
//! LATIN1 database, and a roles file with that name would create another role. So they are read without any conversion, and
//! as the database sees them only where that gives no UTF-8 (a cluster that is LATIN1 throughout).

use tokio_postgres::GenericClient;

use super::{Asking, NodeError};

const WHAT: &str = "names in their own encoding";

/// From here on the server converts no text.
pub(super) async fn without_conversion(client: &impl GenericClient) -> Result<(), NodeError> {
    client
        .batch_execute("SET client_encoding TO 'SQL_ASCII'")
        .await
        .asking(WHAT)
}

/// From here on the server converts text from the database's encoding to UTF-8 again.
pub(super) async fn with_conversion(client: &impl GenericClient) -> Result<(), NodeError> {
    client
        .batch_execute("SET client_encoding TO 'UTF8'")
        .await
        .asking(WHAT)
}

/// Whether an answer could not be read for another reason than the server's or the connection's: it is not UTF-8.
pub(super) fn is_undecodable(error: &NodeError) -> bool {
    matches!(error, NodeError::Query { source, .. } if source.as_db_error().is_none() && !source.is_closed())
}
