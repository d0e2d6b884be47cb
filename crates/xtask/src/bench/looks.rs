//! The daily look of `pgbackman_maintenance` at the files of all backups, beside `find`, which asks for the size of each, too.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use super::copies::{self, Kind, Original};
use super::dumps::{job_of, remove_backups};
use super::purge::{DATABASE, enough_definitions, pass};
use super::report::Report;
use super::timing::{Pair, time};
use super::{Bench, catalogue};
use crate::installation;
use crate::process::run;
use crate::task::{Context, Result, TaskError, step};

/// The backups that are checked.
const BACKUPS: usize = 1000;
/// The files that each has more than an empty database.
const MORE_FILES: usize = 990;
/// The backups' numbers begin here, behind those of other measurements.
const FIRST: usize = 1_000_000;
/// What a file is proven by; nobody reads it.
const SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Measures it.
pub(super) fn million_files(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("a million files of backups");
    enough_definitions(bench)?;
    remove_backups(bench)?;
    installation::run_job(&job_of(bench, DATABASE)?, bench.layout, bench.account)?;
    let original = Original::newest(bench)?;
    remove_backups(bench)?;
    let directory = copies::node_directory(bench);
    let numbers = FIRST..FIRST + BACKUPS;
    original.write(bench, &directory, numbers.clone(), Kind::Of20)?;
    for number in numbers.clone() {
        add_files(bench, &directory, number)?;
    }
    original.insert(bench, numbers, 0, Kind::Of20)?;
    let larger = format!(
        "UPDATE backup_catalog SET pg_dump_file_size = pg_dump_file_size + {MORE_FILES} \
         WHERE pg_dump_file LIKE '%/copy-%'"
    );
    catalogue::sql(bench, &larger)?;
    // Its files were removed: it would be found damaged.
    let original = "DELETE FROM backup_catalog WHERE pg_dump_file NOT LIKE '%/copy-%'";
    catalogue::sql(bench, original)?;
    let mut last = (0, 0);
    let pair = Pair::measure(
        3,
        || {
            catalogue::sql(bench, "DELETE FROM file_look")?;
            let pass = pass(bench)?;
            last = (pass.peak, pass.statements);
            check(bench)?;
            Ok(pass.took)
        },
        || time(|| find(&directory)),
    )?;
    let files = count(bench, &directory)?;
    report.pair(
        &format!(
            "maintenance, the daily look at {BACKUPS} backups of {files} files, compared with find ({} MiB, {} \
             statements)",
            last.0 / 1024,
            last.1
        ),
        pair,
        "",
    );
    catalogue::sql(
        bench,
        "DELETE FROM backup_catalog WHERE pg_dump_file LIKE '%/copy-%'",
    )?;
    remove_backups(bench)
}

/// Gives a backup more files of a byte, and its manifest their names.
fn add_files(bench: &Bench<'_>, directory: &Path, number: usize) -> Result<()> {
    let owner = copies::owner(bench);
    let stem = copies::stem(number);
    let archive = format!("{stem}-DATABASE.sql");
    let dump = directory.join("dump");
    let mut listed = String::new();
    for file in 0..MORE_FILES {
        let path = format!("{archive}/{}.dat", 100_000 + file);
        copies::write_file(&dump.join(&path), b"x", owner)?;
        // Writing to a String cannot fail.
        let _ = write!(
            listed,
            "{{\"part\": \"database\", \"path\": \"{path}\", \"size\": 1, \"sha256\": \"{SHA256}\"}}, "
        );
    }
    let path = dump.join(format!("{stem}-MANIFEST.json"));
    let failed = || format!("could not change {}", path.display());
    let text = std::fs::read_to_string(&path).context(failed)?;
    let (before, after) = text
        .split_once("\"files\"")
        .and_then(|(before, rest)| Some((before, rest.split_once('[')?.1)))
        .ok_or_else(|| TaskError::new("the manifest lists no files"))?;
    let text = format!("{before}\"files\": [{listed}{after}");
    std::fs::write(&path, text).context(failed)
}

/// What a look asks for, by another program.
fn find(directory: &Path) -> Result<()> {
    let nowhere = File::create("/dev/null").context(|| "could not open /dev/null".into())?;
    run(Command::new("find")
        .arg(directory)
        .args(["-type", "f", "-printf", "%s\\n"])
        .stdout(Stdio::from(nowhere)))
}

fn count(bench: &Bench<'_>, directory: &Path) -> Result<usize> {
    let list = bench.layout.at("tmp/files");
    let file = File::create(&list).context(|| "could not list the files".into())?;
    run(Command::new("find")
        .arg(directory)
        .args(["-type", "f", "-printf", "\\n"])
        .stdout(Stdio::from(file)))?;
    let length = std::fs::metadata(&list).context(|| "could not list the files".into())?;
    usize::try_from(length.len()).map_err(|_| TaskError::new("too many files"))
}

/// Every backup has been checked, and is whole.
fn check(bench: &Bench<'_>) -> Result<()> {
    let whole = "SELECT count(*) FROM backup_catalog WHERE files_state = 'whole'";
    let whole = catalogue::sql(bench, whole)?;
    if whole.trim() == BACKUPS.to_string() {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "only {} of {BACKUPS} backups were found complete",
            whole.trim()
        )))
    }
}
