//! `pgbackman_alerts`: tells operators what has gone wrong, and what has not happened.
//!
//! What failed is in the catalogue's table `alerts`, by triggers. What did *not* happen is judged here, from schedules, runs,
//! sizes and signs of life: [`judge`] is pure. Both become rows, which are told once by each way ([`channels`]): [`delivery`]
//! claims them in the catalogue, sends, and records. A way that is closed holds up neither the others nor the daemon.
#![forbid(unsafe_code)]

pub mod app;
pub mod args;
pub mod channels;
pub mod delivery;
pub mod findings;
pub mod judge;
pub mod local_runs;
pub mod pass;
pub mod payload;
pub mod steps;
pub mod template;
pub mod text;
pub mod trial;
pub mod world;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode as ProcessExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use pgbackman_core::clock::{Clock, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::names;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::service::Service;
use pgbackman_core::sys::lock::FileLock;
use pgbackman_core::sys::notify::Notifier;
use pgbackman_core::sys::privilege;
use pgbackman_core::sys::process::harden::keep_secrets;
use pgbackman_core::sys::signal::StopSignals;
use pgbackman_core::telemetry::{self, Console};

use args::Args;
use channels::Channels;
use steps::{NoObserver, Observer};
use world::World;

/// How long threads that hang are waited for at the end.
const LAST_THREADS: Duration = Duration::from_millis(100);

/// What tests decide: the time, and what happens at each step.
pub struct Surroundings {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether that is a machine's clock; the catalogue's counts then.
    pub clock_is_real: bool,
    /// Is told of every step.
    pub observer: Arc<dyn Observer>,
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    main_with(Surroundings {
        clock: Arc::new(SystemClock),
        clock_is_real: true,
        observer: Arc::new(NoObserver),
    })
}

/// [`main`] in surroundings that a test decides.
pub fn main_with(surroundings: Surroundings) -> ProcessExitCode {
    let args = Args::parse();
    match run(&args, surroundings) {
        Ok(code) => code.into(),
        Err((code, reason)) => {
            eprintln!("pgbackman_alerts: {reason}");
            code.into()
        }
    }
}

/// Ends the program with this code and reason.
type Refusal = (ExitCode, String);

fn run(args: &Args, surroundings: Surroundings) -> Result<ExitCode, Refusal> {
    let as_started = Environment::of_process();
    keep_secrets().map_err(because(
        ExitCode::Failure,
        "could not protect the process's memory",
    ))?;
    // Read as the user who started the program: for root it has to be root's file.
    let config = Config::load(args.config.as_deref(), &as_started)
        .map_err(because(ExitCode::Configuration, "configuration"))?;
    let channels = Channels::open(&config).map_err(|problems| {
        (
            ExitCode::Configuration,
            problems.join("\npgbackman_alerts: "),
        )
    })?;
    if args.check {
        return Ok(trial::check(&channels));
    }
    let env = become_job_user(&config, as_started)?;
    let console = if args.test {
        Console::Fallback
    } else {
        Console::Always
    };
    telemetry::init(
        &config.logging,
        &env,
        "pgbackman_alerts",
        console,
        Arc::clone(&surroundings.clock),
    );
    let world = Arc::new(World {
        config,
        env,
        channels,
        clock: surroundings.clock,
        clock_is_real: surroundings.clock_is_real,
        observer: surroundings.observer,
        stopping: AtomicBool::new(false),
        unrecorded: Mutex::default(),
        reasons: Mutex::new(BTreeMap::new()),
        catalogue_back: Mutex::default(),
        catalogue_away: AtomicBool::new(false),
    });
    // A test sends what is in no catalogue.
    let _lock = (!args.test).then(|| lock(&world)).transpose()?;
    work(args, world)
}

fn work(args: &Args, world: Arc<World>) -> Result<ExitCode, Refusal> {
    let notifier = Notifier::from_environment(|name| std::env::var_os(name)).map_err(because(
        ExitCode::Failure,
        "could not reach the service manager (NOTIFY_SOCKET)",
    ))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(because(ExitCode::Failure, "could not start"))?;
    let (once, test) = (args.once, args.test);
    let code = runtime.block_on(async {
        if test {
            return Ok(trial::test(&world.channels, world.clock.now()).await);
        }
        let signals = StopSignals::listen()
            .map_err(because(ExitCode::Failure, "could not listen to signals"))?;
        tracing::info!("pgbackman_alerts {} starts", pgbackman_core::VERSION);
        let service = Service::new(notifier, Instant::now());
        Ok(app::run(world, service, signals, once).await)
    });
    runtime.shutdown_timeout(LAST_THREADS);
    code
}

/// What is sent is no work for root. Before any thread is started.
fn become_job_user(config: &Config, env: Environment) -> Result<Environment, Refusal> {
    if !privilege::is_root() {
        return Ok(env);
    }
    let refused = |error: privilege::PrivilegeError| (ExitCode::Configuration, error.to_string());
    let user = privilege::lookup(&config.backup_server.os_user).map_err(refused)?;
    privilege::drop_to(&user).map_err(refused)?;
    // A change of user makes the process's memory readable again where the system is told so.
    keep_secrets().map_err(because(
        ExitCode::Failure,
        "could not protect the process's memory",
    ))?;
    Ok(Environment::of_process().with_var("HOME", user.home.to_string_lossy()))
}

/// One alerts daemon at a time works for a backup server on a machine.
fn lock(world: &World) -> Result<FileLock, Refusal> {
    let section = &world.config.backup_server;
    let root: &Path = section.backup_roots.first().ok_or_else(|| {
        (
            ExitCode::Configuration,
            "backup_roots in [backup_server] is empty".to_owned(),
        )
    })?;
    let name = format!(
        ".pgbackman_alerts-{}.lock",
        names::component(&section.fqdn())
    );
    match FileLock::try_acquire(&root.join(name)) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err((
            ExitCode::AlreadyRunning,
            format!(
                "another pgbackman_alerts already works for {} on this machine",
                section.fqdn()
            ),
        )),
        Err(error) => Err((
            ExitCode::Failure,
            format!("{error} (pgbackman_control makes the backup root)"),
        )),
    }
}

fn because<E: Display>(code: ExitCode, what: &str) -> impl Fn(E) -> Refusal {
    move |error| (code, format!("{what}: {error}"))
}
