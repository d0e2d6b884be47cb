//! The hooks before and after a backup, and what they are told.

use std::ffi::OsString;

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::hook::{self, Moment, Told};
use uuid::Uuid;

use crate::args::Args;
use crate::run::ending::{Ended, say};
use crate::run::progress::Progress;

/// Runs the hook before a backup: the warning that it failed, if it may.
pub(crate) async fn before(
    args: &Args,
    config: &Config,
    env: &Environment,
    run: Uuid,
) -> Result<Option<String>, Failure> {
    hook::run(Moment::BeforeBackup, &config.hooks, env, of_run(args, run)).await
}

/// Runs the hook after a backup; its failure makes a backup that succeeded a WARNING.
pub(crate) async fn after(
    args: &Args,
    config: &Config,
    env: &Environment,
    ended: &mut Ended,
    progress: &mut Progress<'_>,
) {
    let mut told = of_run(args, ended.result.run_uuid);
    of_result(&ended.result, &mut told);
    let BackupResult {
        status,
        error_message,
        ..
    } = &mut ended.result;
    let outcome = (status, error_message);
    let Some(warning) = hook::after(Moment::AfterBackup, &config.hooks, env, told, outcome).await
    else {
        return;
    };
    say(&warning);
    if ended.exit == ExitCode::Success {
        ended.exit = ExitCode::Warning;
    }
    // Whoever reports this run instead says the same.
    let result = ended.result.clone();
    progress.learn(|recorded| *recorded = result);
}

fn of_run(args: &Args, run: Uuid) -> Told {
    let origin = match args.origin {
        BackupOrigin::Definition(id) => ("DEF_ID", id.to_string()),
        BackupOrigin::Snapshot(id) => ("SNAPSHOT_ID", id.to_string()),
    };
    let texts = [
        ("RUN", run.to_string()),
        ("NODE", args.node_fqdn.clone()),
        ("PORT", args.node_port.to_string()),
        ("DBNAME", args.dbname.clone()),
        ("CODE", args.code.as_str().to_owned()),
        origin,
    ];
    texts
        .into_iter()
        .map(|(name, value)| (name, OsString::from(value)))
        .collect()
}

/// Where its files are.
fn of_result(result: &BackupResult, told: &mut Told) {
    let files = [
        ("DUMP_FILE", &result.dump.file),
        ("MANIFEST_FILE", &result.manifest_file),
    ];
    for (name, file) in files {
        let path = file.clone().unwrap_or_default();
        told.push((name, path.into_os_string()));
    }
}
