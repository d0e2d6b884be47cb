//! All dead runs below a root directory, recovered by a process of its own.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::accounted::NotRecovered;
use super::{directory, list, recover_path};
use crate::catalogue::asking::PATIENCE;
use crate::config::{Config, Environment};
use crate::exit_code::ExitCode;
use crate::handoff::report::Reporting;

/// Recovers every dead run below `root`: a line on standard output for each run, and problems on standard error. A daemon starts a
/// process for it.
pub async fn recover_all(
    config: &Config,
    env: &Environment,
    root: &Path,
    now: DateTime<Utc>,
) -> ExitCode {
    let reporting = Reporting {
        config,
        env,
        root: Some(root),
        owner: None,
        patience: PATIENCE,
    };
    let records = match list(root) {
        Ok(records) => records,
        Err(error) => {
            eprintln!(
                "could not list the run records in {}: {error}",
                directory(root).display()
            );
            return ExitCode::Failure;
        }
    };
    let mut code = ExitCode::Success;
    for record in records {
        if let Err(problem) = recover_one(&record, &reporting, now).await {
            eprintln!("{problem}");
            code = ExitCode::Failure;
        }
    }
    code
}

async fn recover_one(
    record: &Path,
    reporting: &Reporting<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotRecovered> {
    let Some(accounted) = recover_path(record, reporting, now).await? else {
        return Ok(());
    };
    println!("{}", accounted.describe(record));
    for problem in &accounted.problems {
        eprintln!("run {}: {problem}", record.display());
    }
    Ok(())
}
