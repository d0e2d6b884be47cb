//! One pass: the tasks, one after the other; one that fails stops no other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::Daemon;
use pgbackman_core::catalogue::backups::leftovers;
use pgbackman_core::catalogue::nodes::{self, config_params, servers};
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::context::Context;
use pgbackman_core::daemon::passes::{Completed, PassEnd, Passes, connect_for_pass};
use pgbackman_core::daemon::question::{TaskError, not_registered};
use tokio::sync::Mutex;

use crate::daemon::Maintenance;
use crate::files::places::Places;
use crate::journal::Journal;
use crate::look::looker::Looker;
use crate::marks;
use crate::pass::Pass;
use crate::removal::remover::Remover;
use crate::steps::Step;
use crate::tasks::Task;

/// Clocks that differ by more than this are reported.
const TOLERATED_DIFFERENCE: TimeDelta = TimeDelta::minutes(10);

impl Passes for Maintenance {
    type Step = Step;
    const DAEMON: Daemon = Daemon::Maintenance;

    fn context(&self) -> &Context<Step> {
        &self.context
    }

    fn interval(&self) -> Duration {
        self.context.config.maintenance.maintenance_interval
    }

    async fn pass(self: Arc<Self>) -> PassEnd {
        let mut journal = self.journal.lock().await;
        journal.begin();
        let journal = &mut *journal;
        let session = match connect_for_pass(&*self).await {
            Ok(session) => session,
            Err(end) => return end,
        };
        let end = match begin(&self, session, journal).await {
            Ok(pass) => run(pass, journal).await,
            Err(TaskError::Unavailable(reason)) => PassEnd::Unavailable(reason),
            Err(TaskError::Failed(reasons)) => PassEnd::NotReady(reasons.join("; ")),
        };
        if let PassEnd::Complete(_) = end {
            tracing::debug!(
                "pass: {} deleted, {} problems",
                journal.count(),
                journal.problems()
            );
        }
        end
    }

    fn log_overdue(&self, limit: Duration) {
        tracing::warn!(
            "the pass has not finished after {} s; the next start continues it",
            limit.as_secs()
        );
    }
}

/// Runs every task.
async fn run(mut pass: Pass, journal: &mut Journal) -> PassEnd {
    for task in Task::ALL {
        if pass.daemon.is_stopping() {
            break;
        }
        match task.run(&mut pass, journal).await {
            Ok(()) => {}
            Err(TaskError::Failed(reasons)) => {
                for reason in reasons {
                    journal.problem(&format!("{task}: {reason}"));
                }
            }
            Err(TaskError::Unavailable(reason)) => return PassEnd::Unavailable(reason),
        }
    }
    pass.session.close().await;
    PassEnd::Complete(Completed {
        failing: journal.problems(),
        last_error: journal.a_problem().map(str::to_owned),
        channels: None,
        next: None,
    })
}

/// Reads what a pass has to know.
async fn begin(
    daemon: &Arc<Maintenance>,
    session: Session,
    journal: &mut Journal,
) -> Result<Pass, TaskError> {
    if daemon.dry_run {
        // Whatever a task gets wrong, a dry run changes nothing.
        session
            .batch_execute("SET default_transaction_read_only = on")
            .await
            .map_err(|error| TaskError::Unavailable(error.to_string()))?;
    }
    let section = &daemon.context.config.backup_server;
    let server = match servers::resolve(&*session, &section.fqdn()).await {
        Err(CatalogError::NotFound { .. }) => {
            return Err(TaskError::failed(&not_registered(&section.fqdn())));
        }
        found => found?,
    };
    let config = config_params::server_config(&*session, server.id).await?;
    let root = check_backup_path(section, &config.root_backup_partition)
        .map_err(|error| TaskError::failed(&error))?;
    let nodes = nodes::list(&*session).await?;
    let directories = leftovers::backup_directories(&*session, server.id).await?;
    let (places, refused) = Places::new(section, &root, &directories);
    for refused in refused {
        // Nothing was ever written to a former directory that is refused and that no backup is in: it is of no concern.
        let directory = &refused.directory;
        if directory.is_current
            || leftovers::names_files_in(&*session, server.id, directory).await?
        {
            journal.problem(&refused.reason);
        } else {
            tracing::debug!(
                "{}: it is a former directory without backups",
                refused.reason
            );
        }
    }
    let as_of = point_in_time(daemon, &session, journal).await?;
    let mut pass = Pass {
        daemon: Arc::clone(daemon),
        session,
        server,
        nodes,
        root,
        as_of,
        places: Arc::default(),
        looker: Mutex::new(Looker::new(daemon.look_limit)),
        remover: Mutex::new(Remover::new(daemon.look_limit)),
        certainly_gone: BTreeSet::new(),
    };
    pass.places = Arc::new(marks::compare(&pass, places, journal).await?);
    Ok(pass)
}

/// Now, as this machine and the catalogue have it: the earlier, since a clock that runs ahead would let everything expire.
async fn point_in_time(
    daemon: &Maintenance,
    session: &Session,
    journal: &mut Journal,
) -> Result<DateTime<Utc>, TaskError> {
    let here = daemon.context.now();
    if !daemon.context.clock_is_real() {
        return Ok(here);
    }
    let there: DateTime<Utc> = session
        .query_one("SELECT now()", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| TaskError::Unavailable(error.to_string()))?;
    if (here - there).abs() > TOLERATED_DIFFERENCE {
        journal.problem(
            "the clocks of this machine and of the catalogue's server differ by more than ten minutes; the earlier \
             time is used",
        );
    }
    Ok(here.min(there))
}
