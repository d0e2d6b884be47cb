//! Sending: what is claimed in the catalogue is sent, and what came of it is recorded. Nobody else sends what is claimed; a
//! daemon that dies between sending and recording leaves a claim that runs out, and then it is sent once more.

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

/// So many messages are taken at a time.
const AT_ONCE: i64 = 500;
/// How long one way may be busy in a pass.
const BUSY: Duration = Duration::from_secs(300);
/// For so long what was taken belongs to this daemon: longer than any way may be busy, its last message included.
const LEASE: Duration = Duration::from_secs(30 * 60);

/// Records what was sent before the catalogue went away.
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

/// Sends what is due by one way.
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
                    NotSent::closed("it takes too long; the rest is tried again later"),
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

/// Records what was sent; where that fails it is remembered.
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

/// A way that fails is logged once for as long as it fails for the same reason.
fn log(daemon: &Alerts, kind: AlertChannel, outcome: &Result<(), NotSent>) {
    let mut reasons = daemon
        .reasons
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(()) => {
            if reasons.remove(&kind).is_some() {
                tracing::warn!("alerts are sent by {kind} again");
            }
        }
        Err(not_sent) => {
            if reasons.get(&kind) != Some(&not_sent.reason) {
                tracing::error!("alerts wait to be sent by {kind}: {}", not_sent.reason);
                reasons.insert(kind, not_sent.reason.clone());
            }
        }
    }
}
