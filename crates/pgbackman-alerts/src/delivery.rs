//! Sending: alerts are claimed in the catalogue and sent, and the result is recorded. Nobody else sends claimed
//! alerts. If a daemon dies between sending and recording, its claim expires, and the alerts are sent once more.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::{self, Delivery};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::ids::{AlertId, ServerId};
use pgbackman_core::domain::status::{AlertChannel, AlertMessage};
use tracing::field::display;
use uuid::Uuid;

use crate::channels::NotSent;
use crate::daemon::{Alerts, Unrecorded};
use crate::pass::ask;
use crate::steps::Step;

/// Maximum number of messages that are claimed at a time.
const AT_ONCE: i64 = 500;
/// How long one channel may be busy in a pass.
const BUSY: Duration = Duration::from_secs(300);
/// How long a claim lasts: longer than a channel may be busy, including its last message.
const LEASE: Duration = Duration::from_secs(30 * 60);

/// Records messages that were sent before the catalogue became unavailable.
pub async fn record_what_is_left(daemon: &Alerts, session: &Session) -> Result<(), CatalogError> {
    loop {
        let next = {
            let unrecorded = daemon
                .unrecorded
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            unrecorded.last().cloned()
        };
        let Some(Unrecorded { claim, sent, at }) = next else {
            return Ok(());
        };
        ask(session, alerts::note_sent(&**session, claim, &sent, at)).await?;
        daemon
            .unrecorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
    }
}

/// Sends the pending alerts of one channel.
pub async fn deliver(
    daemon: &Alerts,
    session: &Session,
    kind: AlertChannel,
    servers: &[ServerId],
    now: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let began = Instant::now();
    while !daemon.context.is_stopping() && began.elapsed() < BUSY {
        let claim = Uuid::new_v4();
        let client = &**session;
        let taking = alerts::claim(client, servers, kind, (claim, LEASE), AT_ONCE, now);
        let deliveries = ask(session, taking).await?;
        if deliveries.is_empty() {
            return Ok(());
        }
        daemon.reached(Step::Claimed);
        let mut closed: Option<String> = None;
        for group in daemon.channels.groups(kind, deliveries) {
            let outcome = match &closed {
                Some(reason) => Err(NotSent::closed(reason)),
                None if daemon.context.is_stopping() || began.elapsed() >= BUSY => Err(
                    NotSent::closed("sending takes too long; the remaining alerts are sent later"),
                ),
                None => daemon.channels.send(kind, &group, now).await,
            };
            log(daemon, kind, &outcome);
            match outcome {
                Ok(()) => {
                    daemon.reached(Step::Sent);
                    for one in &group {
                        log_sent(kind, one);
                    }
                    sent(daemon, session, claim, &group, now).await?;
                }
                Err(not_sent) => {
                    let which: Vec<(AlertId, AlertMessage)> = group
                        .iter()
                        .map(|one| (one.alert.id, one.message))
                        .collect();
                    let noting =
                        alerts::note_not_sent(client, claim, &which, &not_sent.reason, now);
                    ask(session, noting).await?;
                    if not_sent.is_closed {
                        closed = Some(not_sent.reason);
                    }
                }
            }
            daemon.reached(Step::Recorded);
        }
        if closed.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

/// Records what was sent, or remembers it if that fails.
async fn sent(
    daemon: &Alerts,
    session: &Session,
    claim: Uuid,
    group: &[Delivery],
    now: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let which: Vec<(AlertId, AlertMessage, bool)> = group
        .iter()
        .map(|one| (one.alert.id, one.message, one.alert.resolved.is_some()))
        .collect();
    let recorded = ask(session, alerts::note_sent(&**session, claim, &which, now)).await;
    if recorded.is_err() {
        let unrecorded = Unrecorded {
            claim,
            sent: which,
            at: now,
        };
        daemon
            .unrecorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(unrecorded);
    }
    recorded
}

fn log_sent(kind: AlertChannel, delivery: &Delivery) {
    let alert = &delivery.alert;
    let node = alert.node.as_ref().map(|(fqdn, _)| display(fqdn));
    let dbname = Some(&alert.dbname).filter(|name| !name.is_empty());
    let what = match delivery.message {
        AlertMessage::Raised => "was sent",
        AlertMessage::Resolved => "was sent as resolved",
    };
    let dbname = dbname.map(display);
    tracing::info!(
        node,
        dbname,
        "alert {} ({}) {what} by {kind}",
        alert.id,
        alert.kind
    );
}

/// Logs a failing channel once, until the reason changes.
fn log(daemon: &Alerts, kind: AlertChannel, outcome: &Result<(), NotSent>) {
    let mut reasons = daemon
        .reasons
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(()) => {
            if reasons.remove(&kind).is_some() {
                tracing::warn!("alerts are being sent by {kind} again");
            }
        }
        Err(not_sent) => {
            if reasons.get(&kind) != Some(&not_sent.reason) {
                tracing::error!(
                    "alerts could not be sent by {kind}, trying again later: {}",
                    not_sent.reason
                );
                reasons.insert(kind, not_sent.reason.clone());
            }
        }
    }
}
