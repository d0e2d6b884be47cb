//! `pgbackman_dump` as cron runs it, against `pg_dump` in directory format of the same database.

use std::fs;
use std::time::Duration;

use super::Bench;
use super::report::Report;
use super::timing::{Pair, time};
use crate::installation::{self, Job};
use crate::process::output;
use crate::task::{Context, Result, TaskError, step};

/// Pairs of dumps of an empty database.
const ROUNDS_EMPTY: usize = 15;
/// Pairs of dumps of the large one.
const ROUNDS_LARGE: usize = 3;

/// An empty database on a node with so many.
pub(super) fn empty_database(
    bench: &Bench<'_>,
    databases: usize,
    report: &mut Report,
) -> Result<()> {
    bench.fill_node(databases)?;
    let pair = compare(bench, crate::bench::crontabs::FIRST_DATABASE, ROUNDS_EMPTY)?;
    let legacy = if databases == 300 { "25.4 s" } else { "" };
    report.pair(
        &format!("an empty database, {databases} on the node"),
        pair,
        legacy,
    );
    Ok(())
}

/// A database filled by pgbench.
pub(super) fn pgbench_database(bench: &Bench<'_>, scale: u32, report: &mut Report) -> Result<()> {
    step(&format!("pgbench, scale {scale}"));
    bench.node.sql("postgres", "CREATE DATABASE pgbench")?;
    output(bench.node.client("pgbench").args([
        "--initialize",
        "--quiet",
        "--scale",
        &scale.to_string(),
        "pgbench",
    ]))?;
    bench.node.sql("pgbench", "CHECKPOINT")?;
    bench.define("pgbench", "1")?;
    let pair = compare(bench, "pgbench", ROUNDS_LARGE)?;
    let legacy = if scale == super::DEFAULT_SCALE {
        "ratio 1.24"
    } else {
        ""
    };
    report.pair(&format!("pgbench, scale {scale}"), pair, legacy);
    Ok(())
}

/// Measures both ways of dumping a database that has a definition.
fn compare(bench: &Bench<'_>, database: &str, rounds: usize) -> Result<Pair> {
    let job = job_of(bench, database)?;
    Pair::measure(
        rounds,
        || {
            let took = time(|| installation::run_job(&job, bench.layout, bench.account))?;
            remove_backups(bench)?;
            Ok(took)
        },
        || pg_dump(bench, database),
    )
}

/// The crontab's line of a database that has a definition.
pub(super) fn job_of(bench: &Bench<'_>, database: &str) -> Result<Job> {
    let wanted = format!("--dbname {database} ");
    bench
        .crontab_of_all()?
        .into_iter()
        .find(|job| format!("{} ", job.command).contains(&wanted))
        .ok_or_else(|| TaskError::new(format!("the crontab has no job of {database}")))
}

/// How long `pg_dump` alone takes.
fn pg_dump(bench: &Bench<'_>, database: &str) -> Result<Duration> {
    let target = bench.layout.at("tmp/alone");
    let took = time(|| {
        output(
            bench
                .node
                .client("pg_dump")
                .args(["--format=directory", "--file"])
                .arg(&target)
                .arg(database),
        )
        .map(drop)
    })?;
    fs::remove_dir_all(&target).context(|| format!("could not remove {}", target.display()))?;
    Ok(took)
}

/// Removes the files and logs of the backups that were measured, so that the disk does not fill and the next measurement
/// finds its own only; what the catalogue says of them does not matter here.
pub(super) fn remove_backups(bench: &Bench<'_>) -> Result<()> {
    for part in ["dump", "log"] {
        let directory = bench.layout.backups().join("pgsql_node_1").join(part);
        let entries = fs::read_dir(&directory)
            .context(|| format!("could not read {}", directory.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}
