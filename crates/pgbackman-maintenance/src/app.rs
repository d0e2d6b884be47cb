//! The daemon: a pass, a pause, and so on; it always answers signals and the watchdog.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pgbackman_core::catalog::alerts::signs_of_life::{Daemon, Facts};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::heartbeat::{self, Heartbeat};
use pgbackman_core::service::Service;
use pgbackman_core::sys::signal::{StopSignal, StopSignals};

use crate::journal::Journal;
use crate::pass::{PassEnd, pass};
use crate::world::World;

/// How long a pass may go on after the signal to stop: it ends after its batch, and anything may be cut.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// The longest pause between two looks at the watchdog, where there is none.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// With `--cron` it is expected once a day, and an hour is no delay.
const LONGEST_SILENCE: Duration = Duration::from_secs(25 * 3600);

/// Why waiting has ended.
enum Woken {
    Time,
    Signal(StopSignal),
}

/// Runs until a signal to stop, or with `once` for one pass.
pub async fn run(
    world: Arc<World>,
    service: Service,
    signals: StopSignals,
    once: bool,
) -> ExitCode {
    let test_clock = (!world.clock_is_real).then(|| Arc::clone(&world.clock));
    if once {
        let mut end = None;
        let code = passes(&world, service, signals, true, |facts| end = Some(facts)).await;
        if let (Some(facts), false) = (end, world.dry_run) {
            let (config, env) = (&world.config, &world.env);
            heartbeat::once(
                config,
                env,
                Daemon::Maintenance,
                test_clock,
                facts,
                LONGEST_SILENCE,
            )
            .await;
        }
        return code;
    }
    let heart = Heartbeat::begin(&world.config, &world.env, Daemon::Maintenance, test_clock);
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
    let mut journal = Journal::new(world.dry_run);
    loop {
        journal.begin();
        let end;
        (journal, end) = match one_pass(world, journal, &mut service, &mut signals).await {
            Ok(ended) => ended,
            Err(_) if !once => return ExitCode::Success,
            Err(code) => return code,
        };
        let code = tell(&end, &journal, &mut service);
        if matches!(end, PassEnd::Through) {
            told(facts(world, &journal));
        }
        if once || code == ExitCode::VersionMismatch {
            return code;
        }
        let pause = match end {
            PassEnd::Away(_) => world.config.database.pg_connect_retry_interval,
            _ => world.config.maintenance.maintenance_interval,
        };
        if let Woken::Signal(signal) =
            wait(Instant::now() + pause, &mut service, &mut signals).await
            && signal != StopSignal::Hangup
        {
            tracing::info!("{signal}: stopping");
            service.stops();
            return ExitCode::Success;
        }
    }
}

/// What maintenance says about itself after a pass.
fn facts(world: &World, journal: &Journal) -> Facts {
    Facts {
        failing: u64::try_from(journal.problems()).ok(),
        last_error: journal.a_problem().map(str::to_owned),
        last_pass: Some(world.clock.now()),
        ..Facts::default()
    }
}

/// A pass beside the watchdog and the signals. `Err`: it was stopped.
async fn one_pass(
    world: &Arc<World>,
    mut journal: Journal,
    service: &mut Service,
    signals: &mut StopSignals,
) -> Result<(Journal, PassEnd), ExitCode> {
    let working = Arc::clone(world);
    let mut task = tokio::spawn(async move {
        let end = pass(&working, &mut journal).await;
        (journal, end)
    });
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
                            tracing::warn!("the pass still goes on after {} s and is left to the next start", STOP_LIMIT.as_secs());
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
fn tell(end: &PassEnd, journal: &Journal, service: &mut Service) -> ExitCode {
    match end {
        PassEnd::Through => {
            service.waits_no_longer();
            service.is_through(journal.problems());
            tracing::debug!(
                "pass: {} deleted, {} problems",
                journal.count(),
                journal.problems()
            );
            if journal.problems() == 0 {
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

async fn wait(until: Instant, service: &mut Service, signals: &mut StopSignals) -> Woken {
    loop {
        let beat = next_beat(service).min(until);
        tokio::select! {
            signal = signals.recv() => return Woken::Signal(signal),
            () = tokio::time::sleep_until(beat.into()) => {
                service.alive(Instant::now());
                if Instant::now() >= until {
                    return Woken::Time;
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
