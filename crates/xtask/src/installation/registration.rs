//! The backup server and the node of an installation, registered through the shell.

use super::{HOST, Layout, Node, SUPERUSER, Shell};
use crate::task::{Result, TaskError};

/// Registers both, and says where their files lie: in the directory, not in `/srv` and `/etc`.
///
/// # Errors
///
/// When the shell refuses something.
pub(crate) fn register_server_and_node(
    shell: Shell<'_>,
    layout: &Layout,
    node: &Node<'_>,
) -> Result<()> {
    let (host, domain) = Layout::BACKUP_SERVER
        .split_once('.')
        .ok_or_else(|| TaskError::new("the backup server's name has no domain"))?;
    shell.show(&["register_backup_server", host, domain, "made by xtask"])?;
    shell.show(&[
        "update_backup_server_config",
        "1",
        &format!("root_backup_partition={}", layout.backups().display()),
        &format!(
            "pgbackman_dump={}",
            layout.program("pgbackman_dump").display()
        ),
    ])?;
    let port = node.port().to_string();
    // Not running yet: first its files get their place.
    shell.show(&[
        "register_pgsql_node",
        HOST,
        "",
        &port,
        SUPERUSER,
        "STOPPED",
        "a sample node",
    ])?;
    shell.show(&[
        "update_pgsql_node_config",
        "1",
        &format!(
            "pgnode_backup_partition={}",
            layout.backups().join("pgsql_node_1").display()
        ),
        &format!(
            "pgnode_crontab_file={}",
            layout.crontabs().join("pgsql_node_1").display()
        ),
    ])?;
    shell.show(&[
        "update_pgsql_node",
        "1",
        &port,
        SUPERUSER,
        "RUNNING",
        "a sample node",
    ])?;
    shell.show(&["show_pgsql_nodes"])
}
