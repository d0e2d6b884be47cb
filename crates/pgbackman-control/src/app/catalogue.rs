//! The connection to the catalogue: made, lost, and what comes over it.

use std::sync::Arc;
use std::time::Instant;

use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::conninfo::{
    AsyncEvent, ConnectError, ConnectTarget, DEFAULT_TIMEOUT, Session, connect_listening,
};
use pgbackman_core::daemon::question::not_registered;
use pgbackman_core::exit_code::ExitCode;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{App, Output};
use crate::agenda::Item;
use crate::inspect::{LookError, Scope, ServerState, due};

/// The way to the catalogue.
pub(super) enum Link {
    Down {
        retry: Instant,
    },
    Connecting,
    Up {
        session: Arc<Session>,
        events: UnboundedReceiver<AsyncEvent>,
    },
}

impl App {
    pub(super) fn connect(&mut self) {
        self.link = Link::Connecting;
        self.generation += 1;
        let (generation, daemon) = (self.generation, Arc::clone(&self.daemon));
        self.tasks.spawn(async move {
            let target = ConnectTarget::catalogue(&daemon.context.config)
                .with_application_name("pgbackman_control");
            let connected = connect_listening(&target, &daemon.context.env, DEFAULT_TIMEOUT).await;
            (generation, Output::Connected(Box::new(connected)))
        });
    }

    pub(super) fn connected(
        &mut self,
        connected: Result<(Session, UnboundedReceiver<AsyncEvent>), ConnectError>,
        now: Instant,
    ) {
        match connected {
            Ok((session, events)) => {
                tracing::info!("connected to the catalogue: {}", session.place());
                self.link = Link::Up {
                    session: Arc::new(session),
                    events,
                };
                self.state = None;
                self.next_server_look = now;
                self.full_pass(now);
            }
            Err(error) => {
                let retry = self
                    .daemon
                    .context
                    .config
                    .database
                    .pg_connect_retry_interval;
                self.link = Link::Down { retry: now + retry };
                self.wait_for(&error.to_string(), ExitCode::CatalogueUnavailable);
            }
        }
    }

    pub(super) fn looked(&mut self, seen: Result<ServerState, LookError>, now: Instant) {
        match seen {
            Ok(state) => {
                self.agenda.done(Item::Look, now);
                self.service.waits_no_longer();
                let scope = std::mem::replace(&mut self.scope, Scope::Changed);
                for item in due(
                    self.state.as_deref(),
                    &state,
                    scope,
                    self.daemon.uses_user_crontab(),
                ) {
                    self.agenda.wake(item, now);
                }
                if self.state.is_none() {
                    self.next_sign = now;
                }
                self.state = Some(Arc::new(state));
            }
            Err(LookError::NotRegistered(fqdn)) => {
                self.agenda.done(Item::Look, now);
                self.state = None;
                self.next_full_pass = now
                    + self
                        .daemon
                        .context
                        .config
                        .database
                        .pg_connect_retry_interval;
                self.wait_for(&not_registered(&fqdn), ExitCode::Failure);
            }
            Err(LookError::Version(mismatch)) => {
                tracing::error!("{mismatch}");
                self.ended = Some(ExitCode::VersionMismatch);
            }
            Err(LookError::Catalogue(error)) if error.is_unavailable() => {
                self.agenda.abandoned(Item::Look, now);
                self.lost(&error.to_string(), now);
            }
            Err(LookError::Catalogue(error)) => self.failed(Item::Look, &[error.to_string()], now),
        }
    }

    pub(super) fn event(&mut self, event: AsyncEvent, now: Instant) {
        match event {
            AsyncEvent::Notification { channel, .. } => {
                tracing::debug!("notified on {channel}");
                self.agenda.wake(Item::Look, now);
                // A definition that comes and goes between two looks leaves no other trace.
                let at_job = channel.parse().is_ok_and(Channel::concerns_at);
                if self.state.is_some() && at_job {
                    self.agenda.wake(Item::AtJobs, now);
                }
            }
            AsyncEvent::Notice(text) => tracing::debug!("notice from the catalogue: {text}"),
            AsyncEvent::Closed(reason) => {
                self.lost(
                    reason.as_deref().unwrap_or("the connection was closed"),
                    now,
                );
            }
        }
    }

    /// The connection is gone. What was notified since is found by the rescan after the next one (trap 23).
    pub(super) fn lost(&mut self, reason: &str, now: Instant) {
        if let Link::Up { .. } = self.link {
            tracing::error!("lost the connection to the catalogue: {reason}; reconnecting");
            self.link = Link::Down { retry: now };
            self.state = None;
            self.agenda.clear();
            if self.once {
                self.ended = Some(ExitCode::CatalogueUnavailable);
            }
        }
    }
}

/// What the catalogue sends unasked; never anything while there is no connection.
pub(super) async fn next_event(link: &mut Link) -> AsyncEvent {
    match link {
        Link::Up { events, .. } => events.recv().await.unwrap_or(AsyncEvent::Closed(None)),
        Link::Down { .. } | Link::Connecting => std::future::pending().await,
    }
}
