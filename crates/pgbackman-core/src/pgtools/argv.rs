//! Argument vectors for PostgreSQL's client programs: pure functions, no shell, no password (traps 14, 32).

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::quote::conninfo_value;
use crate::domain::backup::extra_parameters::ExtraParameters;
use crate::domain::pg_version::PgMajor;
use crate::domain::status::BackupCode;

/// Where and as whom a client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server<'a> {
    /// Host name, IP address, or socket directory.
    pub host: &'a str,
    /// TCP port, or the number in the socket's name.
    pub port: u16,
    /// The role.
    pub user: &'a str,
}

impl Server<'_> {
    /// A connection string: in it a database name is a value and nothing else, whereas a bare `--dbname=a=b` would itself
    /// be read as a connection string.
    pub fn conninfo(&self, dbname: &str) -> String {
        let mut text = format!(
            "host={} port={} user={}",
            conninfo_value(self.host),
            conninfo_value(&self.port.to_string()),
            conninfo_value(self.user)
        );
        if !dbname.is_empty() {
            text.push_str(" dbname=");
            text.push_str(&conninfo_value(dbname));
        }
        text
    }
}

/// What `pg_dump` is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PgDump<'a> {
    /// Where the database is.
    pub server: Server<'a>,
    /// The database.
    pub dbname: &'a str,
    /// What the backup contains; CLUSTER is [`pg_dumpall`]'s and dumps like FULL here.
    pub code: BackupCode,
    /// The database's own encoding, in which the archive is written, whatever a role's, a database's or the server's
    /// `client_encoding` says.
    pub encoding: &'a str,
    /// The client's own major version.
    pub client: PgMajor,
    /// The directory to write, which must not exist.
    pub directory: &'a Path,
    /// The snapshot exported by the session that read roles and settings, where the server can.
    pub snapshot: Option<&'a str>,
    /// How long to wait for a table lock (trap 27); zero waits forever.
    pub lock_wait_timeout: Duration,
    /// The definition's extra parameters.
    pub extra: &'a ExtraParameters,
}

/// The arguments (without the program itself) of `pg_dump` in directory format.
pub fn pg_dump(job: &PgDump<'_>) -> Vec<OsString> {
    let mut argv = words(&["--format=directory", "--verbose", "--no-password"]);
    argv.push(joined("--file=", job.directory.as_os_str()));
    argv.push(format!("--encoding={}", job.encoding).into());
    argv.push(lock_wait(job.lock_wait_timeout));
    match job.code {
        BackupCode::Schema => argv.push("--schema-only".into()),
        BackupCode::Data => argv.push("--data-only".into()),
        BackupCode::Full | BackupCode::Rds | BackupCode::Cluster | BackupCode::Config => {}
    }
    if job.code != BackupCode::Schema && !leaves_large_objects_out(job.extra) {
        // Named explicitly, so that a filter for schemas or tables does not leave them out unasked.
        argv.push(
            if job.client >= PgMajor::new(16) {
                "--large-objects"
            } else {
                "--blobs"
            }
            .into(),
        );
    }
    if let Some(snapshot) = job.snapshot {
        argv.push(format!("--snapshot={snapshot}").into());
    }
    argv.extend(job.extra.words().iter().map(OsString::from));
    argv.push(format!("--dbname={}", job.server.conninfo(job.dbname)).into());
    argv
}

fn leaves_large_objects_out(extra: &ExtraParameters) -> bool {
    extra.has("no-large-objects") || extra.has("no-blobs")
}

/// The arguments of `pg_dumpall` for a whole node; the script goes to standard output, where PgBackMan compresses it
/// itself (trap 1).
pub fn pg_dumpall(
    server: &Server<'_>,
    lock_wait_timeout: Duration,
    extra: &ExtraParameters,
) -> Vec<OsString> {
    let mut argv = words(&["--verbose", "--no-password"]);
    argv.push(lock_wait(lock_wait_timeout));
    argv.extend(extra.words().iter().map(OsString::from));
    argv.push(format!("--dbname={}", server.conninfo("")).into());
    argv
}

