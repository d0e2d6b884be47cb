//! `pgbackman_restore` against `pg_restore` of the same archive.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Bench;
use super::dumps::{job_of, remove_backups};
use super::report::Report;
use super::timing::{Pair, time};
use crate::installation;
use crate::process::output;
use crate::task::{Context, Result, TaskError, step};

/// Pairs of restores.
const ROUNDS: usize = 3;
/// Jobs of both.
const JOBS: &str = "2";
/// The database that is dumped for it.
const SOURCE: &str = "pgbench";
/// Where ours is restored to, and what it is compared with.
const TARGETS: [&str; 2] = ["restored", "restored_alone"];

/// The database that the dumps were measured with.
pub(super) fn pgbench_database(bench: &Bench<'_>, scale: u32, report: &mut Report) -> Result<()> {
    step(&format!("restores, pgbench, scale {scale}"));
    installation::run_job(&job_of(bench, SOURCE)?, bench.layout, bench.account)?;
    let archive = archive(bench)?;
    // No definition of the catalogue's: the numbers are taken by no other run, and what is reported belongs to nothing.
    let mut restore_def = 1_000_000;
    let pair = Pair::measure(
        ROUNDS,
        || {
            restore_def += 1;
            let took = time(|| restore(bench, &archive, restore_def))?;
            drop_database(bench, TARGETS[0])?;
            Ok(took)
        },
        || pg_restore(bench, &archive),
    )?;
    report.pair(
        &format!("restore of pgbench, scale {scale}, -j {JOBS}"),
        pair,
        "",
    );
    remove_backups(bench)
}

/// The one backup that there is.
fn archive(bench: &Bench<'_>) -> Result<PathBuf> {
    let dumps = bench.layout.backups().join("pgsql_node_1/dump");
    let entries = fs::read_dir(&dumps).context(|| format!("could not read {}", dumps.display()))?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with("-DATABASE.sql"))
        .ok_or_else(|| TaskError::new(format!("there is no backup in {}", dumps.display())))
}

/// As `at` would start it.
fn restore(bench: &Bench<'_>, archive: &std::path::Path, restore_def: u32) -> Result<()> {
    let beside = |part: &str| {
        archive
            .to_string_lossy()
            .replace("-DATABASE.sql", &format!("-{part}"))
    };
    let mut program = bench
        .account
        .command(bench.layout.program("pgbackman_restore"));
    program
        .env("PGPASSFILE", bench.layout.password_file())
        .arg("--config")
        .arg(bench.layout.config())
        .args(["--node-fqdn", "127.0.0.1", "--node-id", "1"])
        .args(["--node-port", &bench.node.port().to_string()])
        .args(["--node-user", "postgres"])
        .args(["--restore-def", &restore_def.to_string()])
        .arg("--pgdump-file")
        .arg(archive)
        .args(["--pgdump-roles-file", &beside("USERS.sql")])
        .args(["--pgdump-dbconfig-file", &beside("DBCONFIG.sql")])
        .args(["--manifest-file", &beside("MANIFEST.json")])
        .args(["--backup-code", "FULL", "--source-dbname", SOURCE])
        .args(["--target-dbname", TARGETS[0]])
        .args(["--extra-restore-parameters", &format!("-j {JOBS}")])
        .arg("--root-backup-dir")
        .arg(bench.layout.backups());
    output(&mut program).map(drop)
}

/// How long `pg_restore` alone takes, into a database that is there, with the ANALYZE that ours ends with.
fn pg_restore(bench: &Bench<'_>, archive: &std::path::Path) -> Result<Duration> {
    bench
        .node
        .sql("postgres", &format!("CREATE DATABASE {}", TARGETS[1]))?;
    let took = time(|| {
        output(
            bench
                .node
                .client("pg_restore")
                .args(["--jobs", JOBS, "--dbname", TARGETS[1]])
                .arg(archive),
        )?;
        bench.node.sql(TARGETS[1], "ANALYZE").map(drop)
    })?;
    drop_database(bench, TARGETS[1])?;
    Ok(took)
}

fn drop_database(bench: &Bench<'_>, name: &str) -> Result<()> {
    bench
        .node
        .sql("postgres", &format!("DROP DATABASE {name}"))
        .map(drop)
}
