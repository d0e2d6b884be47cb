//! The script of a CLUSTER backup, read to the end mark of `pg_dumpall`.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

use crate::pgtools::scripts::script_end::ScriptEnd;
use crate::pgtools::sql_statements::{Statement, Statements};

/// Bytes of the script that are read at once.
const READ_AT_ONCE: usize = 256 * 1024;

/// What a script holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Script {
    /// Rows of COPY.
    pub rows: u64,
    /// INSERT statements.
    pub inserts: u64,
    /// Large objects.
    pub large_objects: u64,
    /// Its bytes, unpacked.
    pub bytes: u64,
}

/// Why a script is not whole.
#[derive(Debug, Error)]
#[error("{}, after {bytes} bytes of the script: {source}", path.display())]
pub struct NotWhole {
    path: PathBuf,
    bytes: u64,
    source: io::Error,
}

/// Reads a compressed script to its end.
///
/// # Errors
/// A file that cannot be read or unpacked, a script that ends inside a statement or without the end mark.
pub fn read(path: &Path, stop: &AtomicBool) -> Result<Script, NotWhole> {
    let failed = |bytes, source| NotWhole {
        path: path.to_owned(),
        bytes,
        source,
    };
    let file = File::open(path).map_err(|error| failed(0, error))?;
    let mut watched = Watched {
        script: MultiGzDecoder::new(BufReader::with_capacity(READ_AT_ONCE, file)),
        end: ScriptEnd::default(),
        bytes: 0,
        stop,
    };
    match count(&mut watched) {
        Ok(script) => Ok(Script {
            bytes: watched.bytes,
            ..script
        }),
        Err(error) => Err(failed(watched.bytes, error)),
    }
}

fn count<R: Read>(watched: &mut Watched<'_, R>) -> io::Result<Script> {
    let mut found = Script::default();
    let mut statements = Statements::new(BufReader::with_capacity(READ_AT_ONCE, &mut *watched));
    while let Some(statement) = statements.read_next()? {
        if statement.is_copy_from_stdin() {
            let mut lines = Lines(0);
            statements.copy_data(&mut lines)?;
            // The end of the line of COPY itself, and the mark that ends the rows.
            found.rows += lines.0.saturating_sub(2);
        } else if statement.begins(&["insert", "into"]) {
            found.inserts += 1;
        } else if makes_large_object(&statement) {
            found.large_objects += 1;
        }
    }
    if watched.end.is_whole() {
        return Ok(found);
    }
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "it does not end with the end mark of pg_dumpall, so that a part of it is missing",
    ))
}

/// `SELECT pg_catalog.lo_create('16412');`, the statement that `pg_dumpall` writes for each of them.
fn makes_large_object(statement: &Statement) -> bool {
    statement.begins(&["select", "pg_catalog"])
        && statement
            .tokens
            .get(3)
            .is_some_and(|token| token.is_word("lo_create"))
}

/// Counts lines.
struct Lines(u64);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes
            .iter()
            .map(|byte| u64::from(*byte == b'\n'))
            .sum::<u64>();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Passes a script on, counts it and keeps its end.
struct Watched<'s, R> {
    script: R,
    end: ScriptEnd,
    bytes: u64,
    stop: &'s AtomicBool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("reading was given up"));
        }
        let read = self.script.read(buffer)?;
        self.end.see(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
