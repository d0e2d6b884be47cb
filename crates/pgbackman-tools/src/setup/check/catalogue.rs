//! Checks of the catalogue: whether it is available, has this version, and contains this backup server.

use std::path::PathBuf;
use std::time::Duration;

use pgbackman_core::catalogue::alerts::heartbeats::{self, DaemonLife};
use pgbackman_core::catalogue::attention::{self, Notified};
use pgbackman_core::catalogue::nodes::{self, config_params, servers};
use pgbackman_core::catalogue::schema::version;
use pgbackman_core::catalogue::{CatalogError, definitions};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{self, ConnectTarget, Session};
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::ServerStatus;
use pgbackman_core::error::with_causes;
use pgbackman_core::sys::privilege::User;

use super::Finding;
use super::node_to_ask::NodeToAsk;
use super::nodes::{clock, under_test};
use crate::setup::PROGRAM;
use crate::setup::inspect::Inspection;
use crate::setup::unreached::Unreached;

/// Timeout of the catalogue.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The registration of this backup server.
#[derive(Debug)]
pub(super) struct Registered {
    /// Its directories of client programs: release and directory.
    pub(super) bin_dirs: Vec<(String, PathBuf)>,
    /// The RUNNING nodes for which it has definitions, or all RUNNING nodes if it has no definitions yet.
    pub(super) nodes: Vec<NodeToAsk>,
    /// Its daemons, by their last heartbeats.
    pub(super) daemons: Vec<DaemonLife>,
    /// Who is notified of failures; `None` while it has no scheduled definition.
    pub(super) notified: Option<Notified>,
}

/// Reads the registration as the calling user, or returns the finding that explains why that failed.
pub(super) async fn registered(
    config: &Config,
    env: &Environment,
) -> Result<(Registered, Vec<Finding>), Finding> {
    let target = ConnectTarget::catalogue(config).with_application_name(PROGRAM);
    let session = conninfo::connect(&target, env, PATIENCE)
        .await
        .map_err(|error| {
            Finding::error(
                "catalogue",
                "connection",
                with_causes(&error),
                "check [pgbackman_database] of the configuration, pg_hba.conf of the server, and .pgpass; for a \
                 private catalogue: pgbackman_setup embedded --dir DIR --status",
            )
        })?;
    let read = read(&session, config).await;
    session.close().await;
    read
}

async fn read(session: &Session, config: &Config) -> Result<(Registered, Vec<Finding>), Finding> {
    version::check(session).await.map_err(|error| {
        Finding::error(
            "catalogue",
            session.place(),
            with_causes(&error),
            "if it is older: pgbackman_setup database --upgrade; if it is newer: install the version of the other \
             backup servers",
        )
    })?;
    let fqdn = config.backup_server.fqdn();
    let server = servers::resolve(&**session, &fqdn).await.map_err(|error| {
        Finding::error(
            "catalogue",
            session.place(),
            with_causes(&error),
            format!(
                "register this backup server ({fqdn}) with pgbackman_setup server, or set backup_server in \
                 [backup_server]"
            ),
        )
    })?;
    let found = Finding::ok(
        "catalogue",
        session.place(),
        format!(
            "this backup server is registered as {fqdn} (SrvID {})",
            server.id
        ),
    );
    let registered = contents(session, &server).await.map_err(|error| {
        Finding::error(
            "catalogue",
            session.place(),
            with_causes(&error),
            "see the log of the server",
        )
    })?;
    Ok((registered, vec![found]))
}

async fn contents(session: &Session, server: &BackupServer) -> Result<Registered, CatalogError> {
    let configured = config_params::server_config(&**session, server.id).await?;
    let mine = definitions::nodes_of_server(&**session, server.id).await?;
    let nodes = nodes::list(&**session)
        .await?
        .into_iter()
        .filter(|node| node.status == ServerStatus::Running)
        .filter(|node| mine.is_empty() || mine.contains(&node.id))
        .map(NodeToAsk)
        .collect();
    let all = heartbeats::list(&**session, None, None).await?;
    let notified = attention::notified::list(&**session, &all).await?;
    Ok(Registered {
        bin_dirs: configured.bin_dirs.into_iter().collect(),
        nodes,
        daemons: all
            .into_iter()
            .filter(|life| life.server == server.id)
            .collect(),
        notified: notified.into_iter().find(|one| one.server == server.id),
    })
}

/// The findings of the job user, which registers results itself.
pub(super) fn from_jobs(
    answer: Option<&Result<Inspection, Unreached>>,
    user: &User,
) -> Vec<Finding> {
    match answer {
        None => Vec::new(),
        Some(Ok(seen)) => [
            Finding::ok(
                "jobs",
                &user.name,
                format!("can connect to the catalogue ({})", seen.place),
            ),
            clock("catalogue", seen.ahead),
        ]
        .into_iter()
        .chain(under_test("catalogue", &seen.place, &seen.release))
        .collect(),
        Some(Err(reason)) => vec![Finding::error(
            "jobs",
            &user.name,
            format!("cannot connect to the catalogue: {reason}"),
            format!(
                "add a line to {}/.pgpass, or change pg_hba.conf of the catalogue's server; until then results remain \
                 in pending_updates",
                user.home.display()
            ),
        )],
    }
}
