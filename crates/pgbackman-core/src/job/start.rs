//! How the programs that `cron` and `at` start begin and end: what they keep secret, their configuration, their log, their threads.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::exit_code::ExitCode;
use crate::sys::process::harden;
use crate::telemetry::{self, Console};

/// How long a thread that still works on a file may take to notice that the run is over.
const THREADS_END_WITHIN: Duration = Duration::from_secs(5);

/// Keeps this process from leaving a core file, reads the configuration and the environment (as it holds for nodes), and opens the log. What fails is said on
/// standard error.
///
/// # Errors
/// The exit code to end with.
pub fn begin(
    program: &'static str,
    config: Option<&Path>,
    clock: Arc<dyn Clock>,
) -> Result<(Environment, Config), ExitCode> {
    harden::keep_secrets().map_err(|error| {
        complain(
            program,
            &format!("could not disable core dumps for this process: {error}"),
        );
        ExitCode::Failure
    })?;
    let env = Environment::of_process();
    let config = Config::load(config, &env).map_err(|error| {
        complain(program, &error.to_string());
        ExitCode::Configuration
    })?;
    let env = config.for_nodes(env);
    telemetry::init(&config.logging, &env, program, Console::Fallback, clock);
    Ok((env, config))
}

/// Runs a program's whole life on this thread.
pub fn block_on(life: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("could not start the program's runtime: {error}");
            return ExitCode::Failure;
        }
    };
    let code = runtime.block_on(life);
    runtime.shutdown_timeout(THREADS_END_WITHIN);
    code
}

/// Says on standard error why the program cannot even log.
fn complain(program: &str, text: &str) {
    // A closed standard error is nobody's concern.
    let _ = writeln!(io::stderr(), "{program}: {text}");
}
