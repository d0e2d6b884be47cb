//! From the command line to a running shell.

use std::fs;
use std::io::{self, BufReader, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use clap::Parser;
use pgbackman_core::clock::SystemClock;
use pgbackman_core::config::{Config, Environment, convert};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::telemetry::{self, Console};

use crate::args::Args;
use crate::catalogue::Catalogue;
use crate::error::CommandError;
use crate::input::{LineSource, Script};
use crate::output::{Format, Paint};
use crate::pager::Pager;
use crate::repl;
use crate::shell::{Mode, Parts, Shell};
use crate::start;
use crate::terminal::Terminal;

/// Runs the program; what went wrong has been said when it returns.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(usage) => {
            let code = if usage.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Success
            };
            // Nothing is left to be said when the terminal is gone.
            let _ = usage.print();
            return code;
        }
    };
    match program(&args) {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => ExitCode::Failure,
        Err(error) => {
            let paint = err_paint(&Environment::of_process());
            let _ = io::stderr().write_all(paint.message(&error.text()).as_bytes());
            error.exit_code()
        }
    }
}

fn program(args: &Args) -> Result<ExitCode, CommandError> {
    if let Some(old) = &args.convert_config {
        return convert_config(old);
    }
    let environment = Environment::of_process();
    let config = Config::load(args.config.as_deref(), &environment)
        .map_err(|error| CommandError::Configuration(error.to_string()))?;
    telemetry::init(
        &config.logging,
        &environment,
        "pgbackman",
        Console::Never,
        Arc::new(SystemClock),
    );
    let mode = match &args.command {
        Some(_) => Mode::Single,
        None if io::stdin().is_terminal() => Mode::Interactive,
        None => Mode::Script,
    };
    let mut shell = shell(args, mode, config, environment)?;
    let outcome = serve(&mut shell, args);
    let flushed = shell.out().flush();
    let outcome = outcome?;
    flushed?;
    Ok(outcome)
}

fn serve(shell: &mut Shell, args: &Args) -> Result<ExitCode, CommandError> {
    match &args.command {
        Some(line) => repl::single(shell, line),
        None if shell.mode() == Mode::Interactive => {
            start::check(shell)?;
            repl::interactive(shell)
        }
        None => repl::script(shell, args.keep_going),
    }
}

fn shell(
    args: &Args,
    mode: Mode,
    config: Config,
    environment: Environment,
) -> Result<Shell, CommandError> {
    let home = environment.home().map(Path::to_owned);
    let err_paint = err_paint(&environment);
    let out_paint = Paint::suiting(io::stdout().is_terminal(), &environment);
    let pager = Pager::of(&environment).filter(|_| io::stdout().is_terminal());
    let catalogue = Rc::new(Catalogue::new(
        &config,
        environment,
        mode == Mode::Interactive,
        Box::new(move |text| warn(err_paint, text)),
    )?);
    let input: Box<dyn LineSource> = if io::stdin().is_terminal() {
        Box::new(Terminal::new(
            Rc::clone(&catalogue),
            home.as_deref(),
            out_paint,
        )?)
    } else {
        Box::new(Script::new(BufReader::new(io::stdin())))
    };
    let format = args
        .output
        .unwrap_or_else(|| Format::from(config.output.default_output_format));
    Ok(Shell::new(Parts {
        mode,
        config,
        catalogue,
        input,
        out: Box::new(BufWriter::with_capacity(64 * 1024, io::stdout())),
        err: Box::new(io::stderr()),
        format,
        out_paint,
        err_paint,
        pager,
        echo: args.echo,
        random: Box::new(rand::random),
        clock: Box::new(SystemClock),
    }))
}

/// Tells the operator what happens to the connection. When standard error is gone, nobody reads it.
fn warn(paint: Paint, text: &str) {
    let text = format!("[WARNING]: {text}\n");
    let _ = io::stderr().write_all(paint.message(&text).as_bytes());
}

/// Whether errors may be coloured.
fn err_paint(environment: &Environment) -> Paint {
    Paint::suiting(io::stderr().is_terminal(), environment)
}

/// Writes an old configuration file in the new form. The result is read at once, so that what it lacks is said.
fn convert_config(old: &Path) -> Result<ExitCode, CommandError> {
    let refuse = |text: String| CommandError::Configuration(format!("{}: {text}", old.display()));
    let text = fs::read_to_string(old).map_err(|error| refuse(error.to_string()))?;
    let toml = convert::convert(&text).map_err(|error| refuse(error.to_string()))?;
    io::stdout().write_all(toml.as_bytes())?;
    Config::parse(&toml, old, &Environment::of_process()).map_err(|error| {
        CommandError::Configuration(format!(
            "The converted configuration needs more changes:\n{error}"
        ))
    })?;
    Ok(ExitCode::Success)
}
