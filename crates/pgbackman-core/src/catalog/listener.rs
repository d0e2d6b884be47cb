//! Listening to the catalogue: an event for what changed, and one for "look at everything" whenever something may have
//! been missed (trap 23).

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::channels::Channel;
use crate::conninfo::{
    AsyncEvent, ConnectTarget, DEFAULT_TIMEOUT, Environment, Session, connect_listening,
};
use crate::error::with_causes;

/// What a listener has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// LISTEN is in force from now on: whatever happened before may have been missed, so look at everything. Comes
    /// after the first connection, after each further one, and after channels were added.
    Resync,
    /// Something changed on this channel.
    Notify(Channel),
    /// The connection is lost, or could not be made; attempts go on. Said once until the next [`Event::Resync`].
    Lost(String),
}

/// How often a listener tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The pause before the second attempt to connect; each further one doubles.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How often a silent connection is asked whether it is alive. A server that vanished without a word is noticed
    /// within this and [`Pace::probe_limit`].
    pub probe_every: Duration,
    /// How long the answer may take.
    pub probe_limit: Duration,
}

impl Pace {
    /// Pauses from half a second up to `longest_pause` (`pg_connect_retry_interval`), a probe each half minute.
    pub fn up_to(longest_pause: Duration) -> Self {
        Self {
            first_pause: Duration::from_millis(500).min(longest_pause),
            longest_pause,
            probe_every: Duration::from_secs(30),
            probe_limit: Duration::from_secs(15),
        }
    }
}

/// A listening session that renews itself, in a task of its own. Dropping it ends the task.
#[derive(Debug)]
pub struct Listener {
    events: UnboundedReceiver<Event>,
    channels: watch::Sender<BTreeSet<Channel>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Starts to listen. Must be called inside a tokio runtime.
    pub fn start(
        target: ConnectTarget,
        environment: Environment,
        channels: impl IntoIterator<Item = Channel>,
        pace: Pace,
    ) -> Self {
        let (channels, wanted) = watch::channel(channels.into_iter().collect());
        let (sender, events) = mpsc::unbounded_channel();
        let worker = Worker {
            target,
            environment,
            wanted,
            sender,
            pace,
        };
        Self {
            events,
            channels,
            task: tokio::spawn(worker.run()),
        }
    }

    /// Replaces the channels. New ones are followed by an [`Event::Resync`].
    pub fn set_channels(&self, channels: impl IntoIterator<Item = Channel>) {
        let channels: BTreeSet<Channel> = channels.into_iter().collect();
        self.channels.send_if_modified(|current| {
            let differs = *current != channels;
            *current = channels;
            differs
        });
    }

    /// The next event. Nothing is lost when the future is dropped. `None` only if the listening task has panicked.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task behind a [`Listener`].
struct Worker {
    target: ConnectTarget,
    environment: Environment,
    wanted: watch::Receiver<BTreeSet<Channel>>,
    sender: UnboundedSender<Event>,
    pace: Pace,
}

impl Worker {
    /// One session after the other, until the listener is dropped (which aborts the task).
    async fn run(mut self) {
        let mut pause = self.pace.first_pause;
        let mut said = false;
        loop {
            let reason =
                match connect_listening(&self.target, &self.environment, DEFAULT_TIMEOUT).await {
                    Ok((session, mut events)) => match self.listen(&session).await {
                        Ok(listening) => {
                            pause = self.pace.first_pause;
                            said = false;
                            self.serve(&session, &mut events, listening).await
                        }
                        Err(reason) => reason,
                    },
                    Err(error) => error.to_string(),
                };
            if !said {
                self.tell(Event::Lost(reason));
                said = true;
            }
            sleep(pause).await;
            pause = (pause * 2).min(self.pace.longest_pause);
        }
    }

    /// Listens to all channels, and says so.
    async fn listen(&mut self, session: &Session) -> Result<BTreeSet<Channel>, String> {
        let channels = self.wanted.borrow_and_update().clone();
        self.command(session, "LISTEN", channels.iter()).await?;
        self.tell(Event::Resync);
        Ok(channels)
    }

    /// Passes on what happens in a session; the reason of its end comes back.
    async fn serve(
        &mut self,
        session: &Session,
        events: &mut UnboundedReceiver<AsyncEvent>,
        mut listening: BTreeSet<Channel>,
    ) -> String {
        let mut probe = interval(self.pace.probe_every);
        probe.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // An interval's first tick is at once.
        probe.tick().await;
        loop {
            let done = tokio::select! {
                event = events.recv() => match event {
                    Some(AsyncEvent::Notification { channel, .. }) => {
                        self.notified(&channel);
                        Ok(())
                    }
                    Some(AsyncEvent::Notice(notice)) => {
                        tracing::debug!("the catalogue notes: {notice}");
                        Ok(())
                    }
                    Some(AsyncEvent::Closed(reason)) => {
                        Err(reason.unwrap_or_else(|| "the connection was closed".to_owned()))
                    }
                    None => Err("the connection is gone".to_owned()),
                },
                // An error means that the listener is gone; this task is then aborted.
                Ok(()) = self.wanted.changed() => self.follow(session, &mut listening).await,
                _ = probe.tick() => self.within_limit(session.simple_query("")).await,
            };
            if let Err(reason) = done {
                return reason;
            }
        }
    }

    /// Changes the channels of a session. New ones may have been notified before LISTEN.
    async fn follow(
        &mut self,
        session: &Session,
        listening: &mut BTreeSet<Channel>,
    ) -> Result<(), String> {
        let wanted = self.wanted.borrow_and_update().clone();
        self.command(session, "UNLISTEN", listening.difference(&wanted))
            .await?;
        let added = wanted.difference(listening).next().is_some();
        self.command(session, "LISTEN", wanted.difference(listening))
            .await?;
        *listening = wanted;
        if added {
            self.tell(Event::Resync);
        }
        Ok(())
    }

    /// LISTEN or UNLISTEN. Channels' names are made of fixed words and numbers ([`Channel`]), and need no quoting.
    async fn command(
        &self,
        session: &Session,
        command: &str,
        channels: impl Iterator<Item = &Channel>,
    ) -> Result<(), String> {
        let statements: Vec<String> = channels
            .map(|channel| format!("{command} {channel}"))
            .collect();
        if statements.is_empty() {
            return Ok(());
        }
        self.within_limit(session.batch_execute(&statements.join("; ")))
            .await
    }

    /// Waits for an answer no longer than a probe's.
    async fn within_limit<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<(), String> {
        match timeout(self.pace.probe_limit, answer).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(with_causes(&error)),
            Err(_) => Err(format!(
                "no answer within {} s",
                self.pace.probe_limit.as_secs_f32()
            )),
        }
    }

    fn notified(&self, channel: &str) {
        match channel.parse() {
            Ok(channel) => self.tell(Event::Notify(channel)),
            // Nothing was listened to but channels of the catalogue.
            Err(error) => tracing::debug!("{error}"),
        }
    }

    /// A listener that is gone does not hear it; the task is then about to be aborted.
    fn tell(&self, event: Event) {
        let _ = self.sender.send(event);
    }
}
