//! The daemon: one loop that only waits and hands out work, so that it always answers signals and the watchdog.

mod catalogue;
mod telling;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pgbackman_core::catalogue::alerts::heartbeats;
use pgbackman_core::conninfo::{AsyncEvent, ConnectError, Session};
use pgbackman_core::daemon::context::STOP_LIMIT;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::daemon::service::Service;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::signal::{StopSignal, StopSignals};
use pgbackman_core::telemetry;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument as _;

use crate::agenda::{Agenda, Item};
use crate::at::jobs;
use crate::crontab::{cron, node_crontab};
use crate::daemon::Control;
use crate::files::{deletions, node_files, server};
use crate::inspect::{LookError, Scope, ServerState, inspect};
use crate::pass::Pass;
use crate::{catalogue_server, heartbeat, recovery, space};
use catalogue::{Link, next_event};

/// How often everything is compared though nothing was notified.
const FULL_PASS: Duration = Duration::from_secs(300);

/// What a task brings back.
enum Output {
    Connected(Box<Result<(Session, UnboundedReceiver<AsyncEvent>), ConnectError>>),
    Looked(Box<Result<ServerState, LookError>>),
    Worked(Item, Result<(), TaskError>),
}

/// The state of the loop.
pub struct App {
    daemon: Arc<Control>,
    service: Service,
    once: bool,
    agenda: Agenda,
    tasks: JoinSet<(u64, Output)>,
    running: HashMap<Id, Item>,
    link: Link,
    /// Counts the connections: what an earlier one brings late is not taken for this one's.
    generation: u64,
    state: Option<Arc<ServerState>>,
    scope: Scope,
    next_full_pass: Instant,
    /// When the catalogue is told next that control works, and how much room there is.
    next_sign: Instant,
    /// When the catalogue's server is compared next with what is installed.
    next_server_look: Instant,
    ended: Option<ExitCode>,
}

impl App {
    /// A loop that begins by connecting. With `once` it ends when everything has been done once.
    pub fn new(daemon: Arc<Control>, service: Service, once: bool) -> Self {
        let now = Instant::now();
        Self {
            daemon,
            service,
            once,
            agenda: Agenda::default(),
            tasks: JoinSet::new(),
            running: HashMap::new(),
            link: Link::Down { retry: now },
            generation: 0,
            state: None,
            scope: Scope::Everything,
            next_full_pass: now + FULL_PASS,
            next_sign: now,
            next_server_look: now,
            ended: None,
        }
    }