/// The arguments that make `pg_restore` list what is in an archive. A damaged archive may pass (trap 3).
pub fn pg_restore_list(archive: &Path) -> Vec<OsString> {
    vec!["--list".into(), "--".into(), archive.into()]
}

/// The arguments that make `pg_restore` write the entries of a list as SQL to standard output.
pub fn pg_restore_script(archive: &Path, list: &Path) -> Vec<OsString> {
    vec![
        joined("--use-list=", list.as_os_str()),
        "--file=-".into(),
        "--".into(),
        archive.into(),
    ]
}

/// What `pg_restore` is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PgRestore<'a> {
    /// Where the database is.
    pub server: Server<'a>,
    /// The database, which exists.
    pub dbname: &'a str,
    /// The archive.
    pub archive: &'a Path,
    /// How many connections restore at once; `None`: one.
    pub jobs: Option<u16>,
    /// All or nothing, in one transaction; not in parallel.
    pub single_transaction: bool,
    /// Whether the entries to restore come on standard input.
    pub listed: bool,
    /// Checked words ([`crate::domain::restore::restore_parameters`]).
    pub words: &'a [String],
}

/// The arguments (without the program itself) of `pg_restore` into a database. It continues after an error, says so, and ends
/// with status 1; in one transaction it stops.
pub fn pg_restore(job: &PgRestore<'_>) -> Vec<OsString> {
    let mut argv = words(&["--verbose", "--no-password"]);
    if let Some(jobs) = job.jobs {
        argv.push(format!("--jobs={jobs}").into());
    } else if job.single_transaction {
        argv.push("--single-transaction".into());
    }
    argv.extend(job.words.iter().map(OsString::from));
    if job.listed {
        argv.push("--use-list=/dev/stdin".into());
    }
    argv.push(format!("--dbname={}", job.server.conninfo(job.dbname)).into());
    argv.push("--".into());
    argv.push(job.archive.into());
    argv
}

/// The arguments that make `pg_restore` write the whole archive as SQL to standard output, with checked words.
pub fn pg_restore_as_sql(archive: &Path, listed: bool, checked: &[String]) -> Vec<OsString> {
    let mut argv = words(&["--verbose"]);
    argv.extend(checked.iter().map(OsString::from));
    if listed {
        argv.push("--use-list=/dev/stdin".into());
    }
    argv.push("--file=-".into());
    argv.push("--".into());
    argv.push(archive.into());
    argv
}

/// The arguments that make `psql` run what comes on standard input and fail at its first error, without the user's `.psqlrc`
/// (trap 6). Its messages do not repeat statements, which may hold password hashes (trap 32).
pub fn psql_stdin(server: &Server<'_>, dbname: &str) -> Vec<OsString> {
    let mut argv = words(&[
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=terse",
        "--file=-",
    ]);
    argv.push(format!("--dbname={}", server.conninfo(dbname)).into());
    argv
}

/// The arguments that make `psql` run a file and fail at its first error, without the user's `.psqlrc` (trap 6).
pub fn psql_file(server: &Server<'_>, dbname: &str, file: &Path) -> Vec<OsString> {
    let mut argv = words(&[
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
    ]);
    argv.push(joined("--file=", file.as_os_str()));
    argv.push(format!("--dbname={}", server.conninfo(dbname)).into());
    argv
}

/// Milliseconds, as every server version reads them without a unit; rounded up, so that no limit becomes none.
fn lock_wait(timeout: Duration) -> OsString {
    let milliseconds = timeout.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128);
    format!("--lock-wait-timeout={milliseconds}").into()
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn joined(option: &str, value: &std::ffi::OsStr) -> OsString {
    let mut word = OsString::from(option);
    word.push(value);
    word
}

#[cfg(test)]
#[path = "argv_tests.rs"]
mod tests;
