//! What a pass knows, and how it asks the catalogue.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::nodes::config_params::ServerConfig;
use pgbackman_core::config::trust::{JobProgram, TrustError, check_backup_path, check_program};
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question;
use pgbackman_core::domain::server::BackupServer;

use crate::daemon::Control;

/// How long one question to the catalogue may take. A catalogue that takes longer is unavailable.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A connection to the catalogue and what it said about this backup server.
pub struct Pass {
    /// The daemon.
    pub daemon: Arc<Control>,
    /// The connection.
    pub session: Arc<Session>,
    /// This backup server.
    pub server: BackupServer,
    /// Its configuration.
    pub server_config: ServerConfig,
}

impl Pass {
    /// Asks the catalogue something, with a limit of time.
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, CatalogError>>,
    ) -> Result<T, CatalogError> {
        ask(&self.session, question).await
    }

    /// The server's `root_backup_partition`, if the local configuration allows it.
    pub fn root(&self) -> Result<PathBuf, TrustError> {
        check_backup_path(
            self.daemon.section(),
            &self.server_config.root_backup_partition,
        )
    }

    /// The server's `pgbackman_dump`, if the local configuration allows it.
    pub fn dump_program(&self) -> Result<PathBuf, TrustError> {
        check_program(
            self.daemon.section(),
            JobProgram::Dump,
            &self.server_config.pgbackman_dump,
        )
    }

    /// The server's `pgbackman_restore`, if the local configuration allows it.
    pub fn restore_program(&self) -> Result<PathBuf, TrustError> {
        check_program(
            self.daemon.section(),
            JobProgram::Restore,
            &self.server_config.pgbackman_restore,
        )
    }
}

/// Asks over a session, with a limit of time.
pub async fn ask<T>(
    session: &Session,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    question::ask(session, ANSWER_LIMIT, question).await
}
