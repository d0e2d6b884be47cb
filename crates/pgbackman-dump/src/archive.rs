//! The archive of a database: `pg_dump`, and whether what is on disk is whole: the table of contents, and every file it
//! names (traps 3, 4).

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use pgbackman_core::pgtools::argv;
use pgbackman_core::sys::process::Stdout;

use crate::failure::Failure;
use crate::files::create_log;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::step::Step;
use crate::tool::Tools;

/// How data files of tables end, by compression method.
const DATA_SUFFIXES: [&str; 4] = [".dat", ".dat.gz", ".dat.lz4", ".dat.zst"];

/// Runs `pg_dump`; returns the log of the archive.
pub(crate) async fn dump(
    plan: &Plan,
    snapshot: Option<&str>,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<File, Failure> {
    let log = create_log(&plan.database.log)?;
    let program = plan.dump_program(snapshot);
    let running = tools.start(&program, Stdout::Null, &log)?;
    progress.reached(Step::DumpStarted);
    tools.finish(&program, running).await?;
    progress.reached(Step::DumpEnded);
    Ok(log)
}

/// Checks that the archive is whole; returns its table of contents as `pg_restore` lists it.
pub(crate) async fn list(
    plan: &Plan,
    log: &File,
    tools: &mut Tools<'_>,
) -> Result<String, Failure> {
    let directory = plan.database.artifact.partial_path();
    let listing = tools
        .capture(&plan.pg_restore(argv::pg_restore_list(&directory)), log)
        .await?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    check(&directory, &listing).map_err(|error| {
        Failure::failed(format!(
            "pg_dump ended without an error, but its archive is not whole: {error}"
        ))
    })?;
    Ok(listing)
}

/// What is wrong with an archive, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Incomplete(String);

/// Checks the archive directory against its own table of contents as `pg_restore --list` shows it.
pub(crate) fn check(directory: &Path, listing: &str) -> Result<(), Incomplete> {
    let names = file_names(directory).map_err(|error| {
        Incomplete(format!("{} cannot be listed: {error}", directory.display()))
    })?;
    let toc = directory.join("toc.dat");
    match std::fs::metadata(&toc) {
        Ok(metadata) if metadata.is_file() && metadata.len() > 0 => {}
        Ok(_) => {
            return Err(Incomplete(
                "toc.dat, the archive's table of contents, is empty".to_owned(),
            ));
        }
        Err(error) => {
            return Err(Incomplete(format!(
                "toc.dat, the archive's table of contents, cannot be read: {error}"
            )));
        }
    }
    missing(listing, &names)
}

fn missing(listing: &str, names: &BTreeSet<String>) -> Result<(), Incomplete> {
    for entry in listing.lines().filter_map(entry) {
        let there = match entry.data {
            Data::Table => DATA_SUFFIXES
                .iter()
                .any(|suffix| names.contains(&format!("{}{suffix}", entry.id))),
            // One list of large objects up to 16, one for each group of them since 17.
            Data::LargeObjects => {
                names.contains("blobs.toc") || names.contains(&format!("blobs_{}.toc", entry.id))
            }
        };
        if !there {
            return Err(Incomplete(format!(
                "the data file of the archive's entry \"{}\" is not there",
                entry.line
            )));
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Table,
    LargeObjects,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    id: u64,
    data: Data,
    line: &'a str,
}

/// A line `3512; 0 16387 TABLE DATA public orders me` that says that there is a file with data.
fn entry(line: &str) -> Option<Entry<'_>> {
    let (id, rest) = line.split_once("; ")?;
    let id = id.parse().ok()?;
    // After the two numbers stands the kind, then schema, name and owner, which may hold anything.
    let mut words = rest.splitn(3, ' ');
    let (_class, _object, described) = (words.next()?, words.next()?, words.next()?);
    let data = if described.starts_with("TABLE DATA ") {
        Data::Table
    } else if described.starts_with("BLOBS ") {
        Data::LargeObjects
    } else {
        return None;
    };
    Some(Entry { id, data, line })
}

fn file_names(directory: &Path) -> io::Result<BTreeSet<String>> {
    std::fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = ";\n; Archive created at 2026-11-21 05:00:00 UTC\n;     dbname: x\n;\n\
        3; 2615 2200 SCHEMA - public pg_database_owner\n\
        215; 1259 16385 TABLE public TABLE DATA me\n\
        3320; 0 16385 TABLE DATA public orders me\n\
        3321; 0 0 BLOBS - BLOBS \n\
        3322; 0 0 SEQUENCE SET public s me\n";

    fn names(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_entry_with_data_has_its_file() {
        assert_eq!(
            missing(LISTING, &names(&["toc.dat", "3320.dat.gz", "blobs.toc"])),
            Ok(())
        );
        assert_eq!(
            missing(LISTING, &names(&["3320.dat", "blobs_3321.toc"])),
            Ok(())
        );
        for incomplete in [
            &["3320.dat.gz"][..],
            &["blobs.toc"],
            &["3320.dat.tmp", "blobs.toc"],
            &["215.dat", "blobs.toc"],
        ] {
            assert!(
                missing(LISTING, &names(incomplete)).is_err(),
                "{incomplete:?}"
            );
        }
    }

    #[test]
    fn an_archive_without_a_table_of_contents_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            check(dir.path(), "")
                .unwrap_err()
                .to_string()
                .contains("toc.dat")
        );
        std::fs::write(dir.path().join("toc.dat"), "").unwrap();
        assert!(
            check(dir.path(), "")
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
        std::fs::write(dir.path().join("toc.dat"), "PGDMP").unwrap();
        assert_eq!(check(dir.path(), ""), Ok(()));
    }
}
