//! What the caches say, from the catalogue's rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pgbackman_core::catalogue::nodes::config_params::{NodeConfig, ServerConfig};
use pgbackman_core::config::BackupServerSection;
use pgbackman_core::config::trust::check_bin_dir;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::handoff::cache::{NodeCache, ServerCache, VERSION};

/// The cache of a backup server. Directories of client programs outside `bin_dirs` are left out; those that exist come
/// back as reasons (the catalogue names many directories of releases that a machine does not have).
pub fn server_cache(
    section: &BackupServerSection,
    server: &BackupServer,
    config: &ServerConfig,
    root: PathBuf,
) -> (ServerCache, Vec<String>) {
    let mut refused = Vec::new();
    let mut bin_dirs = BTreeMap::new();
    for (release, directory) in &config.bin_dirs {
        match check_bin_dir(section, directory) {
            Ok(directory) => drop(bin_dirs.insert(release.clone(), directory)),
            Err(error) if directory.exists() => refused.push(error.to_string()),
            Err(_) => {}
        }
    }
    let cache = ServerCache {
        version: VERSION,
        server_id: server.id,
        fqdn: server.fqdn(),
        root_backup_partition: root,
        bin_dirs,
    };
    (cache, refused)
}

/// The cache of a node, but for the mark of its directory.
pub fn node_cache(server: &BackupServer, node: &PgsqlNode, config: &NodeConfig) -> NodeCache {
    NodeCache {
        version: VERSION,
        node_id: node.id,
        fqdn: node.fqdn(),
        port: node.port,
        admin_user: node.admin_user.clone(),
        backup_partition: config.backup_partition.clone(),
        directory_mark: None,
        server_id: server.id,
        server_fqdn: server.fqdn(),
        system_identifier: node.system_identifier.clone(),
        window_until: node.window_until,
    }
}
