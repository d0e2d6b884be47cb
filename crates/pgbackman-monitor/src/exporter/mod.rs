//! `pgbackman_exporter`: the metrics over HTTP, or in a file for the node exporter's textfile collector.

mod args;
mod http;
mod shared;

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode as ProcessExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{CommandFactory as _, Parser as _};
use pgbackman_core::catalog::alerts::signs_of_life::Daemon;
use pgbackman_core::clock::SystemClock;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::heartbeat::Heartbeat;
use pgbackman_core::service::Service;
use pgbackman_core::sys::atomic_file;
use pgbackman_core::sys::notify::Notifier;
use pgbackman_core::sys::privilege;
use pgbackman_core::sys::process::harden::keep_secrets;
use pgbackman_core::sys::signal::{StopSignal, StopSignals};
use pgbackman_core::telemetry::{self, Console};

use crate::asking::Refusal;
use args::Args;
use shared::Shared;

/// Everybody may read a file of metrics: the node exporter is somebody else.
const METRICS_FILE: u32 = 0o644;
/// How long scrapes that are under way may take at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// The longest pause between two looks at the watchdog, where there is none.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(code) => code.into(),
        Err(refusal) => {
            eprintln!("pgbackman_exporter: {refusal}");
            refusal.code.into()
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, Refusal> {
    let as_started = Environment::of_process();
    keep_secrets().map_err(failure("could not protect the process's memory"))?;
    let mut config = Config::load(args.config.as_deref(), &as_started)?;
    if let Some(address) = args.listen {
        config.exporter.listen_address = address;
    }
    if let Some(file) = &args.textfile {
        return write_file(file, config, as_started);
    }
    let env = become_job_user(&config, as_started)?;
    telemetry::init(
        &config.logging,
        &env,
        "pgbackman_exporter",
        Console::Always,
        Arc::new(SystemClock),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(failure("could not start"))?;
    let code = runtime.block_on(serve(config, env));
    runtime.shutdown_timeout(LAST_ANSWERS);
    code
}

/// Nothing needs root here, and something listens.
fn become_job_user(config: &Config, env: Environment) -> Result<Environment, Refusal> {
    if !privilege::is_root() {
        return Ok(env);
    }
    let refused = |error: privilege::PrivilegeError| Refusal {
        code: ExitCode::Configuration,
        reason: error.to_string(),
    };
    let user = privilege::lookup(&config.backup_server.os_user).map_err(refused)?;
    privilege::drop_to(&user).map_err(refused)?;
    keep_secrets().map_err(failure("could not protect the process's memory"))?;
    Ok(Environment::of_process().with_var("HOME", user.home.to_string_lossy()))
}

/// The metrics once, in a file that is replaced whole. A catalogue that is away is told in the file, too.
fn write_file(path: &Path, config: Config, env: Environment) -> Result<ExitCode, Refusal> {
    let shared = Shared::new(config, env);
    let scraped = crate::asking::runtime()?.block_on(shared.fresh());
    atomic_file::write(path, &scraped.body, METRICS_FILE, None)
        .map_err(failure(&format!("could not write {}", path.display())))?;
    match scraped.problem {
        None => Ok(ExitCode::Success),
        Some((code, reason)) => Err(Refusal { code, reason }),
    }
}

async fn serve(config: Config, env: Environment) -> Result<ExitCode, Refusal> {
    let mut signals = StopSignals::listen().map_err(failure("could not listen to signals"))?;
    let address = config.exporter.listen_address;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(failure(&format!("could not listen on {address}")))?;
    let bound = listener.local_addr().unwrap_or(address);
    tracing::info!(
        "pgbackman_exporter {} serves http://{bound}/metrics",
        pgbackman_core::VERSION
    );
    let notifier = Notifier::from_environment(|name| std::env::var_os(name)).map_err(failure(
        "could not reach the service manager (NOTIFY_SOCKET)",
    ))?;
    let mut service = Service::new(notifier, Instant::now());
    let heart = Heartbeat::begin(&config, &env, Daemon::Exporter, None);
    let server = tokio::spawn(http::serve(listener, Arc::new(Shared::new(config, env))));
    service.is_through(0);
    loop {
        let beat = service
            .next_watchdog()
            .unwrap_or_else(|| Instant::now() + LONGEST_PAUSE);
        tokio::select! {
            signal = signals.recv() => match signal {
                StopSignal::Hangup => {}
                signal => {
                    tracing::info!("{signal}: stopping");
                    service.stops();
                    server.abort();
                    heart.end().await;
                    return Ok(ExitCode::Success);
                }
            },
            () = tokio::time::sleep_until(beat.into()) => service.alive(Instant::now()),
        }
    }
}

fn failure<E: Display>(what: &str) -> impl Fn(E) -> Refusal {
    move |error| Refusal {
        code: ExitCode::Failure,
        reason: format!("{what}: {error}"),
    }
}
