//! The hooks before and after a restore, and what they are told.

use std::ffi::OsString;

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::hook::{self, Moment, Told};
use uuid::Uuid;

use crate::args::Args;
use crate::run::ending::say;
use crate::run::progress::Progress;

/// Runs the hook before a restore: the warning that it failed, if it may.
pub(crate) async fn before(
    args: &Args,
    config: &Config,
    env: &Environment,
    run: Uuid,
) -> Result<Option<String>, Failure> {
    hook::run(Moment::BeforeRestore, &config.hooks, env, of_run(args, run)).await
}

/// Runs the hook after a restore; its failure makes a restore that succeeded a WARNING. Returns how the program ends.
pub(crate) async fn after(
    args: &Args,
    config: &Config,
    env: &Environment,
    exit: ExitCode,
    progress: &mut Progress<'_>,
) -> ExitCode {
    let mut result = progress.record().result.clone();
    let told = of_run(args, result.run_uuid);
    let outcome = (&mut result.status, &mut result.error_message);
    let Some(warning) = hook::after(Moment::AfterRestore, &config.hooks, env, told, outcome).await
    else {
        return exit;
    };
    say(&warning);
    progress.learn(|recorded| *recorded = result);
    match exit {
        ExitCode::Success => ExitCode::Warning,
        other => other,
    }
}

fn of_run(args: &Args, run: Uuid) -> Told {
    let texts = [
        ("RUN", run.to_string()),
        ("RESTORE_DEF", args.restore.to_string()),
        ("NODE", args.node_fqdn.clone()),
        ("PORT", args.node_port.to_string()),
        ("DBNAME", args.target_dbname.clone()),
    ];
    texts
        .into_iter()
        .map(|(name, value)| (name, OsString::from(value)))
        .collect()
}
