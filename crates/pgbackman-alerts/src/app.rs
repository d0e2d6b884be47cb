//! The daemon: a pass, a pause, and so on; it always answers signals and the watchdog.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use pgbackman_core::catalog::alerts::signs_of_life::{Daemon, Facts};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::heartbeat::{self, Heartbeat};
use pgbackman_core::service::Service;
use pgbackman_core::sys::signal::{StopSignal, StopSignals};

use crate::pass::{PassEnd, pass};
use crate::world::World;

/// How long a pass may go on after the signal to stop: a mail may be on its way.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// The longest pause between two looks at the watchdog, where there is none.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// No pause is shorter.
const SHORTEST_PAUSE: TimeDelta = TimeDelta::seconds(1);
/// With `--once` it is expected once a day, and an hour is no delay.
const LONGEST_SILENCE: Duration = Duration::from_secs(25 * 3600);

/// Runs until a signal to stop, or with `once` for one pass.
pub async fn run(
    world: Arc<World>,
    service: Service,
    signals: StopSignals,
    once: bool,
) -> ExitCode {
    let test_clock = (!world.clock_is_real).then(|| Arc::clone(&world.clock));
    let (config, env) = (&world.config, &world.env);
    if once {
        let mut end = None;
        let code = passes(&world, service, signals, true, |facts| end = Some(facts)).await;
        if let Some(facts) = end {
            heartbeat::once(
                config,
                env,
                Daemon::Alerts,
                test_clock,
                facts,
                LONGEST_SILENCE,
            )
            .await;
        }
        return code;
    }
    let heart = Heartbeat::begin(config, env, Daemon::Alerts, test_clock);
    let code = passes(&world, service, signals, false, |facts| heart.set(facts)).await;
    heart.end().await;
    code
}

/// Pass after pass; `told` is told of each that went through.
async fn passes(
    world: &Arc<World>,
    mut service: Service,
    mut signals: StopSignals,
    once: bool,
    mut told: impl FnMut(Facts),
) -> ExitCode {
    loop {
        let end = match one_pass(world, &mut service, &mut signals).await {
            Ok(end) => end,
            Err(_) if !once => return ExitCode::Success,
            Err(code) => return code,
        };
        let code = tell(&end, &mut service);
        if let PassEnd::Through(waiting, _) = &end {
            told(Facts {
                failing: u64::try_from(waiting.failing).ok(),
                last_error: waiting.last_error.clone(),
                last_pass: Some(world.clock.now()),
                ..Facts::default()
            });
        }
        if once || code == ExitCode::VersionMismatch {
            return code;
        }
        let until = Instant::now() + pause(world, &end);
        if let Some(signal) = wait(until, &mut service, &mut signals).await
            && signal != StopSignal::Hangup
        {
            tracing::info!("{signal}: stopping");
            service.stops();
            return ExitCode::Success;
        }
    }
}

/// Until the next look, or until something is to be tried again.
fn pause(world: &World, end: &PassEnd) -> Duration {
    let interval = world.config.alerts.alerts_check_interval;
    match end {
        PassEnd::Away(_) => world.config.database.pg_connect_retry_interval,
        PassEnd::Through(waiting, now) => {
            let next = waiting
                .next_attempt
                .map(|next| (next - now).max(SHORTEST_PAUSE));
            next.and_then(|next| next.to_std().ok())
                .map_or(interval, |next| next.min(interval))
        }
        _ => interval,
    }
}

/// A pass beside the watchdog and the signals. `Err`: it was stopped.
async fn one_pass(
    world: &Arc<World>,
    service: &mut Service,
    signals: &mut StopSignals,
) -> Result<PassEnd, ExitCode> {
    let working = Arc::clone(world);
    let mut task = tokio::spawn(async move { Box::pin(pass(&working)).await });
    loop {
        let beat = next_beat(service);
        tokio::select! {
            joined = &mut task => {
                return joined.map_err(|error| {
                    tracing::error!("internal error: {error}");
                    ExitCode::Failure
                });
            }
            signal = signals.recv() => match signal {
                // A pass is being made already.
                StopSignal::Hangup => {}
                signal => {
                    tracing::info!("{signal}: stopping");
                    service.stops();
                    world.stopping.store(true, Ordering::Relaxed);
                    tokio::select! {
                        _ = &mut task => {}
                        again = signals.recv() => tracing::warn!("{again} again: leaving at once"),
                        () = tokio::time::sleep(STOP_LIMIT) => {
                            tracing::warn!("something is still being sent after {} s", STOP_LIMIT.as_secs());
                        }
                    }
                    return Err(ExitCode::Interrupted);
                }
            },
            () = tokio::time::sleep_until(beat.into()) => service.alive(Instant::now()),
        }
    }
}

/// Says how a pass ended, and what that means for the exit status.
fn tell(end: &PassEnd, service: &mut Service) -> ExitCode {
    match end {
        PassEnd::Through(waiting, _) => {
            service.waits_no_longer();
            let failing = usize::try_from(waiting.failing).unwrap_or_default();
            service.is_through(failing);
            if failing == 0 {
                ExitCode::Success
            } else {
                ExitCode::Failure
            }
        }
        PassEnd::Away(reason) => {
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

/// Waits for a time, or for a signal.
async fn wait(
    until: Instant,
    service: &mut Service,
    signals: &mut StopSignals,
) -> Option<StopSignal> {
    loop {
        let beat = next_beat(service).min(until);
        tokio::select! {
            signal = signals.recv() => return Some(signal),
            () = tokio::time::sleep_until(beat.into()) => {
                service.alive(Instant::now());
                if Instant::now() >= until {
                    return None;
                }
            }
        }
    }
}

fn next_beat(service: &Service) -> Instant {
    service
        .next_watchdog()
        .unwrap_or_else(|| Instant::now() + LONGEST_PAUSE)
}
