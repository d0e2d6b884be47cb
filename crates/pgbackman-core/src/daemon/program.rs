//! A daemon as a program: its configuration, account, lock and runtime, before and around its work.
#![forbid(unsafe_code)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::Surroundings;
use super::passes::{self, Mode, Passes};
use super::service::Service;
use crate::catalogue::alerts::heartbeats::Daemon;
use crate::config::{Config, Environment};
use crate::domain::backup::names;
use crate::exit_code::{Exit, ExitCode, because};
use crate::sys::lock::FileLock;
use crate::sys::notify::Notifier;
use crate::sys::privilege;
use crate::sys::process::harden::keep_secrets;
use crate::sys::signal::StopSignals;
use crate::telemetry::{self, Console};

/// How long the program waits at its end for threads that hang in the file system.
pub const LAST_THREADS: Duration = Duration::from_millis(100);

/// The program of a daemon.
#[derive(Debug, Clone, Copy)]
pub struct Program(pub Daemon);

impl Program {
    /// The program's name, as it is in `ps` and in the log.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Daemon::Control => "pgbackman_control",
            Daemon::Maintenance => "pgbackman_maintenance",
            Daemon::Alerts => "pgbackman_alerts",
            Daemon::Exporter => "pgbackman_exporter",
        }
    }

    /// Runs the program, and writes to standard error why it could not.
    pub fn main(self, run: impl FnOnce() -> Result<ExitCode, Exit>) -> std::process::ExitCode {
        match run() {
            Ok(code) => code.into(),
            Err(exit) => {
                eprintln!("{}: {exit}", self.name());
                exit.code.into()
            }
        }
    }

    /// Begins to log.
    pub fn log<S>(
        self,
        config: &Config,
        env: &Environment,
        console: Console,
        surroundings: &Surroundings<S>,
    ) {
        let clock = Arc::clone(&surroundings.clock);
        telemetry::init(&config.logging, env, self.name(), console, clock);
    }

    /// The lock in the backup root: one process of this daemon works for a backup server on a machine.
    ///
    /// # Errors
    /// When another process has it, or it cannot be made.
    pub fn lock(self, config: &Config) -> Result<FileLock, Exit> {
        let fqdn = config.backup_server.fqdn();
        let file = format!(".{}-{}.lock", self.name(), names::component(&fqdn));
        match FileLock::try_acquire(&backup_root(config)?.join(file)) {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(Exit {
                code: ExitCode::AlreadyRunning,
                reason: format!(
                    "another {} is already running for {fqdn} on this machine",
                    self.name()
                ),
            }),
            Err(error) => Err(Exit {
                code: ExitCode::Failure,
                reason: match self.0 {
                    Daemon::Control => error.to_string(),
                    _ => format!("{error} (pgbackman_control creates the backup root)"),
                },
            }),
        }
    }

    /// Works in passes until a signal to stop, or for one pass.
    ///
    /// # Errors
    /// See [`serve`].
    pub fn run_passes<P: Passes>(self, daemon: P, mode: Mode) -> Result<ExitCode, Exit> {
        serve(LAST_THREADS, async |service, signals| {
            self.log_start();
            Ok(passes::run(Arc::new(daemon), mode, service, signals).await)
        })
    }

    /// Logs that the daemon starts.
    pub fn log_start(self) {
        tracing::info!("{} {} starts", self.name(), crate::VERSION);
    }
}

/// Protects the process's memory and reads the configuration file, as the user who started the program: root reads only
/// root's file.
///
/// # Errors
/// When either fails.
pub fn configuration(file: Option<&Path>) -> Result<(Config, Environment), Exit> {
    let env = Environment::of_process();
    protect_memory()?;
    Ok((Config::load(file, &env)?, env))
}

/// A daemon that root has started becomes the job user, before it starts a thread.
///
/// # Errors
/// When the user does not exist or the system refuses the change.
pub fn become_job_user(config: &Config, env: Environment) -> Result<Environment, Exit> {
    if !privilege::is_root() {
        return Ok(env);
    }
    let refused = Exit::of(ExitCode::Configuration);
    let user = privilege::lookup(&config.backup_server.os_user).map_err(&refused)?;
    privilege::drop_to(&user).map_err(&refused)?;
    // Where the system is configured so, a change of user makes the process's memory readable again.
    protect_memory()?;
    Ok(Environment::of_process().with_var("HOME", user.home.to_string_lossy()))
}

fn protect_memory() -> Result<(), Exit> {
    keep_secrets().map_err(because(
        ExitCode::Failure,
        "could not protect the process's memory",
    ))
}

/// The first backup root of the local configuration: the locks of the daemons are there.
///
/// # Errors
/// When the configuration has none.
pub fn backup_root(config: &Config) -> Result<&Path, Exit> {
    let first = config.backup_server.backup_roots.first();
    first.map(AsRef::as_ref).ok_or_else(|| Exit {
        code: ExitCode::Configuration,
        reason: "backup_roots in [backup_server] is empty".to_owned(),
    })
}

/// Runs a daemon's work, with its service manager and signals. At the end it waits for `last_threads` and no longer.
///
/// # Errors
/// When the service manager cannot be reached or the system has no thread for it; the work's own.
pub fn serve(
    last_threads: Duration,
    work: impl AsyncFnOnce(Service, StopSignals) -> Result<ExitCode, Exit>,
) -> Result<ExitCode, Exit> {
    let notifier = Notifier::from_environment(|name| std::env::var_os(name)).map_err(because(
        ExitCode::Failure,
        "could not reach the service manager (NOTIFY_SOCKET)",
    ))?;
    block_on(last_threads, async {
        let signals = StopSignals::listen().map_err(because(
            ExitCode::Failure,
            "could not install the signal handlers",
        ))?;
        work(Service::new(notifier, Instant::now()), signals).await
    })
}

/// Runs a future in a runtime with two threads. At the end it waits for `last_threads` and no longer.
///
/// # Errors
/// When the system has no thread for it; the future's own.
pub fn block_on<T>(
    last_threads: Duration,
    work: impl Future<Output = Result<T, Exit>>,
) -> Result<T, Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(because(ExitCode::Failure, "could not start"))?;
    let ended = runtime.block_on(work);
    runtime.shutdown_timeout(last_threads);
    ended
}
