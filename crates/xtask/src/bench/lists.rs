//! The shell's lists: a short one, and those of a large fleet, with the memory they take.

use std::fs::File;
use std::time::{Duration, Instant};

use super::memory::memory_until_end;
use super::report::Report;
use super::timing::{median, time};
use super::{Bench, catalogue as rows};
use crate::task::{Context, Result, step};

/// So often the short command is run.
const ROUNDS: usize = 21;
/// So often a long list is shown.
const ROUNDS_LONG: usize = 3;
/// The rows of a long catalogue.
const ROWS: usize = 100_000;

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
    let statement = format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
             pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method) \
         SELECT d.def_id, 1, 1, d.dbname, moment, moment + interval '6 s', interval '6 s', '/srv/' || n, n, '/log', \
             'SUCCEEDED', 'CRON' \
         FROM (SELECT def_id, dbname FROM backup_definition ORDER BY def_id LIMIT 1) AS d, generate_series(1, {ROWS}) AS n, \
             LATERAL (SELECT now() - n * interval '1 min') AS at (moment)"
    );
    rows::sql(bench, &statement)?;
    rows::sql(bench, "VACUUM ANALYZE backup_catalog")?;
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
pub(super) fn list(bench: &Bench<'_>, words: &[&str], format: &str) -> Result<(Duration, u64)> {
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
