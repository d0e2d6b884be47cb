//! Inspects the target node, and the backup server if that is this machine.

use std::io;
use std::path::PathBuf;

use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::config::trust;
use pgbackman_core::conninfo::{self, ConnectTarget, DEFAULT_TIMEOUT};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::domain::restore::restore_check::FilesSeen;
use pgbackman_core::domain::restore::restore_parameters;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::ServerStatus;
use pgbackman_core::node::target as node_target;
use pgbackman_core::pgtools::bindir::{self, Search};

use crate::error::CommandError;
use crate::registration::databases;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// The backup server, as far as it can be inspected from here.
#[derive(Debug)]
pub struct BackupServerLook {
    /// The releases of its client programs; `None` if it is another machine.
    pub installed: Option<Vec<PgRelease>>,
    is_here: bool,
}

impl BackupServerLook {
    /// Inspects the client programs, if the backup server is this machine.
    ///
    /// # Errors
    /// If the catalogue is unavailable.
    pub fn new(shell: &Shell, server: &BackupServer) -> Result<Self, CommandError> {
        let section = &shell.config().backup_server;
        if !section.fqdn().eq_ignore_ascii_case(&server.fqdn()) {
            return Ok(Self {
                installed: None,
                is_here: false,
            });
        }
        let config = shell
            .read(async |session| config_params::server_config(&**session, server.id).await)?;
        let configured: Vec<(PgMajor, PathBuf)> = config
            .bin_dirs
            .into_iter()
            .filter_map(|(major, path)| Some((major.parse().ok()?, path)))
            .collect();
        let installed = trust::existing_bin_dirs(section);
        let search = Search {
            configured: &configured,
            installed: &installed,
            trusted: &|path| trust::check_bin_dir(section, path),
        };
        let (tools, _) = shell.catalogue().wait(bindir::installed(&search))?;
        Ok(Self {
            installed: Some(tools.iter().map(|tools| tools.release).collect()),
            is_here: true,
        })
    }

    /// Whether a backup's files exist. The user of the shell may not be allowed to see them.
    pub fn files(&self, paths: &[PathBuf]) -> FilesSeen {
        if !self.is_here {
            return FilesSeen::Elsewhere;
        }
        let mut gone = Vec::new();
        for path in paths {
            match std::fs::symlink_metadata(path) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => gone.push(path.clone()),
                Err(_) => return FilesSeen::Elsewhere,
            }
        }
        if gone.is_empty() {
            FilesSeen::Present
        } else {
            FilesSeen::Gone(gone)
        }
    }
}

/// Queries the facts about the target. `look_into` names the database whose tables are counted, if it exists.
///
/// # Errors
/// If the node is STOPPED, or cannot be reached or queried.
pub fn target(
    shell: &Shell,
    node: &PgsqlNode,
    needs: Option<&BackupNeeds>,
    look_into: Option<&str>,
) -> Result<TargetFacts, CommandError> {
    check_running(node)?;
    let fqdn = node.fqdn();
    let failed = |reason: String| unreachable(node, reason);
    shell.catalogue().wait(async {
        let mut session = databases::connect(shell.catalogue().environment(), node)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let mut facts = node_target::facts(&mut session, needs)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let tablespace = needs.and_then(|needs| needs.databases.first()?.tablespace.as_deref());
        facts.free_space = node_target::free_space_here(&session, &fqdn, tablespace).await;
        session.close().await;
        if let Some(dbname) = look_into.filter(|name| facts.databases.contains(*name)) {
            let place = ConnectTarget::node(&fqdn, node.port, &node.admin_user, dbname)
                .with_application_name("pgbackman");
            let environment = shell.catalogue().environment();
            let session = conninfo::connect(&place, environment, DEFAULT_TIMEOUT)
                .await
                .map_err(|error| failed(error.to_string()))?;
            let tables = node_target::tables(&session).await;
            facts.tables_in_target = Some(tables.map_err(|error| failed(error.to_string()))?);
            session.close().await;
        }
        Ok(facts)
    })?
}

fn check_running(node: &PgsqlNode) -> Result<(), CommandError> {
    if node.status == ServerStatus::Running {
        return Ok(());
    }
    Err(CommandError::Invalid(format!(
        "The target PgSQL node [{}] is {}; set it to RUNNING before you restore to it (update_pgsql_node)",
        node.fqdn(),
        node.status
    )))
}

fn unreachable(node: &PgsqlNode, reason: String) -> CommandError {
    CommandError::Failed {
        what: format!("inspect the target PgSQL node [{}]", node.fqdn()),
        message: reason,
        detail: None,
    }
}

/// Checks in a dialogue that the target is RUNNING and can be reached.
///
/// # Errors
/// If it is STOPPED, or does not respond.
pub fn check_node(shell: &Shell, _: &Answers, name: &str) -> Result<(), CommandError> {
    let node = shell.node(name)?;
    check_running(&node)?;
    databases::check_reachable(shell, &node)?.map_err(|error| unreachable(&node, error.to_string()))
}

/// Checks in a dialogue that the extra parameters are valid options of a restore.
///
/// # Errors
/// The invalid ones.
pub fn check_parameters(_: &Shell, _: &Answers, text: &str) -> Result<(), CommandError> {
    restore_parameters::check(text, None)
        .map(drop)
        .map_err(|error| CommandError::Invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_present_gone_or_not_to_be_seen() {
        let directory = tempfile::tempdir().unwrap();
        let there = directory.path().to_owned();
        let gone = directory.path().join("gone");
        let mut look = BackupServerLook {
            installed: None,
            is_here: true,
        };
        assert_eq!(look.files(std::slice::from_ref(&there)), FilesSeen::Present);
        assert_eq!(
            look.files(&[there.clone(), gone.clone()]),
            FilesSeen::Gone(vec![gone])
        );
        look.is_here = false;
        assert_eq!(look.files(&[there]), FilesSeen::Elsewhere);
    }
}
