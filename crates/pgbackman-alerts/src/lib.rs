//! `pgbackman_alerts`: notifies operators of failed backups and of backups that did not run.
//!
//! Triggers record failures in the catalogue's table `alerts`. Whatever did *not* happen is found here, from
//! schedules, runs, sizes and heartbeats: [`judge`] is pure. Both become rows, which each channel sends once
//! ([`channels`]): [`delivery`] claims them in the catalogue, sends them, and records the result. A channel that
//! fails does not block the others or the daemon.
#![forbid(unsafe_code)]

pub mod args;
pub mod channels;
pub mod daemon;
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
mod work;

use std::process::ExitCode as ProcessExitCode;

use clap::Parser as _;
use pgbackman_core::catalogue::alerts::heartbeats::Daemon;
use pgbackman_core::daemon::context::{Context, Surroundings};
use pgbackman_core::daemon::passes::Mode;
use pgbackman_core::daemon::program::{
    LAST_THREADS, Program, become_job_user, block_on, configuration,
};
use pgbackman_core::exit_code::{Exit, ExitCode};
use pgbackman_core::telemetry::Console;

use args::Args;
use channels::Channels;
use daemon::Alerts;
use steps::Step;

const PROGRAM: Program = Program(Daemon::Alerts);

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    main_with(Surroundings::default())
}

/// [`main`] with a context that a test provides.
pub fn main_with(surroundings: Surroundings<Step>) -> ProcessExitCode {
    PROGRAM.main(|| run(&Args::parse(), surroundings))
}

fn run(args: &Args, surroundings: Surroundings<Step>) -> Result<ExitCode, Exit> {
    let (config, as_started) = configuration(args.config.as_deref())?;
    let channels = Channels::open(&config).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Exit {
            code: ExitCode::Configuration,
            reason: problems.join("\npgbackman_alerts: "),
        }
    })?;
    if args.check {
        return Ok(trial::check(&channels));
    }
    let env = become_job_user(&config, as_started)?;
    if args.test {
        PROGRAM.log(&config, &env, Console::Fallback, &surroundings);
        let now = surroundings.clock.now();
        return block_on(LAST_THREADS, async {
            Ok(trial::test(&channels, now).await)
        });
    }
    PROGRAM.log(&config, &env, Console::Always, &surroundings);
    let _lock = PROGRAM.lock(&config)?;
    let mode = if args.once { Mode::Once } else { Mode::Daemon };
    let context = Context::new(config, env, surroundings);
    PROGRAM.run_passes(Alerts::new(context, channels), mode)
}
