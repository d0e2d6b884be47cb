//! `pgbackman_maintenance`: deletes what has outlived its retention, and imports results that wait.
//!
//! A pass is a list of independent [`tasks`]. What deletes looks at everything first ([`removal`]), goes nowhere but into
//! the `dump` and `log` directories of nodes ([`files`]), claims in the catalogue before it touches anything, and deletes a
//! row only when its files are certainly gone. Nothing depends on an earlier pass having ended well.
#![forbid(unsafe_code)]

pub mod args;
pub mod batch;
pub mod daemon;
pub mod files;
pub mod groups;
pub mod helper;
pub mod journal;
pub mod look;
pub mod looks;
pub mod marks;
pub mod nodes;
pub mod pass;
pub mod removal;
pub mod result_files;
pub mod steps;
pub mod tasks;
mod work;

use std::process::ExitCode as ProcessExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use pgbackman_core::catalogue::alerts::heartbeats::Daemon;
use pgbackman_core::daemon::context::{Context, Surroundings as DaemonSurroundings};
use pgbackman_core::daemon::passes::Mode;
use pgbackman_core::daemon::program::{
    LAST_THREADS, Program, become_job_user, block_on, configuration,
};
use pgbackman_core::exit_code::{Exit, ExitCode};
use pgbackman_core::handoff::run::recover_all;
use pgbackman_core::steps::NoObserver;
use pgbackman_core::telemetry::Console;

use args::Args;
use daemon::Maintenance;
use helper::helper_child;
use look::{look_child, looker};
use removal::removal_child;
use steps::{PathObserver, Step};

const PROGRAM: Program = Program(Daemon::Maintenance);

/// What a test decides.
pub struct Surroundings {
    /// The time, and the observer of the steps.
    pub daemon: DaemonSurroundings<Step>,
    /// Observes what the process that looks at files looks at.
    pub looks: Arc<PathObserver<'static>>,
    /// How long the process that looks at files may be at one of them.
    pub look_limit: Duration,
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    main_with(Surroundings {
        daemon: DaemonSurroundings::default(),
        looks: Arc::new(NoObserver),
        look_limit: looker::LIMIT,
    })
}

/// [`main`] in surroundings that a test decides.
pub fn main_with(surroundings: Surroundings) -> ProcessExitCode {
    if helper_child::is_asked_for(look_child::ARGUMENT) {
        return look_child::serve(&*surroundings.looks);
    }
    if helper_child::is_asked_for(removal_child::ARGUMENT) {
        return removal_child::serve(&*surroundings.daemon.observer, &*surroundings.looks);
    }
    PROGRAM.main(|| run(&Args::parse(), surroundings))
}

/// What the job user has written is deleted by that user: root neither follows it nor removes anything because of it.
fn run(args: &Args, surroundings: Surroundings) -> Result<ExitCode, Exit> {
    let Surroundings {
        daemon: surroundings,
        look_limit,
        ..
    } = surroundings;
    let (config, as_started) = configuration(args.config.as_deref())?;
    let env = config.for_nodes(become_job_user(&config, as_started)?);
    if let Some(root) = &args.recover_runs {
        let now = surroundings.clock.now();
        return block_on(LAST_THREADS, async {
            Ok(recover_all(&config, &env, root, now).await)
        });
    }
    let (console, mode) = match (args.dry_run, args.cron) {
        (true, _) => (Console::Fallback, Mode::DryRun),
        (false, true) => (Console::Always, Mode::Once),
        (false, false) => (Console::Always, Mode::Daemon),
    };
    PROGRAM.log(&config, &env, console, &surroundings);
    // A dry run changes nothing, and may be made beside the daemon.
    let _lock = (!args.dry_run).then(|| PROGRAM.lock(&config)).transpose()?;
    let context = Context::new(config, env, surroundings);
    PROGRAM.run_passes(Maintenance::new(context, args.dry_run, look_limit), mode)
}
