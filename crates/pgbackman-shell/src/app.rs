//! Starts the shell from the command line.
//!
//! Also contains the code that `pgbackman-bulk-update` shares with `pgbackman`.

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
use crate::complete::Completer;
use crate::dialogue::start;
use crate::dispatch::repl;
use crate::error::CommandError;
use crate::output::{Format, Paint};
use crate::session::catalogue::Catalogue;
use crate::session::input::{LineSource, Script};
use crate::session::pager::{Pager, Screen};
use crate::session::shell::{Mode, Parts, Shell};
use crate::terminal::Terminal;

/// Runs the program and returns its exit code. Errors have been printed.
pub(crate) fn run() -> ExitCode {
    let args = match parse::<Args>() {
        Ok(args) => args,
        Err(code) => return code,
    };
    match program(&args) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

/// Prints why a program ended, unless the reader of its output has gone.
pub(crate) fn failed(error: &CommandError) -> ExitCode {
    if !error.is_broken_pipe() {
        let paint = err_paint(&Environment::of_process());
        let _ = io::stderr().write_all(paint.message(&error.text()).as_bytes());
    }
    error.exit_code()
}

/// Parses the command line. On failure, the error or the help has been printed.
pub(crate) fn parse<A: Parser>() -> Result<A, ExitCode> {
    A::try_parse().map_err(|usage| {
        // If the terminal is gone, nothing can be printed.
        let _ = usage.print();
        if usage.use_stderr() {
            ExitCode::Usage
        } else {
            ExitCode::Success
        }
    })
}

fn program(args: &Args) -> Result<ExitCode, CommandError> {
    if let Some(old) = &args.convert_config {
        return convert_config(old);
    }
    let (config, environment) = load("pgbackman", args.config.as_deref())?;
    let mode = match &args.command {
        Some(_) => Mode::Single,
        None if io::stdin().is_terminal() => Mode::Interactive,
        None => Mode::Script,
    };
    let reads = if io::stdin().is_terminal() {
        Reads::Terminal
    } else {
        Reads::StandardInput
    };
    let mut shell = shell(
        config,
        environment,
        Use {
            mode,
            reads,
            format: args.output,
            echo: args.echo,
        },
    )?;
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

/// Reads the configuration and starts the log of a program.
///
/// # Errors
/// If the configuration is invalid.
pub(crate) fn load(
    program: &'static str,
    file: Option<&Path>,
) -> Result<(Config, Environment), CommandError> {
    let environment = Environment::of_process();
    let config = Config::load(file, &environment)
        .map_err(|error| CommandError::Configuration(error.to_string()))?;
    let environment = config.for_nodes(environment);
    telemetry::init(
        &config.logging,
        &environment,
        program,
        Console::Never,
        Arc::new(SystemClock),
    );
    Ok((config, environment))
}

/// The source of a shell's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// A person at a terminal.
    Terminal,
    /// A file or another program.
    StandardInput,
    /// The program itself provides the lines; no question can be answered.
    Nothing,
}

/// The use of a shell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    /// The mode of use.
    pub(crate) mode: Mode,
    /// The source of its lines.
    pub(crate) reads: Reads,
    /// The format of lists, if it is given.
    pub(crate) format: Option<Format>,
    /// Whether a script's commands are shown before they run.
    pub(crate) echo: bool,
}

/// Creates the shell of this process.
///
/// # Errors
/// If the terminal cannot be used, or another thread cannot be started.
pub(crate) fn shell(
    config: Config,
    environment: Environment,
    usage: Use,
) -> Result<Shell, CommandError> {
    let home = environment.home().map(Path::to_owned);
    let err_paint = err_paint(&environment);
    let out_paint = Paint::suiting(io::stdout().is_terminal(), &environment);
    let pager = Pager::of(&environment).filter(|_| io::stdout().is_terminal());
    let screen = screen(usage).filter(|_| io::stdout().is_terminal());
    let catalogue = Rc::new(Catalogue::new(
        &config,
        environment,
        // Ctrl-C ends the running command, but neither the shell nor the report of what was done.
        usage.mode == Mode::Interactive || usage.reads == Reads::Nothing,
        Box::new(move |text| warn(err_paint, text)),
    )?);
    let input: Box<dyn LineSource> = match usage.reads {
        Reads::Terminal => {
            let completer = Completer::new(silent(&config, &catalogue));
            Box::new(Terminal::new(completer, home.as_deref(), out_paint)?)
        }
        Reads::StandardInput => Box::new(Script::new(BufReader::new(io::stdin()))),
        Reads::Nothing => Box::new(Script::new(io::empty())),
    };
    let format = usage
        .format
        .unwrap_or_else(|| Format::from(config.output.default_output_format));
    Ok(Shell::new(Parts {
        mode: usage.mode,
        config,
        catalogue,
        input,
        out: Box::new(BufWriter::with_capacity(64 * 1024, io::stdout())),
        err: Box::new(io::stderr()),
        format,
        out_is_terminal: io::stdout().is_terminal(),
        out_paint,
        err_paint,
        pager,
        screen,
        echo: usage.echo,
        random: Box::new(rand::random),
        clock: Box::new(SystemClock),
    }))
}

/// The terminal of a person; the output of a script is a transcript, wherever it goes.
fn screen(usage: Use) -> Option<Screen> {
    if usage.mode == Mode::Script || usage.reads == Reads::Nothing {
        return None;
    }
    let (columns, rows) = terminal_size::terminal_size_of(io::stdout())?;
    Some(Screen {
        columns: columns.0.into(),
        rows: rows.0.into(),
    })
}

/// Creates a shell without input and output, for queries while a line is typed.
fn silent(config: &Config, catalogue: &Rc<Catalogue>) -> Shell {
    Shell::new(Parts {
        mode: Mode::Single,
        config: config.clone(),
        catalogue: Rc::clone(catalogue),
        input: Box::new(Script::new(io::empty())),
        out: Box::new(io::sink()),
        err: Box::new(io::sink()),
        format: Format::Table,
        out_is_terminal: false,
        out_paint: Paint::Plain,
        err_paint: Paint::Plain,
        pager: None,
        screen: None,
        echo: false,
        random: Box::new(rand::random),
        clock: Box::new(SystemClock),
    })
}

/// Reports changes of the connection to the operator. If standard error is closed, nobody reads them.
fn warn(paint: Paint, text: &str) {
    let text = format!("[WARNING]: {text}\n");
    let _ = io::stderr().write_all(paint.message(&text).as_bytes());
}

/// Whether errors may be coloured.
fn err_paint(environment: &Environment) -> Paint {
    Paint::suiting(io::stderr().is_terminal(), environment)
}

/// Converts an old configuration file. The result is parsed at once, to report what it lacks.
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
