//! The heartbeats of a daemon that has no connection of its own to the catalogue all the time: a task beside its work
//! that connects about every minute, says so, and leaves. A catalogue that is unavailable does not disturb it, and is not reported
//! here: the daemon's own work does.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::catalogue::alerts::heartbeats::{self, Daemon, Facts, INTERVAL, LATE_AFTER, Sign};
use crate::catalogue::nodes::servers;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use crate::domain::ids::ServerId;

/// How long telling may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long saying goodbye may take.
const END_LIMIT: Duration = Duration::from_secs(3);
/// News are told at once, but no more often than this.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// No error is told at greater length, in characters; the whole of it is in the log.
const LONGEST_ERROR: usize = 500;

/// Who tells, and how.
struct Teller {
    config: Config,
    env: Environment,
    daemon: Daemon,
    /// A test's time; the catalogue's clock counts otherwise.
    clock: Option<Arc<dyn Clock>>,
    began: Instant,
    facts: Mutex<Facts>,
    news: Notify,
}

/// A daemon's heartbeats, until [`Heartbeat::end`].
pub struct Heartbeat {
    teller: Arc<Teller>,
    task: JoinHandle<()>,
}

impl Heartbeat {
    /// Begins to tell, at once. `clock` is a test's; without one the catalogue's clock counts. Inside a runtime of tokio.
    pub fn begin(
        config: &Config,
        env: &Environment,
        daemon: Daemon,
        clock: Option<Arc<dyn Clock>>,
    ) -> Self {
        let teller = Arc::new(Teller {
            config: config.clone(),
            env: env.clone(),
            daemon,
            clock,
            began: Instant::now(),
            facts: Mutex::default(),
            news: Notify::new(),
        });
        let telling = Arc::clone(&teller);
        let task = tokio::spawn(async move {
            loop {
                telling.tell(LATE_AFTER).await;
                tokio::time::sleep(SHORTEST_PAUSE).await;
                let rest = INTERVAL.saturating_sub(SHORTEST_PAUSE);
                // Whether it is news or time makes no difference.
                let _ = tokio::time::timeout(rest, telling.news.notified()).await;
            }
        });
        Self { teller, task }
    }

    /// What the daemon says about itself from now on; told at once where something fails or waits that did not, or no
    /// longer does.
    pub fn set(&self, mut facts: Facts) {
        facts.last_error = facts.last_error.map(shortened);
        let essence = |facts: &Facts| (facts.failing, facts.pending_files, facts.refused_files);
        let mut known = self
            .teller
            .facts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_news = essence(&known) != essence(&facts);
        *known = facts;
        if is_news {
            self.teller.news.notify_one();
        }
    }

    /// Tells that the daemon is stopped as it should be. Nothing depends on it, and it takes three seconds at most.
    pub async fn end(self) {
        self.task.abort();
        let end = async {
            let Some((session, server)) = self.teller.connect().await else {
                return;
            };
            let teller = &self.teller;
            let as_of = teller.clock.as_ref().map(|clock| clock.now());
            let told =
                heartbeats::note_end(&*session, server, teller.daemon, std::process::id(), as_of);
            if let Err(error) = told.await {
                tracing::debug!("{error}");
            }
            session.close().await;
        };
        if tokio::time::timeout(END_LIMIT, end).await.is_err() {
            tracing::debug!("could not report in time to the catalogue that this daemon stops");
        }
    }
}

/// One heartbeat of a program that is started now and then instead of working all the time: `next_within` is how long
/// nobody need miss it.
pub async fn once(
    config: &Config,
    env: &Environment,
    daemon: Daemon,
    clock: Option<Arc<dyn Clock>>,
    facts: Facts,
    next_within: Duration,
) {
    let facts = Facts {
        last_error: facts.last_error.map(shortened),
        ..facts
    };
    let teller = Teller {
        config: config.clone(),
        env: env.clone(),
        daemon,
        clock,
        began: Instant::now(),
        facts: Mutex::new(facts),
        news: Notify::new(),
    };
    teller.tell(next_within).await;
}

impl Teller {
    async fn tell(&self, next_within: Duration) {
        let told = async {
            let Some((session, server)) = self.connect().await else {
                return;
            };
            let facts = self
                .facts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let sign = Sign {
                server,
                daemon: self.daemon,
                procpid: std::process::id(),
                uptime: self.began.elapsed(),
                next_within,
                facts,
            };
            let as_of = self.clock.as_ref().map(|clock| clock.now());
            if let Err(error) = heartbeats::note(&*session, &sign, as_of).await {
                tracing::debug!("{error}");
            }
            session.close().await;
        };
        if tokio::time::timeout(LIMIT, told).await.is_err() {
            tracing::debug!("could not send a heartbeat to the catalogue in time");
        }
    }

    /// A connection, and this machine's backup server. What is wrong is reported by the daemon's own work.
    async fn connect(&self) -> Option<(Session, ServerId)> {
        let name = format!("pgbackman_{} (heartbeat)", self.daemon);
        let target = ConnectTarget::catalogue(&self.config).with_application_name(&name);
        let session = match connect(&target, &self.env, DEFAULT_TIMEOUT).await {
            Ok(session) => session,
            Err(error) => {
                tracing::debug!("{error}");
                return None;
            }
        };
        match servers::resolve(&*session, &self.config.backup_server.fqdn()).await {
            Ok(server) => Some((session, server.id)),
            Err(error) => {
                tracing::debug!("{error}");
                None
            }
        }
    }
}

fn shortened(error: String) -> String {
    match error.char_indices().nth(LONGEST_ERROR) {
        Some((end, _)) => error[..end].to_owned(),
        None => error,
    }
}
