//! `pgbackman_status_info`: one value as 1.x printed it, or a check for Nagios and its like.

mod args;

use std::process::ExitCode as ProcessExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};
use pgbackman_core::catalogue::attention::{self, Judgement, Level, Picture, judge};
use pgbackman_core::catalogue::monitoring::{self, Scope};
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::catalogue::schema::embedded;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::exit_code::{Exit, ExitCode};

use crate::asking::{ask, runtime};
use crate::check::Verdict;
use args::{Args, Parameter};

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return wrong_usage(&error),
    };
    if args.check {
        let verdict =
            check(&args).map_or_else(|refusal| Verdict::Unknown(refusal.reason), Verdict::Judged);
        println!("{verdict}");
        return ProcessExitCode::from(verdict.level() as u8);
    }
    match value(&args) {
        Ok(value) => {
            println!("{value}");
            ProcessExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("pgbackman_status_info: {refusal}");
            refusal.code.into()
        }
    }
}

/// In a check, a wrong command line is UNKNOWN: exit status 2 would mean CRITICAL.
fn wrong_usage(error: &clap::Error) -> ProcessExitCode {
    // If standard output is closed, nothing can be reported.
    let _ = error.print();
    if !error.use_stderr() {
        return ProcessExitCode::SUCCESS;
    }
    if std::env::args_os().any(|word| word == "--check") {
        return ProcessExitCode::from(Level::Unknown as u8);
    }
    ExitCode::Usage.into()
}

/// Timeout of the catalogue for one value, as for Zabbix's discovery.
const LIMIT: Duration = Duration::from_secs(25);

fn configuration(args: &Args) -> Result<(Config, Environment), Exit> {
    let env = Environment::of_process();
    let config = Config::load(args.config.as_deref(), &env)?;
    Ok((config, env))
}

fn value(args: &Args) -> Result<String, Exit> {
    let (config, env) = configuration(args)?;
    let question = async |session: &Session| {
        let scope = scope(args, session).await?;
        if let (Some(Parameter::BackupLastStatus), Some(definition)) =
            (args.parameter_status, scope.definition)
        {
            let status = monitoring::last_status(&**session, definition, scope.server).await?;
            return Ok(word(status).to_owned());
        }
        let queues = monitoring::waiting_jobs(&**session, &scope).await?;
        let waiting: u64 = queues.iter().map(|queue| queue.length).sum();
        Ok(waiting.to_string())
    };
    runtime()?.block_on(ask("pgbackman_status_info", &config, &env, LIMIT, question))
}

/// The words that 1.x printed.
fn word(status: Option<ExecutionStatus>) -> &'static str {
    match status {
        Some(ExecutionStatus::Succeeded) => "succeeded",
        Some(ExecutionStatus::Error) => "error",
        Some(ExecutionStatus::Warning) => "warning",
        None => "unknown",
    }
}

async fn scope(args: &Args, session: &Session) -> Result<Scope, Exit> {
    let server = match &args.backup_server {
        Some(text) => Some(servers::resolve(&**session, text).await?.id),
        None => None,
    };
    let node = match &args.pgsql_node {
        Some(text) => Some(nodes::resolve(&**session, text).await?.id),
        None => None,
    };
    Ok(Scope {
        server,
        node,
        definition: args.backup_definition_id,
    })
}

fn check(args: &Args) -> Result<Judgement, Exit> {
    let (config, env) = configuration(args)?;
    let limits = args.limits(&config);
    let question = async |session: &Session| {
        let picture = inspect(args, &config, session).await?;
        Ok(judge(&picture, &limits))
    };
    let limit = args.timeout;
    runtime()?.block_on(ask("pgbackman_status_info", &config, &env, limit, question))
}

async fn inspect(args: &Args, config: &Config, session: &Session) -> Result<Picture, Exit> {
    let client = &**session;
    let scope = scope(args, session).await?;
    let now = monitoring::now(client).await?;
    let mut config = config.clone();
    if let Some(grace) = args.grace {
        config.backup_server.missed_run_grace = grace;
    }
    let asked = attention::Scope {
        servers: scope.server.map(|server| vec![server]),
        nodes: scope.node.map(|node| vec![node]),
        definition: scope.definition,
    };
    let picture = attention::read::read(client, &asked, &config, now).await?;
    if let (Some(id), true) = (scope.definition, picture.definitions.is_empty()) {
        return Err(Exit {
            code: ExitCode::Failure,
            reason: format!("no backup definition has the DefID {id}, or its database was dropped"),
        });
    }
    let standing = embedded::standing(client, &config).await;
    Ok(Picture {
        catalogue_server: standing.map_err(Exit::of(ExitCode::Failure))?,
        ..picture
    })
}
