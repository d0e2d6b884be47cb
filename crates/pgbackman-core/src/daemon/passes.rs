//! A daemon that works in passes: a pass, a pause, and so on. It always answers signals and the watchdog.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::{Context, STOP_LIMIT};
use super::heartbeat::{self, Heartbeat};
use super::service::Service;
use crate::catalogue::alerts::heartbeats::{Daemon, Facts};
use crate::catalogue::schema::version::{self, VersionMismatch};
use crate::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use crate::exit_code::ExitCode;
use crate::sys::signal::{StopSignal, StopSignals};

/// When the next heartbeat of a program is due that runs once a day: an hour later is no delay.
const ONCE_A_DAY: Duration = Duration::from_secs(25 * 3600);

/// A daemon that works in passes.
pub trait Passes: Send + Sync + 'static {
    /// The steps of its work.
    type Step;
    /// Which daemon it is.
    const DAEMON: Daemon;

    /// What does not change while it runs.
    fn context(&self) -> &Context<Self::Step>;

    /// The pause between two passes.
    fn interval(&self) -> Duration;

    /// Runs a pass. It ends early when [`Context::is_stopping`].
    fn pass(self: Arc<Self>) -> impl Future<Output = PassEnd> + Send;

    /// Logs that the pass still continues `limit` after the signal to stop, and is cut off.
    fn log_overdue(&self, limit: Duration);
}

/// How a pass ended.
#[derive(Debug)]
pub enum PassEnd {
    /// Everything was tried.
    Complete(Completed),
    /// The catalogue is unavailable, for this reason.
    Unavailable(String),
    /// This machine is not a backup server of the catalogue, or cannot work as one, for this reason.
    NotReady(String),
    /// Software and catalogue do not fit together.
    Version(VersionMismatch),
}

/// What a complete pass has to report.
#[derive(Debug)]
pub struct Completed {
    /// How many things failed.
    pub failing: usize,
    /// The error of one of them.
    pub last_error: Option<String>,
    /// Of alerts, how many channels notify somebody of everything.
    pub channels: Option<usize>,
    /// When the next pass is due, if that is before the daemon's interval is over.
    pub next: Option<Duration>,
}

/// How long a daemon works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until it is told to stop.
    Daemon,
    /// For one pass.
    Once,
    /// For one pass that the catalogue hears nothing of.
    DryRun,
}

/// Runs until a signal to stop, or for one pass.
pub async fn run<P: Passes>(
    daemon: Arc<P>,
    mode: Mode,
    service: Service,
    signals: StopSignals,
) -> ExitCode {
    let context = daemon.context();
    let (config, env, clock) = (&context.config, &context.env, context.test_clock());
    if mode == Mode::Daemon {
        let heart = Heartbeat::begin(config, env, P::DAEMON, clock);
        let code = passes(&daemon, false, service, signals, |facts| heart.set(facts)).await;
        heart.end().await;
        return code;
    }
    let mut end = None;
    let code = passes(&daemon, true, service, signals, |facts| end = Some(facts)).await;
    if let (Some(facts), Mode::Once) = (end, mode) {
        heartbeat::once(config, env, P::DAEMON, clock, facts, ONCE_A_DAY).await;
    }
    code
}

/// Runs pass after pass, and reports each complete one to `heard`.
async fn passes<P: Passes>(
    daemon: &Arc<P>,
    once: bool,
    mut service: Service,
    mut signals: StopSignals,
    mut heard: impl FnMut(Facts),
) -> ExitCode {
    let context = daemon.context();
    loop {
        let end = match one_pass(daemon, &mut service, &mut signals).await {
            Ok(end) => end,
            Err(_) if !once => return ExitCode::Success,
            Err(code) => return code,
        };
        let code = report(&end, &mut service);
        let interval = daemon.interval();
        let pause = match end {
            PassEnd::Complete(completed) => {
                heard(Facts {
                    failing: u64::try_from(completed.failing).ok(),
                    last_error: completed.last_error,
                    last_pass: Some(context.now()),
                    channels: completed
                        .channels
                        .and_then(|count| u64::try_from(count).ok()),
                    ..Facts::default()
                });
                completed.next.map_or(interval, |next| next.min(interval))
            }
            PassEnd::Unavailable(_) => context.config.database.pg_connect_retry_interval,
            PassEnd::NotReady(_) | PassEnd::Version(_) => interval,
        };
        if once || code == ExitCode::VersionMismatch {
            return code;
        }
        let until = Instant::now() + pause;
        if let Some(signal) = service.wait(Some(until), &mut signals).await
            && signal != StopSignal::Hangup
        {
            tracing::info!("{signal}: stopping");
            service.stops();
            return ExitCode::Success;
        }
    }
}

/// Runs a pass, and answers the watchdog and signals meanwhile. `Err`: it was stopped.
async fn one_pass<P: Passes>(
    daemon: &Arc<P>,
    service: &mut Service,
    signals: &mut StopSignals,
) -> Result<PassEnd, ExitCode> {
    let working = Arc::clone(daemon);
    let mut task = tokio::spawn(async move { Box::pin(working.pass()).await });
    loop {
        tokio::select! {
            joined = &mut task => {
                return joined.map_err(|error| {
                    tracing::error!("internal error: {error}");
                    ExitCode::Failure
                });
            }
            signal = service.wait(None, signals) => match signal {
                // A pass is in progress already.
                Some(StopSignal::Hangup) | None => {}
                Some(signal) => {
                    tracing::info!("{signal}: stopping");
                    service.stops();
                    daemon.context().stop();
                    tokio::select! {
                        _ = &mut task => {}
                        again = signals.recv() => tracing::warn!("received {again} again, exiting immediately"),
                        () = tokio::time::sleep(STOP_LIMIT) => daemon.log_overdue(STOP_LIMIT),
                    }
                    return Err(ExitCode::Interrupted);
                }
            },
        }
    }
}

/// Reports the end of a pass to the service manager, and returns what it means for the exit status.
fn report(end: &PassEnd, service: &mut Service) -> ExitCode {
    match end {
        PassEnd::Complete(completed) => {
            service.waits_no_longer();
            service.is_through(completed.failing);
            if completed.failing == 0 {
                ExitCode::Success
            } else {
                ExitCode::Failure
            }
        }
        PassEnd::Unavailable(reason) => {
            service.waits_for(reason);
            ExitCode::CatalogueUnavailable
        }
        PassEnd::NotReady(reason) => {
            service.waits_for(reason);
            ExitCode::Failure
        }
        PassEnd::Version(mismatch) => {
            tracing::error!("{mismatch}");
            ExitCode::VersionMismatch
        }
    }
}

/// Connects to the catalogue for a pass of `daemon`, and checks the catalogue's version.
///
/// # Errors
/// How the pass ends if that fails.
pub async fn connect_for_pass<P: Passes>(daemon: &P) -> Result<Session, PassEnd> {
    let Context { config, env, .. } = daemon.context();
    let name = format!("pgbackman_{}", P::DAEMON);
    let target = ConnectTarget::catalogue(config).with_application_name(&name);
    let session = connect(&target, env, DEFAULT_TIMEOUT)
        .await
        .map_err(|error| PassEnd::Unavailable(error.to_string()))?;
    match version::check(&session).await {
        Ok(()) => Ok(session),
        Err(VersionMismatch::Catalog(error)) => Err(PassEnd::Unavailable(error.to_string())),
        Err(mismatch) => Err(PassEnd::Version(mismatch)),
    }
}
