//! Watches, while a restore continues, whether one of its sessions waits for a lock: its own, and those of the programs that it
//! runs. One that has waited for `lock_wait_timeout` is cancelled, and the reason names who is in the way.

use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::handoff::run::TargetServer;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::lock_patience::{LockPatience, POLL, waited_too_long};
use pgbackman_core::node::locks::lock_waits;
use pgbackman_core::node::{NodeError, identity};
use pgbackman_core::sys::process::ProcessGroup;
use tokio::sync::Notify;
use tokio::time::sleep;

/// The pause before the target is connected to again.
const RECONNECT: Duration = Duration::from_secs(5);
/// Its own questions wait for nobody.
const SESSION: &str = "SET lock_timeout TO '5s'; SET statement_timeout TO '30s'";

/// A process that nobody is.
const NOBODY: i32 = -1;

/// The watch over one restore.
pub(crate) struct LockWatch<'a> {
    server: TargetServer,
    /// The database in which it restores: the watch is in another one.
    dbname: &'a str,
    /// The names under which the restore's sessions appear.
    applications: [&'a str; 2],
    limit: Duration,
    begun: Notify,
    said: RefCell<Vec<String>>,
}

impl<'a> LockWatch<'a> {
    /// A watch over the sessions of these names, which begins with [`LockWatch::begin`].
    pub(crate) fn new(
        server: &TargetServer,
        dbname: &'a str,
        applications: [&'a str; 2],
        limit: Duration,
    ) -> Self {
        Self {
            server: server.of_no_run(),
            dbname,
            applications,
            limit,
            begun: Notify::new(),
            said: RefCell::default(),
        }
    }

    /// The target has been reached: from now on there is something to watch.
    pub(crate) fn begin(&self) {
        self.begun.notify_one();
    }

    /// Does the work, whose programs run in `group`, under the watch. A wait that has lasted too long ends it, but for one
    /// that only computes something from rows that are there. Returns what is to be told of those.
    pub(crate) async fn over<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
        group: &ProcessGroup,
        env: &Environment,
    ) -> Result<(T, Vec<String>), Failure> {
        let outcome = tokio::select! {
            outcome = work => outcome,
            never = self.run(group, env) => match never {},
        };
        let said = self.said.take();
        match outcome {
            Ok(done) => Ok((done, said)),
            Err(failure) if said.is_empty() => Err(failure),
            Err(failure) => Err(failure.context(said.join("; "))),
        }
    }

    async fn run(&self, group: &ProcessGroup, env: &Environment) -> Infallible {
        self.begun.notified().await;
        loop {
            match self.server.connect_beside(self.dbname, env).await {
                Ok(session) => {
                    if let Err(error) = self.watch(&session, group).await {
                        tracing::warn!(
                            "could not read which sessions wait for locks on the target: {error}"
                        );
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        "could not read which sessions wait for locks on the target: {error}"
                    );
                }
            }
            sleep(RECONNECT).await;
        }
    }

    async fn watch(&self, session: &Session, group: &ProcessGroup) -> Result<(), NodeError> {
        let release = identity::release(&**session).await?;
        if self.limit.is_zero() || !lock_waits::can_be_asked(release) {
            return std::future::pending().await;
        }
        if let Err(error) = session.batch_execute(SESSION).await {
            tracing::debug!(
                "could not set time limits for the session that watches for locks: {error}"
            );
        }
        let mut patience = LockPatience::new(self.limit);
        loop {
            sleep(POLL).await;
            match self.inspect(session, group, &mut patience).await {
                // What it asks for may be locked itself.
                Err(error) if error.sql_state().is_none() || session.is_closed() => {
                    return Err(error);
                }
                _ => {}
            }
        }
    }

    async fn inspect(
        &self,
        session: &Session,
        group: &ProcessGroup,
        patience: &mut LockPatience,
    ) -> Result<(), NodeError> {
        let waiting = lock_waits::waiting(session, &self.applications, NOBODY).await?;
        let Some(overdue) = patience.overdue(session, &waiting).await? else {
            return Ok(());
        };
        let reason =
            waited_too_long("the restore", self.limit, &overdue.blockers, "restore").reason;
        tracing::error!("{reason}");
        self.say(reason);
        if !overdue.waiting.derives {
            group.terminate();
        }
        lock_waits::cancel(session, overdue.waiting.pid).await
    }

    /// Once: a view that cannot be refreshed for somebody's lock cannot be analyzed either.
    fn say(&self, reason: String) {
        let mut said = self.said.borrow_mut();
        if !said.contains(&reason) {
            said.push(reason);
        }
    }
}
