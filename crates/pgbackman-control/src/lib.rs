//! `pgbackman_control`: keeps a backup server's crontabs, `at` jobs, directories and caches as the catalogue says.
//!
//! It is one idempotent comparison of what is with what should be. Start, reconnection, notification and the slow periodic
//! pass differ only in how much is compared: [`inspect`] finds what is due, [`agenda`] says when, and [`crontab`],
//! [`files`], [`at`] and [`recovery`] do it. Nothing here depends on an earlier run having ended well: killed at any
//! [`steps::Step`], the next pass completes the work.
#![forbid(unsafe_code)]

pub mod agenda;
pub mod app;
mod args;
pub mod at;
pub mod board;
pub mod catalogue_server;
pub mod crontab;
pub mod daemon;
pub mod files;
pub mod heartbeat;
pub mod inspect;
pub mod pass;
pub mod recovery;
pub mod space;
pub mod steps;
#[cfg(test)]
mod test_values;

use std::process::ExitCode as ProcessExitCode;
use std::sync::Arc;

use clap::Parser as _;
use pgbackman_core::catalogue::alerts::heartbeats::Daemon;
use pgbackman_core::config::{Config, Scheduler};
use pgbackman_core::daemon::context::{Context, Surroundings};
use pgbackman_core::daemon::program::{
    LAST_THREADS, Program, backup_root, block_on, configuration, serve,
};
use pgbackman_core::exit_code::{Exit, ExitCode, because};
use pgbackman_core::handoff::run::recover_all;
use pgbackman_core::sys::privilege::{self, User};
use pgbackman_core::telemetry::Console;

use app::App;
use args::Args;
use daemon::Control;
use files::directories;
use steps::Step;

const PROGRAM: Program = Program(Daemon::Control);

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    main_with(Surroundings::default())
}

/// [`main`] in surroundings that a test decides.
pub fn main_with(surroundings: Surroundings<Step>) -> ProcessExitCode {
    PROGRAM.main(|| run(&Args::parse(), surroundings))
}

fn run(args: &Args, surroundings: Surroundings<Step>) -> Result<ExitCode, Exit> {
    let (config, env) = configuration(args.config.as_deref())?;
    let env = config.for_nodes(env);
    if let Some(root) = &args.recover_runs {
        return block_on(LAST_THREADS, async {
            Ok(recover_all(&config, &env, root, surroundings.clock.now()).await)
        });
    }
    PROGRAM.log(&config, &env, Console::Always, &surroundings);
    let job_user = job_user(&config)?;
    let daemon = Arc::new(Control::new(
        Context::new(config, env, surroundings),
        job_user,
    ));
    let config = &daemon.context.config;
    // Two controls would do no harm: everything is compared and replaced whole. They would only do everything twice.
    let root = backup_root(config)?;
    directories::open_root(root, daemon.owner).map_err(because(
        ExitCode::Configuration,
        &format!("could not use the backup root {}", root.display()),
    ))?;
    let _lock = PROGRAM.lock(config)?;
    serve(LAST_THREADS, async |service, signals| {
        PROGRAM.log_start();
        let app = App::new(Arc::clone(&daemon), service, args.once);
        Ok(app.run(signals).await)
    })
}

/// The account that runs the jobs. cron ignores a crontab with an unknown one whole (trap 18), and in a user's own crontab
/// it can only be that user.
fn job_user(config: &Config) -> Result<User, Exit> {
    let section = &config.backup_server;
    if section.scheduler == Scheduler::Crontab {
        return privilege::current_user().map_err(Exit::of(ExitCode::Configuration));
    }
    if !privilege::is_root() {
        tracing::warn!(
            "control is not running as root: cron ignores crontabs in {:?} that root does not own; set scheduler = \
             \"crontab\" in [backup_server] to use your own crontab",
            section.crontab_dirs
        );
    }
    privilege::lookup(&section.os_user).map_err(Exit::of(ExitCode::Configuration))
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}
