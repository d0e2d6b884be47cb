//! `pgbackman_status_info`: one value as 1.x printed it, or a check for Nagios and its like.

mod args;

use std::process::ExitCode as ProcessExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};
use pgbackman_core::catalogue::alerts::signs_of_life;
use pgbackman_core::catalogue::backups::{files_found, partition_space};
use pgbackman_core::catalogue::monitoring::{self, Scope};
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::catalogue::schema::embedded;
use pgbackman_core::clock::time_delta;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::exit_code::{Exit, ExitCode};

use crate::asking::{ask, runtime};
use crate::check::{Level, Picture, Verdict, judge};
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
        let verdict = check(&args).unwrap_or_else(|refusal| Verdict::unknown(&refusal.reason));
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

/// For a check a wrong command line is UNKNOWN: 2 would be CRITICAL.
fn wrong_usage(error: &clap::Error) -> ProcessExitCode {
    // Where standard output is closed there is nobody to tell.
    let _ = error.print();
    if !error.use_stderr() {
        return ProcessExitCode::SUCCESS;
    }
    if std::env::args_os().any(|word| word == "--check") {
        return ProcessExitCode::from(Level::Unknown as u8);
    }
    ExitCode::Usage.into()
}

/// How long the catalogue may take for one value: as with Zabbix's discovery.
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

/// The words of 1.x.
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

fn check(args: &Args) -> Result<Verdict, Exit> {
    let (config, env) = configuration(args)?;
    let limits = args.limits();
    let question = async |session: &Session| {
        let picture = look(args, &config, session).await?;
        Ok(judge(&picture, &limits))
    };
    let limit = args.timeout;
    runtime()?.block_on(ask("pgbackman_status_info", &config, &env, limit, question))
}

async fn look(args: &Args, config: &Config, session: &Session) -> Result<Picture, Exit> {
    let client = &**session;
    let scope = scope(args, session).await?;
    let now = monitoring::now(client).await?;
    let grace = args.grace.unwrap_or(config.backup_server.missed_run_grace);
    let mut lives = signs_of_life::list(client, None, Some(now)).await?;
    let definitions =
        monitoring::definitions(client, &scope, &lives, (time_delta(grace), now)).await?;
    if let (Some(id), true) = (scope.definition, definitions.is_empty()) {
        return Err(Exit {
            code: ExitCode::Failure,
            reason: format!("no backup definition has the DefID {id}, or its database is gone"),
        });
    }
    let concerned = monitoring::servers_of(client, &scope).await?;
    lives.retain(|life| concerned.contains(&life.server));
    let mut spaces = partition_space::list(client, None).await?;
    let node = scope.node.or_else(|| {
        scope
            .definition
            .and(definitions.first().map(|definition| definition.node))
    });
    spaces.retain(|space| {
        concerned.contains(&space.server) && node.is_none_or(|node| space.nodes.contains(&node))
    });
    let mut queues = monitoring::waiting_jobs(client, &scope).await?;
    queues.retain(|queue| {
        lives
            .iter()
            .any(|life| life.server_fqdn == queue.server_fqdn)
            || concerned.is_empty()
    });
    Ok(Picture {
        now,
        definitions,
        lives,
        queues,
        files: monitoring::files(client, &scope).await?,
        looks: files_found::last_looks(client, Some(&concerned)).await?,
        spaces,
        catalogue_server: embedded::standing(client, config)
            .await
            .map_err(|error| Exit {
                code: ExitCode::Failure,
                reason: error.to_string(),
            })?,
    })
}
