//! The bench's own look into the embedded catalogue, beside what the programs do in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use crate::installation::SUPERUSER;
use crate::packages;
use crate::process::output;
use crate::task::{Context, Result, TaskError};

/// The catalogue's database.
pub(super) const DATABASE: &str = "pgbackman";
/// The role that the programs have there.
pub(super) const OWNER: &str = "pgbackman_role_rw";

/// Runs SQL in the catalogue, as its owner.
///
/// # Errors
///
/// When it fails.
pub(super) fn sql(bench: &Bench<'_>, sql: &str) -> Result<String> {
    psql(
        bench,
        OWNER,
        DATABASE,
        &["--command".as_ref(), sql.as_ref()],
    )
}

/// Runs SQL in a database of the catalogue's server, as its superuser.
///
/// # Errors
///
/// When it fails.
pub(super) fn superuser_sql(bench: &Bench<'_>, database: &str, sql: &str) -> Result<String> {
    psql(
        bench,
        SUPERUSER,
        database,
        &["--command".as_ref(), sql.as_ref()],
    )
}

/// Runs files of SQL in a database of the catalogue's server, as its superuser.
///
/// # Errors
///
/// When one fails.
pub(super) fn superuser_files(bench: &Bench<'_>, database: &str, files: &[PathBuf]) -> Result<()> {
    let mut arguments: Vec<&OsStr> = Vec::new();
    for file in files {
        arguments.extend(["--file".as_ref(), file.as_os_str()]);
    }
    psql(bench, SUPERUSER, database, &arguments).map(drop)
}

fn psql(bench: &Bench<'_>, user: &str, database: &str, arguments: &[&OsStr]) -> Result<String> {
    output(
        Command::new(packages::newest_bin_directory()?.join("psql"))
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set",
                "ON_ERROR_STOP=1",
            ])
            .args([
                "--host",
                &configured(bench, "host")?,
                "--port",
                &configured(bench, "port")?,
            ])
            .args(["--username", user, "--dbname", database])
            .args(arguments),
    )
}

/// A value of the configuration that `pgbackman_setup` wrote.
fn configured(bench: &Bench<'_>, key: &str) -> Result<String> {
    let path = bench.layout.config();
    let config =
        fs::read_to_string(&path).context(|| format!("could not read {}", path.display()))?;
    let line = config.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|rest| rest.trim_start().strip_prefix('='))
        .map(|value| value.trim().trim_matches('"').to_owned())
        .ok_or_else(|| TaskError::new(format!("the configuration has no {key}")))
}

/// Counts the statements that a program sends: the server logs those of new sessions.
///
/// # Errors
///
/// When the work fails, or the server's log cannot be read.
pub(super) fn statements_of<T>(
    bench: &Bench<'_>,
    program: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<(T, usize)> {
    let log = |value: &str| {
        superuser_sql(
            bench,
            DATABASE,
            &format!("ALTER ROLE {OWNER} SET log_statement = {value}"),
        )
    };
    let directory = bench.layout.catalogue().join("data/log");
    let before = count_in(&directory, program)?;
    log("'all'")?;
    let done = work();
    log("DEFAULT")?;
    Ok((done?, count_in(&directory, program)? - before))
}

/// The statements in a server's log files, whose lines have the program's name before what they say.
fn count_in(directory: &Path, program: &str) -> Result<usize> {
    let failed = || format!("could not read {}", directory.display());
    let mut count = 0;
    for entry in fs::read_dir(directory).context(failed)?.flatten() {
        let bytes = fs::read(entry.path()).context(failed)?;
        count += count_lines(&String::from_utf8_lossy(&bytes), program);
    }
    Ok(count)
}

fn count_lines(log: &str, program: &str) -> usize {
    log.lines()
        .filter(|line| {
            ["execute ", "statement: "]
                .iter()
                .any(|kind| line.contains(&format!(" {program} LOG:  {kind}")))
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_statements_count() {
        let log = "t [1] u@d maintain LOG:  statement: BEGIN\n\
                   t [1] u@d maintain LOG:  execute s1: SELECT $1\n\
                   t [1] u@d maintain DETAIL:  parameters: $1 = '{1,2}'\n\
                   t [2] u@d psql LOG:  statement: SELECT ' maintain LOG: '\n\
                   t [1] u@d maintain LOG:  connection closed\n";
        assert_eq!(count_lines(log, "maintain"), 2);
    }
}
