//! The backup server and the node of an installation, registered through the shell.

use super::{HOST, Layout, Node, SUPERUSER, Shell};
use crate::task::{Result, TaskError};

/// Registers both. Their files are in the directory, since `pgbackman_setup` has set the catalogue's defaults so.
///
/// # Errors
///
/// When the shell refuses something.
pub(crate) fn register_server_and_node(shell: Shell<'_>, node: &Node<'_>) -> Result<()> {
    let (host, domain) = Layout::BACKUP_SERVER
        .split_once('.')
        .ok_or_else(|| TaskError::new("the backup server's name has no domain"))?;
    let port = node.port().to_string();
    shell.show(&["register_backup_server", host, domain, "created by xtask"])?;
    shell.show(&[
        "register_pgsql_node",
        HOST,
        "",
        &port,
        SUPERUSER,
        "RUNNING",
        "a sample node",
    ])?;
    shell.show(&["show_pgsql_nodes"])
}
