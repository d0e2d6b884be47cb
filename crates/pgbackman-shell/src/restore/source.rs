//! The requirements that the backup of a database to be cloned will have.

use pgbackman_core::conninfo::{self, ConnectTarget, DEFAULT_TIMEOUT, Session};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::restore_check::{BackupFacts, FilesSeen};
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_core::node::needs::{self, Scope};
use pgbackman_core::node::{NodeError, databases, identity, roles, settings};
use pgbackman_core::secret::Secret;

use crate::error::CommandError;
use crate::registration::databases::AskError;
use crate::session::shell::Shell;

/// Queries the database. The oldest suitable client program will take its backup; if the client programs are on
/// another machine, one of the node's own release is assumed.
///
/// # Errors
/// If the database cannot be reached or queried, or no installed client program can dump it.
pub fn will_need(
    shell: &Shell,
    node: &PgsqlNode,
    dbname: &str,
    installed: Option<&[PgRelease]>,
) -> Result<BackupFacts, CommandError> {
    let failed = |message: String| CommandError::Failed {
        what: format!(
            "inspect the database [{dbname}] of the PgSQL node [{}]",
            node.fqdn()
        ),
        message,
        detail: None,
    };
    let place = ConnectTarget::node(node.fqdn(), node.port, &node.admin_user, dbname)
        .with_application_name("pgbackman");
    let environment = shell.catalogue().environment();
    let mut facts = shell.catalogue().wait(async {
        let session = conninfo::connect(&place, environment, DEFAULT_TIMEOUT)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let facts = ask(&session, dbname)
            .await
            .map_err(|error| failed(error.to_string()));
        session.close().await;
        facts
    })??;
    if let (Some(installed), Some(source)) = (installed, facts.source) {
        facts.made_by = installed
            .iter()
            .copied()
            .filter(|client| client.major().can_dump(source.major()))
            .min();
        if facts.made_by.is_none() {
            return Err(failed(format!(
                "no client program on the backup server can dump PostgreSQL {source}"
            )));
        }
    }
    Ok(facts)
}

/// The current contents of a backup's roles file and settings file. The inner error is the reason why they cannot be
/// read.
///
/// # Errors
/// If the operator cancels.
pub(super) fn files(
    shell: &Shell,
    node: &PgsqlNode,
    dbname: &str,
) -> Result<Result<(Secret, String), AskError>, CommandError> {
    let place = ConnectTarget::node(node.fqdn(), node.port, &node.admin_user, dbname)
        .with_application_name("pgbackman");
    let environment = shell.catalogue().environment();
    shell.catalogue().wait(async {
        let session = conninfo::connect(&place, environment, DEFAULT_TIMEOUT).await?;
        let read = read_files(&session).await;
        session.close().await;
        Ok(read?)
    })
}

async fn read_files(session: &Session) -> Result<(Secret, String), NodeError> {
    let release = identity::release(&**session).await?;
    let roles = roles::read(&**session, release).await?.to_sql();
    let settings = settings::read(&**session, release).await?.to_sql();
    Ok((roles, settings))
}

async fn ask(session: &Session, dbname: &str) -> Result<BackupFacts, NodeError> {
    let release = identity::release(&**session).await?;
    let oid = databases::current(&**session).await?.oid;
    let roles = roles::read(&**session, release).await?.names();
    let scope = Scope::Database {
        roles: &roles,
        // A role without permission for the query does not make a clone fail.
        size: databases::size(&**session, oid).await.ok(),
    };
    let needs = needs::read(&**session, release, scope).await?;
    Ok(BackupFacts {
        damage: None,
        code: BackupCode::Full,
        status: ExecutionStatus::Succeeded,
        error_message: None,
        dbname: dbname.to_owned(),
        roles,
        made_by: Some(release),
        source: Some(release),
        files: FilesSeen::Elsewhere,
        has_manifest: true,
        needs: Some(needs),
        contents: None,
    })
}
