//! The shell's lists: a short one, and those of a large fleet, with the memory they take.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Bench;
use super::report::Report;
use super::timing::{median, time};
use crate::packages;
use crate::process::output;
use crate::task::{Context, Result, TaskError, step};

/// So often the short command is run.
const ROUNDS: usize = 21;
/// So often a long list is shown.
const ROUNDS_LONG: usize = 3;
/// The rows of a long catalogue.
const ROWS: usize = 100_000;
/// How often a running shell is asked for its memory.
const SAMPLE: Duration = Duration::from_millis(5);

/// `pgbackman -C show_pgsql_nodes`.
pub(super) fn nodes(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("one command of the shell");
    let times = (0..ROUNDS)
        .map(|_| time(|| bench.shell.run(&["show_pgsql_nodes"]).map(drop)))
        .collect::<Result<Vec<_>>>()?;
    report.time("pgbackman -C show_pgsql_nodes", median(times), "112 ms");
    Ok(())
}

/// All definitions, which are more than 10 000 by then.
pub(super) fn definitions(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("the list of definitions");
    let words = ["show_backup_definitions", "all", "all", "all"];
    let (took, peak) = list(bench, &words, "table")?;
    report.list("all definitions as a table", took, peak, "2.5 s, 56 MiB");
    Ok(())
}

/// A long catalogue in each format.
pub(super) fn catalogue(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step(&format!("{ROWS} catalogue rows"));
    let rows = format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
             pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method) \
         SELECT d.def_id, 1, 1, d.dbname, moment, moment + interval '6 s', interval '6 s', '/srv/' || n, n, '/log', \
             'SUCCEEDED', 'CRON' \
         FROM (SELECT def_id, dbname FROM backup_definition ORDER BY def_id LIMIT 1) AS d, generate_series(1, {ROWS}) AS n, \
             LATERAL (SELECT now() - n * interval '1 min') AS at (moment)"
    );
    catalogue_sql(bench, &rows)?;
    catalogue_sql(bench, "VACUUM ANALYZE backup_catalog")?;
    let words = ["show_backup_catalog", "all", "all", "all", "all", "all"];
    for (format, legacy) in [
        ("table", "36.8 s, 448 MiB"),
        ("csv", "3.3 s, 57 MiB"),
        ("json", "12 s, 821 MiB"),
    ] {
        let (took, peak) = list(bench, &words, format)?;
        report.list(
            &format!("{ROWS} catalogue rows as {format}"),
            took,
            peak,
            legacy,
        );
    }
    Ok(())
}

/// The median time, and the most memory, of a list that nobody reads.
fn list(bench: &Bench<'_>, words: &[&str], format: &str) -> Result<(Duration, u64)> {
    let (mut times, mut peak) = (Vec::new(), 0);
    for _ in 0..ROUNDS_LONG {
        let nobody = File::create("/dev/null").context(|| "could not open /dev/null".into())?;
        let started = Instant::now();
        let mut shell = bench
            .shell
            .command(words, format)
            .stdout(nobody)
            .spawn()
            .context(|| "could not start the shell".into())?;
        peak = peak.max(memory_until_end(&mut shell)?);
        times.push(started.elapsed());
    }
    Ok((median(times), peak))
}

/// The most memory that a program has had resident (`VmHWM` of proc(5), which only grows), in KiB, as seen until its end.
fn memory_until_end(program: &mut Child) -> Result<u64> {
    let status = PathBuf::from(format!("/proc/{}/status", program.id()));
    let mut peak = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status) {
            peak = high_water_mark(&text).unwrap_or(0).max(peak);
        }
        let ended = program
            .try_wait()
            .context(|| "could not wait for the shell".into())?;
        match ended {
            Some(code) if code.success() => return Ok(peak),
            Some(code) => return Err(TaskError::new(format!("the list ended with {code}"))),
            None => sleep(SAMPLE),
        }
    }
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Runs SQL in the catalogue, as its owner.
fn catalogue_sql(bench: &Bench<'_>, sql: &str) -> Result<()> {
    let config = fs::read_to_string(bench.layout.config())
        .context(|| format!("could not read {}", bench.layout.config().display()))?;
    let value = |key: &str| {
        let line = config.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.trim_start().strip_prefix('='))
            .map(|value| value.trim().trim_matches('"').to_owned())
            .ok_or_else(|| TaskError::new(format!("the configuration has no {key}")))
    };
    output(
        Command::new(packages::newest_bin_directory()?.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"])
            .args(["--host", &value("host")?, "--port", &value("port")?])
            .args(["--username", &value("user")?, "--dbname", &value("dbname")?])
            .args(["--command", sql]),
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_found() {
        let status = "Name:\tpgbackman\nVmHWM:\t   15432 kB\nVmRSS:\t 99 kB\n";
        assert_eq!(high_water_mark(status), Some(15_432));
        assert_eq!(high_water_mark("VmRSS:\t 99 kB\n"), None);
    }
}
