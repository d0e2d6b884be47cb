//! One pass: check conditions, plan deliveries, send.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::{self, Daemon};
use pgbackman_core::catalogue::alerts::{self, alert_facts};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::context::Context;
use pgbackman_core::daemon::passes::{Completed, PassEnd, Passes, connect_for_pass};
use pgbackman_core::daemon::question::not_registered;
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::AlertChannel;

use crate::daemon::Alerts;
use crate::delivery::{deliver, record_what_is_left};
use crate::judge::daemons::looked_after;
use crate::pass::{Pass, ask};
use crate::steps::Step;

/// Minimum pause between passes.
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(1);

impl Passes for Alerts {
    type Step = Step;
    const DAEMON: Daemon = Daemon::Alerts;

    fn context(&self) -> &Context<Step> {
        &self.context
    }

    fn interval(&self) -> Duration {
        self.context.config.alerts.alerts_check_interval
    }

    async fn pass(self: Arc<Self>) -> PassEnd {
        run(&self).await
    }

    fn log_overdue(&self, limit: Duration) {
        tracing::warn!("an alert is still being sent after {} s", limit.as_secs());
    }
}

/// Runs a pass.
async fn run(daemon: &Alerts) -> PassEnd {
    let end = match connect_for_pass(daemon).await {
        Ok(session) => {
            let end = match Box::pin(work(daemon, &session)).await {
                Ok(completed) => PassEnd::Complete(completed),
                Err(CatalogError::NotFound { .. }) => {
                    let fqdn = daemon.context.config.backup_server.fqdn();
                    PassEnd::NotReady(not_registered(&fqdn))
                }
                Err(error) if error.is_unavailable() => PassEnd::Unavailable(error.to_string()),
                Err(error) => PassEnd::NotReady(error.to_string()),
            };
            session.close().await;
            end
        }
        Err(end) => end,
    };
    if let PassEnd::Unavailable(_) = end {
        daemon.catalogue_away.store(true, Ordering::Relaxed);
    }
    end
}

async fn work(daemon: &Alerts, session: &Session) -> Result<Completed, CatalogError> {
    let client = &**session;
    let own = ask(
        session,
        servers::resolve(client, &daemon.context.config.backup_server.fqdn()),
    )
    .await?;
    let (now, catalogue_up) = times(daemon, session).await?;
    if daemon.catalogue_away.swap(false, Ordering::Relaxed) {
        *daemon
            .catalogue_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
    record_what_is_left(daemon, session).await?;
    let lives = ask(session, heartbeats::list(client, None, Some(now))).await?;
    let all = ask(session, servers::list(client)).await?;
    let all: Vec<ServerId> = all.into_iter().map(|server| server.id).collect();
    let servers = looked_after(own.id, &all, &lives, now);
    let pass = Pass {
        daemon,
        session,
        own: own.id,
        servers: &servers,
        lives: &lives,
        now,
        catalogue_up,
    };
    pass.judge().await?;
    daemon.reached(Step::Judged);

    let channels = daemon.channels.kinds();
    // A daemon without channels marks only the alerts of its own server as not sent.
    let told = if channels.is_empty() {
        vec![own.id]
    } else {
        servers
    };
    let warnings = daemon.context.config.alerts.alert_on_warnings;
    ask(
        session,
        alerts::plan(client, &told, &channels, warnings, own.id, now),
    )
    .await?;
    daemon.reached(Step::Planned);
    let by = |kind| {
        let (told, is_open) = (&told, channels.contains(&kind));
        async move {
            if is_open {
                deliver(daemon, session, kind, told, now).await
            } else {
                Ok(())
            }
        }
    };
    // A channel that hangs does not block the others.
    let outcomes = tokio::join!(
        by(AlertChannel::Smtp),
        by(AlertChannel::Webhook),
        by(AlertChannel::Command)
    );
    for outcome in [outcomes.0, outcomes.1, outcomes.2] {
        outcome?;
    }
    ask(session, alerts::forget_old(client, now)).await?;
    let waiting = ask(session, alerts::waiting(client, &told)).await?;
    Ok(Completed {
        failing: usize::try_from(waiting.failing).unwrap_or_default(),
        last_error: waiting.last_error,
        channels: Some(daemon.channels.complete()),
        next: waiting
            .next_attempt
            .and_then(|next| (next - now).max(SHORTEST_PAUSE).to_std().ok()),
    })
}

/// The current time, and since when the catalogue has been running. A test's time has no information about the
/// latter.
async fn times(
    daemon: &Alerts,
    session: &Session,
) -> Result<(DateTime<Utc>, DateTime<Utc>), CatalogError> {
    if daemon.context.clock_is_real() {
        ask(session, alert_facts::catalogue_times(&**session)).await
    } else {
        Ok((daemon.context.now(), DateTime::<Utc>::MIN_UTC))
    }
}
