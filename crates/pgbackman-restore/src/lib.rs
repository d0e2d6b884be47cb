//! `pgbackman_restore`: restores one backup (`docs/spec/restores.md`).
//!
//! `args` reads the command line, `backup` proves the files, `target` asks the server, `prepare` refuses what cannot be done (by
//! the function that the shell's dialogue goes by), `plan` says what will be done, `execute` does it, `app` surrounds that with the
//! run's lock and record and reports the result. Until the plan is made nothing on the target has been changed. Tests that kill a
//! run at a named step call [`run_with`] with an [`step::Observer`] of their own.
#![forbid(unsafe_code)]

pub mod args;
mod shared_with_source;
pub mod step;

mod app;
mod archive;
mod backup;
mod cluster;
mod compare;
mod database;
mod execute;
mod plan;
mod prepare;
mod run;
mod target;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use pgbackman_core::clock::Clock;
use pgbackman_core::job::{command_line, life, start};
use pgbackman_core::sys::process::guardian;
use uuid::Uuid;

use app::App;
use args::Args;
use run::report::Counter;
use step::{NoObserver, Observer, Step};

/// The program's name, in its log and before what it says.
const PROGRAM: &str = "pgbackman_restore";

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
        tracing::info_span!("restore", node = %args.node_fqdn, dbname = %args.target_dbname)
            .entered();
    let app = App {
        args: &args,
        config: &config,
        env: &env,
        clock: &**clock,
        run_uuid: Uuid::new_v4(),
        counter: Counter::default(),
    };
    start::block_on(app.run(observer)).into()
}
