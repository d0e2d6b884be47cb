//! `pgbackman_dump`: takes one backup of a database or of a whole PgSQL node (`docs/spec/backups.md`).
//!
//! `args` reads the command line, `plan` decides what to do, `backup` does it, `app` surrounds that with the run's lock and
//! record, publishes the files and reports the result. Tests that kill a run at a named step call [`run_with`] with an
//! [`step::Observer`] of their own.
#![forbid(unsafe_code)]

pub mod args;
pub mod step;

mod app;
mod backup;
mod cluster;
mod database;
mod omissions;
mod plan;
mod run;
mod source;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use pgbackman_core::clock::Clock;
use pgbackman_core::job::{command_line, life, start};
use pgbackman_core::sys::process::guardian;
use uuid::Uuid;

use app::App;
use args::Args;
use step::{NoObserver, Observer, Step};

/// The program's name, in its log and before what it says.
const PROGRAM: &str = "pgbackman_dump";

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    life::main(|clock| run_with(std::env::args_os(), &NoObserver, clock))
}

/// Runs the guardian if this process was started as one. Every binary that calls [`run_with`] calls this first.
pub fn guardian_entry() -> Option<ExitCode> {
    guardian::entry(std::env::args_os())
}

/// Runs the program with these arguments; `observer` hears of every step, and `clock` says what time it is.
pub fn run_with(
    arguments: impl IntoIterator<Item = OsString>,
    observer: &dyn Observer<Step>,
    clock: &Arc<dyn Clock>,
) -> ExitCode {
    let args = match Args::parse(arguments) {
        Ok(args) => args,
        Err(error) => return command_line::not_run(&error).into(),
    };
    let begun = start::begin(PROGRAM, args.config.as_deref(), Arc::clone(clock));
    let (env, config) = match begun {
        Ok(begun) => begun,
        Err(code) => return code.into(),
    };
    let _span =
        tracing::info_span!("dump", node = %args.node_fqdn, dbname = %args.dbname).entered();
    let app = App {
        args: &args,
        config: &config,
        env: &env,
        clock: &**clock,
        run_uuid: Uuid::new_v4(),
    };
    start::block_on(app.run(observer)).into()
}
