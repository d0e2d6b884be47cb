//! `pgbackman_control`: keeps a backup server's crontabs, `at` jobs, directories and caches as the catalogue says.
//!
//! It is one idempotent comparison of what is with what should be. Start, reconnection, notification and the slow periodic
//! pass differ only in how much is compared: [`look`] finds what is due, [`agenda`] says when, and [`server`],
//! [`node_crontab`], [`node_files`], [`at_jobs`], [`deletions`] and [`recovery`] do it. Nothing here depends on an earlier run having ended well: killed at any
//! [`steps::Step`], the next pass completes the work.
#![forbid(unsafe_code)]

pub mod agenda;
pub mod app;
mod args;
mod at_argv;
pub mod at_jobs;
mod at_of_1_x;
pub mod at_plan;
pub mod caches;
pub mod catalogue_server;
pub mod cron;
pub mod crontabs;
pub mod deletions;
pub mod directories;
pub mod look;
pub mod node_crontab;
pub mod node_files;
pub mod plan;
pub mod recovery;
pub mod server;
pub mod sign_of_life;
pub mod space;
pub use pgbackman_core::service;
pub mod steps;
#[cfg(test)]
mod test_values;
pub mod user_crontab;
pub mod world;

use std::fmt::Display;
use std::process::ExitCode as ProcessExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use pgbackman_core::clock::{Clock, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::names;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::lock::FileLock;
use pgbackman_core::sys::notify::Notifier;
use pgbackman_core::sys::privilege::{self, User};
use pgbackman_core::sys::process::harden::keep_secrets;
use pgbackman_core::sys::signal::StopSignals;
use pgbackman_core::telemetry::{self, Console};

use app::App;
use args::Args;
use service::Service;
use steps::{NoObserver, Observer};
use world::World;

/// How long threads that hang in the file system are waited for at the end.
const LAST_THREADS: Duration = Duration::from_millis(100);

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    main_with(Arc::new(NoObserver), Arc::new(SystemClock))
}

/// [`main`] with an observer of its steps and the time of day, for tests.
pub fn main_with(observer: Arc<dyn Observer>, clock: Arc<dyn Clock>) -> ProcessExitCode {
    let args = Args::parse();
    let env = Environment::of_process();
    match run(&args, env, observer, clock) {
        Ok(code) => code.into(),
        Err((code, reason)) => {
            eprintln!("pgbackman_control: {reason}");
            code.into()
        }
    }
}

/// Ends the program with this code and reason.
type Refusal = (ExitCode, String);

fn run(
    args: &Args,
    env: Environment,
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
) -> Result<ExitCode, Refusal> {
    keep_secrets().map_err(because(
        ExitCode::Failure,
        "could not protect the process's memory",
    ))?;
    let config = Config::load(args.config.as_deref(), &env)
        .map_err(because(ExitCode::Configuration, "configuration"))?;
    let env = config.for_nodes(env);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(because(ExitCode::Failure, "could not start"))?;
    if let Some(root) = &args.recover_runs {
        return Ok(runtime.block_on(recovery::recover_here(&config, &env, root)));
    }
    telemetry::init(
        &config.logging,
        &env,
        "pgbackman_control",
        Console::Always,
        Arc::clone(&clock),
    );
    let job_user = job_user(&config)?;
    let world = World {
        owner: privilege::is_root().then_some(job_user.owner),
        config,
        env,
        clock,
        observer,
        job_user,
        began: Instant::now(),
        board: Mutex::default(),
        restarts_tried: catalogue_server::Tried::default(),
    };
    let _lock = lock(&world)?;
    let notifier = Notifier::from_environment(|name| std::env::var_os(name)).map_err(because(
        ExitCode::Failure,
        "could not reach the service manager (NOTIFY_SOCKET)",
    ))?;
    let code = runtime.block_on(async {
        let signals = StopSignals::listen()
            .map_err(because(ExitCode::Failure, "could not listen to signals"))?;
        tracing::info!("pgbackman_control {} starts", pgbackman_core::VERSION);
        Ok(App::new(
            Arc::new(world),
            Service::new(notifier, Instant::now()),
            args.once,
        )
        .run(signals)
        .await)
    });
    runtime.shutdown_timeout(LAST_THREADS);
    code
}

/// The account that runs the jobs. cron ignores a crontab with an unknown one whole (trap 18), and in a user's own crontab
/// it can only be that user.
fn job_user(config: &Config) -> Result<User, Refusal> {
    let refused = |error: privilege::PrivilegeError| (ExitCode::Configuration, error.to_string());
    let section = &config.backup_server;
    if section.scheduler == pgbackman_core::config::Scheduler::Crontab {
        return privilege::current_user().map_err(refused);
    }
    if !privilege::is_root() {
        tracing::warn!(
            "control does not run as root: cron ignores crontabs in {:?} that root does not own; set scheduler = \
             \"crontab\" in [backup_server] to use your own crontab",
            section.crontab_dirs
        );
    }
    privilege::lookup(&section.os_user).map_err(refused)
}

/// Only one control works for a backup server on a machine. (Two would do no harm: everything is compared and replaced
/// whole. They would only do everything twice.)
fn lock(world: &World) -> Result<FileLock, Refusal> {
    let section = world.section();
    let root = section.backup_roots.first().ok_or_else(|| {
        (
            ExitCode::Configuration,
            "backup_roots in [backup_server] is empty".to_owned(),
        )
    })?;
    directories::open_root(root, world.owner).map_err(because(
        ExitCode::Configuration,
        &format!("the backup root {} cannot be used", root.display()),
    ))?;
    let name = format!(
        ".pgbackman_control-{}.lock",
        names::component(&section.fqdn())
    );
    match FileLock::try_acquire(&root.join(name)) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err((
            ExitCode::AlreadyRunning,
            format!(
                "another pgbackman_control already works for {} on this machine",
                section.fqdn()
            ),
        )),
        Err(error) => Err((ExitCode::Failure, error.to_string())),
    }
}

fn because<E: Display>(code: ExitCode, what: &str) -> impl Fn(E) -> Refusal {
    move |error| (code, format!("{what}: {error}"))
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}
