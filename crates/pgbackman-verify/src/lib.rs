//! `pgbackman_verify`: proves backups by their files.
//!
//! `core::proof` has the levels; this program finds the backups below the paths that it is given and writes what came out.
#![forbid(unsafe_code)]

pub mod args;
mod output;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use clap::Parser as _;
use pgbackman_core::domain::backup::names;
use pgbackman_core::exit_code::ExitCode as Code;
use pgbackman_core::proof::{Level, NoBackup, NotProven, Proven, Subject, in_directory, prove};

use thiserror::Error;

use args::{Args, Format};

/// The table of contents of an archive: a directory that has it is one backup.
const TOC: &str = "toc.dat";

/// What came of one backup.
#[derive(Debug)]
struct Outcome {
    /// How it was named.
    path: PathBuf,
    /// What was proven, or why not.
    result: Result<Proven, Reason>,
    /// How long it took.
    took: Duration,
}

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => Code::Success.into(),
        Ok(false) => Code::Failure.into(),
        Err(error) => {
            // A closed standard error is nobody's concern.
            let _ = writeln!(io::stderr(), "pgbackman_verify: {error}");
            Code::Failure.into()
        }
    }
}

/// Proves every backup; whether all are proven.
fn run(args: &Args) -> io::Result<bool> {
    let (mut out, level) = (io::stdout().lock(), args.level);
    let mut outcomes = Vec::new();
    for path in &args.paths {
        for outcome in outcomes_of(path, level, args)? {
            if args.output == Format::Text {
                writeln!(out, "{}", output::line(&outcome, level))?;
                out.flush()?;
            }
            outcomes.push(outcome);
        }
    }
    let proven = outcomes.iter().filter(|one| one.result.is_ok()).count();
    match args.output {
        Format::Text => writeln!(
            out,
            "{proven} of {} backups proven ({level})",
            outcomes.len()
        )?,
        Format::Json => output::document(&outcomes, level, &mut out)?,
    }
    out.flush()?;
    Ok(proven == outcomes.len() && !outcomes.is_empty())
}

/// Proves what a path stands for, one backup after the other.
fn outcomes_of(
    path: &Path,
    level: Level,
    args: &Args,
) -> io::Result<impl Iterator<Item = Outcome>> {
    let found = backups(path)?;
    let nothing = found.is_empty().then(|| Outcome {
        path: path.to_owned(),
        result: Err(Reason::Empty(path.to_owned())),
        took: Duration::ZERO,
    });
    let proven = found.into_iter().map(move |path| {
        let begun = Instant::now();
        Outcome {
            result: prove_one(&path, level, args),
            took: begun.elapsed(),
            path,
        }
    });
    Ok(nothing.into_iter().chain(proven))
}

/// The backups that a path stands for; none where it is a directory without any.
fn backups(path: &Path) -> io::Result<Vec<PathBuf>> {
    let has_archives_name = path.to_string_lossy().ends_with(names::DATABASE);
    if !path.is_dir() || path.join(TOC).exists() || has_archives_name {
        return Ok(vec![path.to_owned()]);
    }
    in_directory(path).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot list {}: {error}", path.display()),
        )
    })
}

fn prove_one(path: &Path, level: Level, args: &Args) -> Result<Proven, Reason> {
    let never = AtomicBool::new(false);
    let subject = Subject::open(path)?;
    Ok(prove(&subject, level, args.threads(), &never)?)
}

/// Why a backup is not proven.
#[derive(Debug, Error)]
enum Reason {
    /// There is none in a directory.
    #[error("{} contains no backup", .0.display())]
    Empty(PathBuf),
    /// There is none.
    #[error(transparent)]
    NoBackup(#[from] NoBackup),
    /// It is not what it should be.
    #[error(transparent)]
    NotProven(#[from] NotProven),
}
