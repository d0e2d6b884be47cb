//! `pgbackman_setup server --check`: checks everything that backups of this machine depend on.
//!
//! A check is a pure function of facts, or a short inspection that passes facts to one; [`Finding`] is its result.

mod catalogue;
mod cron;
mod daemons;
mod embedded;
mod finding;
mod machine;
mod node_to_ask;
mod nodes;
mod notified;
mod passwords;
mod programs;
mod scheduler;

use pgbackman_core::clock::{Clock as _, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege::{self, User};
use tokio::runtime::Runtime;

use super::args::Format;
use super::inspect::{self, Answers, Questions};
use catalogue::Registered;
pub(super) use finding::Finding;
use finding::Level;
use node_to_ask::NodeToAsk;

/// Runs all checks, prints the results, and fails with the highest severity.
pub(super) fn run(
    format: Format,
    config: &Config,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let findings = all(config, env, runtime);
    match format {
        Format::Text => println!("{}", finding::as_text(&findings)),
        Format::Json => println!("{}", finding::as_json(&findings)),
    }
    match finding::worst(&findings) {
        Level::Ok => Ok(()),
        Level::Warning => Err(ProgramError::new(
            ExitCode::Warning,
            "there are warnings (see above)",
        )),
        Level::Error => Err(ProgramError::new(
            ExitCode::Failure,
            "this backup server is not ready: some checks failed (see above)",
        )),
    }
}

/// Runs every check; later checks depend on earlier ones.
fn all(config: &Config, env: &Environment, runtime: &Runtime) -> Vec<Finding> {
    let mut findings = machine::configuration(config);
    let user = privilege::lookup(&config.backup_server.os_user);
    findings.push(machine::account(config, &user));
    findings.extend(scheduler::all(config));
    findings.extend(machine::places(config, user.as_ref().ok()));
    findings.extend(programs::all(config, user.as_ref().ok()));
    findings.extend(runtime.block_on(embedded::of(config, env)));
    let registered = runtime.block_on(catalogue::registered(config, env));
    let registered = match registered {
        Ok((registered, more)) => {
            findings.extend(more);
            Some(registered)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    if let Ok(user) = &user {
        findings.extend(passwords::of(user));
        findings.extend(as_job_user(user, config, registered.as_ref()));
    }
    if let Some(registered) = &registered {
        findings.extend(daemons::all(&registered.daemons, SystemClock.now()));
        findings.extend(registered.notified.as_ref().map(notified::of));
    }
    findings.extend(machine::leftovers(config));
    findings
}

/// Checks that only the job user can make.
fn as_job_user(user: &User, config: &Config, registered: Option<&Registered>) -> Vec<Finding> {
    let questions = Questions {
        config: config.path.clone(),
        catalogue: true,
        nodes: registered.map_or_else(Vec::new, |registered| {
            registered.nodes.iter().map(NodeToAsk::asked).collect()
        }),
        bin_dirs: registered.map_or_else(Vec::new, |registered| registered.bin_dirs.clone()),
        directories: config.backup_server.backup_roots.clone(),
        make_role: None,
    };
    if !privilege::is_root() && user.owner != privilege::current_owner() {
        return vec![Finding::warning(
            "jobs",
            &user.name,
            format!("could not check what user {} can access", user.name),
            "run this command as root or as that user",
        )];
    }
    let answers: Answers = match inspect::ask(user, &questions) {
        Ok(answers) => answers,
        Err(error) => {
            return vec![Finding::error(
                "jobs",
                &user.name,
                error.to_string(),
                "correct the configuration or install the programs first",
            )];
        }
    };
    let mut findings = machine::writable(&questions.directories, &answers.directories, user);
    findings.extend(catalogue::from_jobs(answers.catalogue.as_ref(), user));
    if let Some(registered) = registered {
        findings.extend(nodes::all(&registered.nodes, &answers.nodes, user));
    }
    findings
}
