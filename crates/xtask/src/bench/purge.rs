//! `pgbackman_maintenance --cron`: a pass that finds nothing to do, and one that deletes 10 000 backups, beside `rm -r`.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::copies::{self, DEFINITIONS, Kind, Original};
use super::dumps::{job_of, remove_backups};
use super::memory::memory_until_end;
use super::report::Report;
use super::timing::time;
use super::{Bench, catalogue};
use crate::installation;
use crate::process::output;
use crate::task::{Context, Result, TaskError, step};

/// The backups that go.
const EXPIRED: usize = 10_000;
/// The backups that stay.
const KEPT: usize = 300;
/// What a definition is registered for, and a backup taken of.
pub(super) const DATABASE: &str = "postgres";

/// A pass as it was measured.
pub(super) struct Pass {
    pub(super) took: Duration,
    pub(super) peak: u64,
    pub(super) statements: usize,
}

/// All of it.
pub(super) fn expired_backups(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step(&format!("{EXPIRED} expired backups"));
    enough_definitions(bench)?;
    remove_backups(bench)?;
    installation::run_job(&job_of(bench, DATABASE)?, bench.layout, bench.account)?;
    let original = Original::newest(bench)?;
    remove_backups(bench)?;
    // What nodes have is noted at the first look.
    pass(bench)?;
    let idle = pass(bench)?;
    let definitions = catalogue::sql(bench, "SELECT count(*) FROM backup_definition")?;
    report.pass(
        &format!(
            "maintenance, nothing to delete, {} definitions",
            definitions.trim()
        ),
        (idle.took, idle.peak, idle.statements),
        None,
        "",
    );
    for (round, kind) in [Kind::Of12, Kind::Of20].into_iter().enumerate() {
        measure(bench, &original, round, kind, report)?;
    }
    remove_backups(bench)
}

/// One measurement of this kind of backups; the round's number keeps their names apart.
fn measure(
    bench: &Bench<'_>,
    original: &Original,
    round: usize,
    kind: Kind,
    report: &mut Report,
) -> Result<()> {
    let first = round * (EXPIRED + KEPT);
    let (expired, kept) = (
        first..first + EXPIRED,
        first + EXPIRED..first + EXPIRED + KEPT,
    );
    let directory = copies::node_directory(bench);
    let equal = bench.layout.at("tmp/equal");
    for below in [&directory, &equal] {
        original.write(bench, below, expired.clone(), kind)?;
    }
    original.write(bench, &directory, kept.clone(), kind)?;
    original.insert(bench, first..kept.end, EXPIRED, kind)?;
    // What has just been written is not to be written while something is measured.
    output(&mut Command::new("sync"))?;
    let alone = time(|| output(Command::new("rm").arg("-r").arg(&equal)).map(drop))?;
    output(&mut Command::new("sync"))?;
    let ours = pass(bench)?;
    check_kept(bench, original, kept, kind)?;
    let files = original.files_of(first, kind).len();
    report.pass(
        &format!("maintenance, {EXPIRED} expired backups of {files} files each, {KEPT} kept"),
        (ours.took, ours.peak, ours.statements),
        Some(alone),
        if kind == Kind::Of12 { "97 s" } else { "" },
    );
    catalogue::sql(
        bench,
        "DELETE FROM backup_catalog WHERE pg_dump_file LIKE '%/copy-%'",
    )?;
    remove_backups(bench)
}

/// Makes the definitions that the copies are of.
pub(super) fn enough_definitions(bench: &Bench<'_>) -> Result<()> {
    if bench.jobs_so_far()? < DEFINITIONS {
        bench.fill_node(DEFINITIONS)?;
        bench.define("#all_databases#", "10")?;
    }
    Ok(())
}

/// A pass of maintenance; it fails if anything is wrong.
pub(super) fn pass(bench: &Bench<'_>) -> Result<Pass> {
    let ((took, peak), statements) =
        catalogue::statements_of(bench, "pgbackman_maintenance", || {
            let log = File::create(bench.layout.log().join("maintenance.out"))
                .context(|| "could not write the pass's output".into())?;
            let mut program = Command::new(bench.layout.program("pgbackman_maintenance"));
            program
                .env("PGPASSFILE", bench.layout.password_file())
                .arg("--config")
                .arg(bench.layout.config())
                .arg("--cron")
                .stdout(File::create("/dev/null").context(|| "could not open /dev/null".into())?)
                .stderr(log);
            let started = Instant::now();
            let mut running = program
                .spawn()
                .context(|| "could not start pgbackman_maintenance".into())?;
            let peak = memory_until_end(&mut running)?;
            Ok((started.elapsed(), peak))
        })?;
    Ok(Pass {
        took,
        peak,
        statements,
    })
}

/// Compares what is left, by name and content, with what was to be kept; and the entries of the catalogue.
fn check_kept(
    bench: &Bench<'_>,
    original: &Original,
    kept: std::ops::Range<usize>,
    kind: Kind,
) -> Result<()> {
    let entries = catalogue::sql(
        bench,
        "SELECT count(*) FROM backup_catalog WHERE pg_dump_file LIKE '%/copy-%'",
    )?;
    if entries.trim() != kept.len().to_string() {
        return Err(TaskError::new(format!(
            "{} entries remain instead of {}",
            entries.trim(),
            kept.len()
        )));
    }
    let mut expected = BTreeMap::new();
    for copy in kept {
        expected.extend(original.files_of(copy, kind));
    }
    let mut left = BTreeMap::new();
    for part in ["dump", "log"] {
        for (name, content) in copies::files_below(&copies::node_directory(bench).join(part))? {
            if name.starts_with("copy-") {
                left.insert(Path::new(part).join(name), content);
            }
        }
    }
    if left == expected {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "{} files remain instead of {}, or their contents differ",
            left.len(),
            expected.len()
        )))
    }
}
