//! Runs that died: found by their records, registered by a process of the jobs' user.
//!
//! The records lie in a directory that the unprivileged user may write; root neither follows what they say nor removes
//! or renames files because of them. So control starts itself once more as that user, in the surroundings of a job. Why
//! control does it although maintenance does, too: `docs/adr/0006-who-recovers-dead-runs.md`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use pgbackman_core::catalogue::asking::PATIENCE;
use pgbackman_core::clock::{Clock as _, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::report::Reporting;
use pgbackman_core::handoff::run::{self, NotRecovered};
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::privilege;
use tokio::process::Command;

use crate::pass::Pass;

/// How long all recoveries of one pass may take.
const LIMIT: Duration = Duration::from_secs(600);
/// What jobs find in their environment, besides their user (trap 20).
const PATH: &str = "/usr/bin:/bin";

/// Registers every run that died on this server; live runs are left alone.
pub async fn recover(pass: &Pass) -> Result<(), TaskError> {
    let root = pass.root().map_err(|error| TaskError::failed(&error))?;
    let listed = root.clone();
    if !blocking(move || has_records(&listed)).await? {
        return Ok(());
    }
    let mut command = command(pass, &root);
    let output = tokio::time::timeout(LIMIT, command.output())
        .await
        .map_err(|_| TaskError::Failed(vec![format!("it took more than {} s", LIMIT.as_secs())]))?
        .map_err(|error| {
            TaskError::Failed(vec![format!("could not start the recovery: {error}")])
        })?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        tracing::warn!("{line}");
    }
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut problems: Vec<String> = said.lines().map(str::to_owned).collect();
    if problems.is_empty() {
        problems.push(format!("the recovery ended with {}", output.status));
    }
    Err(TaskError::Failed(problems))
}

/// Whether there is a record at all: without one no process is started.
fn has_records(root: &Path) -> bool {
    let names = Directory::open_trusted(root)
        .and_then(|root| root.open_below(&run::directory(Path::new(""))))
        .and_then(|directory| directory.names());
    // A directory that is missing holds no record; one that cannot be read is reported by the process below.
    names.map_or_else(
        |error| error.kind() != std::io::ErrorKind::NotFound,
        |names| {
            names
                .iter()
                .any(|name| Path::new(name).extension().is_some_and(|end| end == "run"))
        },
    )
}

fn command(pass: &Pass, root: &Path) -> Command {
    let daemon = &pass.daemon;
    let mut command = Command::new("/proc/self/exe");
    command
        .arg("--recover-runs")
        .arg(root)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(config) = &daemon.context.config.path {
        command.arg("--config").arg(config);
    }
    let user = &daemon.job_user;
    if user.owner != privilege::current_owner() {
        command.uid(user.owner.uid).gid(user.owner.gid).env_clear();
        command
            .env("PATH", PATH)
            .env("HOME", &user.home)
            .env("LOGNAME", &user.name)
            .current_dir("/");
    }
    command
}

/// The process that control starts: one line on standard output per run, problems on standard error.
pub async fn recover_here(config: &Config, env: &Environment, root: &Path) -> ExitCode {
    let reporting = Reporting {
        config,
        env,
        root: Some(root),
        owner: None,
        patience: PATIENCE,
    };
    let records = match run::list(root) {
        Ok(records) => records,
        Err(error) => {
            eprintln!(
                "could not list the run records in {}: {error}",
                run::directory(root).display()
            );
            return ExitCode::Failure;
        }
    };
    let mut code = ExitCode::Success;
    for record in records {
        if let Err(problem) = recover_one(&record, &reporting).await {
            eprintln!("{problem}");
            code = ExitCode::Failure;
        }
    }
    code
}

async fn recover_one(record: &Path, reporting: &Reporting<'_>) -> Result<(), NotRecovered> {
    let Some(accounted) = run::recover_path(record, reporting, SystemClock.now()).await? else {
        return Ok(());
    };
    println!("{}", accounted.in_words(record));
    for problem in &accounted.problems {
        println!("of that run something is left: {problem}");
    }
    Ok(())
}
