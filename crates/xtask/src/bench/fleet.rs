//! What it costs to look after a fleet: 10 000 definitions of one node, each with a hundred backups.

use std::time::Instant;

use super::memory::memory_until_end;
use super::report::Report;
use super::scrapes::{self, program};
use super::{Bench, catalogue, lists};
use crate::installation;
use crate::task::{Context, Result, TaskError, step};

/// Number of definitions.
const DEFINITIONS: usize = 10_000;
/// Number of backups of each definition, one a day.
const BACKUPS: usize = 100;

/// A scrape, a round of alerts, the report, and the list of disk space.
pub(super) fn looked_after(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let fleet = make(bench)?;
    scrapes::measure(bench, report)?;
    step("alerts");
    one(
        bench,
        report,
        &format!("a pass of pgbackman_alerts, {fleet}"),
        "pgbackman_alerts",
        &["--once"],
    )?;
    step("the report");
    one(
        bench,
        report,
        "pgbackman_report of 90 days of them",
        "pgbackman_report",
        &["--html", "-"],
    )?;
    step("disk space");
    let (took, peak) = lists::list(bench, &["show_disk_space", "all"], "table")?;
    report.list("show_disk_space of them", took, peak, "");
    Ok(())
}

/// Registers them without control, one statement each, and waits until control has written the crontab. Their daily runs have
/// all been made, and a third of the backups goes within a month.
fn make(bench: &Bench<'_>) -> Result<String> {
    step(&format!(
        "{DEFINITIONS} definitions with {BACKUPS} backups each"
    ));
    catalogue::sql(
        bench,
        &format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, \
                 month_cron, weekday_cron, backup_code, retention_period, retention_redundancy, job_status) \
             SELECT 1, 1, 'fleet' || n, (n % 60)::text, (n % 24)::text, '*', '*', '*', 'FULL', \
                 interval '{BACKUPS} days', 2, 'ACTIVE' \
             FROM generate_series(1, {DEFINITIONS}) AS n"
        ),
    )?;
    let jobs = catalogue::sql(bench, "SELECT count(*) FROM backup_definition")?;
    let jobs: usize = jobs
        .trim()
        .parse()
        .map_err(|_| TaskError::new("the catalogue does not count its definitions"))?;
    installation::wait_for_jobs(bench.layout, 1, jobs)?;
    catalogue::sql(
        bench,
        &format!(
            "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
                 pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method) \
             SELECT d.def_id, d.backup_server_id, d.pgsql_node_id, d.dbname, at.moment, at.moment + interval '6 s', \
                 interval '6 s', '/srv/' || d.def_id || '-' || n, 20000000, '/log', 'SUCCEEDED', 'CRON' \
             FROM generate_series(1, {BACKUPS}) AS n CROSS JOIN backup_definition AS d \
             CROSS JOIN LATERAL (SELECT now() - ({BACKUPS} - n) * interval '1 day' - interval '1 hour') AS at (moment) \
             WHERE d.dbname LIKE 'fleet%'"
        ),
    )?;
    // What was there is as if it had been there for long: of each day of the report something is known.
    catalogue::sql(
        bench,
        "UPDATE backup_definition SET registered = registered - interval '1 year'",
    )?;
    catalogue::sql(bench, "VACUUM ANALYZE backup_catalog")?;
    let backups = catalogue::sql(bench, "SELECT count(*) FROM backup_catalog")?;
    Ok(format!("{jobs} definitions, {} backups", backups.trim()))
}

/// A program once, with the statements it sends.
fn one(
    bench: &Bench<'_>,
    report: &mut Report,
    what: &str,
    name: &str,
    words: &[&str],
) -> Result<()> {
    let (measured, statements) = catalogue::statements_of(bench, name, || {
        let began = Instant::now();
        let mut child = program(bench, name)
            .args(words)
            .spawn()
            .context(|| format!("could not start {name}"))?;
        let peak = memory_until_end(&mut child)?;
        Ok((began.elapsed(), peak))
    })?;
    report.list(
        &format!("{what}: {statements} statements"),
        measured.0,
        measured.1,
        "",
    );
    Ok(())
}