    /// Runs until a signal to stop, or until what cannot be mended by waiting.
    pub async fn run(mut self, mut signals: StopSignals) -> ExitCode {
        loop {
            self.step(Instant::now());
            if let Some(code) = self.ended {
                return code;
            }
            let wake = self.next_wakeup(Instant::now());
            tokio::select! {
                signal = signals.recv() => match signal {
                    StopSignal::Hangup => {
                        self.next_server_look = Instant::now();
                        self.full_pass(Instant::now());
                    }
                    signal => return self.stop(signal, signals).await,
                },
                Some(joined) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => {
                    self.joined(joined, Instant::now());
                }
                event = next_event(&mut self.link) => self.event(event, Instant::now()),
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    /// Starts whatever is due.
    fn step(&mut self, now: Instant) {
        self.service.alive(now);
        match &self.link {
            Link::Down { retry } if *retry <= now => self.connect(),
            Link::Up { .. } => {
                if self.next_full_pass <= now {
                    self.full_pass(now);
                }
                if self.next_server_look <= now {
                    self.next_server_look = now + heartbeats::INTERVAL;
                    self.agenda.wake(Item::CatalogueServer, now);
                }
                if self.state.is_some() && self.next_sign <= now {
                    self.next_sign = now + heartbeats::INTERVAL;
                    self.agenda.wake(Item::Space, now);
                    self.wake_heartbeat(now);
                }
                self.start_due(now);
                if self.state.is_some() && self.agenda.is_idle(now) {
                    self.pass_is_through();
                }
            }
            Link::Down { .. } | Link::Connecting => {}
        }
    }

    fn next_wakeup(&self, now: Instant) -> Instant {
        let mut times = vec![now + FULL_PASS];
        times.extend(self.service.next_watchdog());
        match &self.link {
            Link::Down { retry } => times.push(*retry),
            Link::Up { .. } => {
                times.push(self.next_full_pass);
                times.push(self.next_server_look);
                if self.state.is_some() {
                    times.push(self.next_sign);
                }
                times.extend(self.agenda.next_due());
            }
            Link::Connecting => {}
        }
        times.into_iter().min().unwrap_or(now)
    }

    fn full_pass(&mut self, now: Instant) {
        self.scope = Scope::Everything;
        self.next_full_pass = now + FULL_PASS;
        self.agenda.wake(Item::Look, now);
    }

    /// One that makes everything once and leaves is no daemon; and who is not known to the catalogue cannot tell it anything.
    fn wake_heartbeat(&mut self, now: Instant) {
        if !self.once && self.state.is_some() {
            self.agenda.wake(Item::SignOfLife, now);
        }
    }

    fn start_due(&mut self, now: Instant) {
        let Link::Up { session, .. } = &self.link else {
            return;
        };
        let session = Arc::clone(session);
        for item in self.agenda.start_due(now) {
            let generation = self.generation;
            let daemon = Arc::clone(&self.daemon);
            let session = Arc::clone(&session);
            let state = self.state.clone();
            let span = self.span_of(item);
            let work = async move {
                let output = match (item, state) {
                    (Item::Look, state) => {
                        let listening = state
                            .map(|state| state.listening.clone())
                            .unwrap_or_default();
                        let seen = inspect(&session, &daemon.section().fqdn(), listening).await;
                        Output::Looked(Box::new(seen))
                    }
                    // What is wrong with its server may keep everything else from being checked.
                    (Item::CatalogueServer, _) => {
                        Output::Worked(item, catalogue_server::reconcile(&daemon, &session).await)
                    }
                    (item, Some(state)) => {
                        let pass = Pass {
                            daemon,
                            session,
                            server: state.server.clone(),
                            server_config: state.config.clone(),
                        };
                        Output::Worked(item, work(&pass, item).await)
                    }
                    // Only a known state makes anything else due.
                    (item, None) => Output::Worked(
                        item,
                        Err(TaskError::Unavailable(
                            "the catalogue has not been read yet".to_owned(),
                        )),
                    ),
                };
                (generation, output)
            };
            let task = self.tasks.spawn(work.instrument(span));
            self.running.insert(task.id(), item);
        }
    }

    fn joined(&mut self, joined: Result<(Id, (u64, Output)), JoinError>, now: Instant) {
        let (generation, output) = match joined {
            Ok((id, output)) => {
                self.running.remove(&id);
                output
            }
            Err(error) => {
                if let Some(item) = self.running.remove(&error.id()) {
                    self.failed(item, &[format!("internal error: {error}")], now);
                }
                return;
            }
        };
        let current = generation == self.generation;
        match output {
            Output::Connected(connected) => self.connected(*connected, now),
            Output::Looked(seen) if current => self.looked(*seen, now),
            Output::Looked(_) => self.agenda.abandoned(Item::Look, now),
            Output::Worked(item, Ok(())) => {
                self.agenda.done(item, now);
                if self.daemon.board().is_news(self.agenda.failing(), None) {
                    self.wake_heartbeat(now);
                }
            }
            Output::Worked(item, Err(TaskError::Failed(reasons))) => {
                self.failed(item, &reasons, now);
            }
            Output::Worked(item, Err(TaskError::Unavailable(reason))) => {
                self.agenda.abandoned(item, now);
                if current {
                    self.lost(&reason, now);
                }
            }
        }
    }

    /// Nothing can be done until something changes. The daemon is up all the same.
    fn wait_for(&mut self, reason: &str, code_of_once: ExitCode) {
        self.service.waits_for(reason);
        if self.once {
            self.ended = Some(code_of_once);
        }
    }

    fn pass_is_through(&mut self) {
        let failing = self.agenda.failing();
        self.service.is_through(failing);
        if self.once {
            // What was logged as an error was not done, also where trying again would not help.
            self.ended = Some(if failing == 0 && telemetry::errors_logged() == 0 {
                ExitCode::Success
            } else {
                ExitCode::Failure
            });
        }
    }

    async fn stop(mut self, signal: StopSignal, mut signals: StopSignals) -> ExitCode {
        tracing::info!("{signal}: stopping");
        self.service.stops();
        if matches!(self.link, Link::Connecting) {
            // Nothing that counts continues.
            self.tasks.abort_all();
        }
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        tokio::select! {
            () = drained => {}
            again = signals.recv() => tracing::warn!("received {again} again, exiting immediately"),
            () = tokio::time::sleep(STOP_LIMIT) => {
                tracing::warn!("work has not finished after {} s; the next start continues it", STOP_LIMIT.as_secs());
            }
        }
        if let (Link::Up { session, .. }, Some(state), false) = (&self.link, &self.state, self.once)
        {
            heartbeat::end(session, state.server.id).await;
        }
        ExitCode::Success
    }
}

async fn work(pass: &Pass, item: Item) -> Result<(), TaskError> {
    match item {
        Item::Look | Item::CatalogueServer => Ok(()),
        Item::Server => server::reconcile(pass).await,
        Item::DeletedNode(id) => deletions::clean_up(pass, id).await,
        Item::Node(id) => node_crontab::reconcile(pass, id).await,
        Item::NodeFiles(id) => node_files::reconcile(pass, id).await,
        Item::UserCrontab => server::reconcile_user_crontab(pass).await,
        Item::Cron => cron::inspect(pass).await,
        Item::DeadRuns => recovery::recover(pass).await,
        Item::AtJobs => jobs::reconcile(pass).await,
        Item::Space => space::observe(pass).await,
        Item::SignOfLife => heartbeat::tell(pass).await,
    }
}
