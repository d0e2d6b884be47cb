//! The script of a CLUSTER backup, read to the end mark of `pg_dumpall`.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

use super::Counted;
use crate::pgtools::scripts::script_end::Watched;
use crate::pgtools::sql_statements::{Statement, Statements};

/// Bytes of the script that are read at once.
const READ_AT_ONCE: usize = 256 * 1024;

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
pub(super) fn read(path: &Path, stop: &AtomicBool) -> Result<Counted, NotWhole> {
    let failed = |bytes, source| NotWhole {
        path: path.to_owned(),
        bytes,
        source,
    };
    let file = File::open(path).map_err(|error| failed(0, error))?;
    let mut script = Watched::new(Stoppable {
        reader: MultiGzDecoder::new(BufReader::with_capacity(READ_AT_ONCE, file)),
        stop,
    });
    let counted = count(&mut script).and_then(|counted| script.check().map(|()| counted));
    match counted {
        Ok(counted) => Ok(Counted {
            unpacked: script.bytes_read(),
            ..counted
        }),
        Err(error) => Err(failed(script.bytes_read(), error)),
    }
}

fn count(script: impl Read) -> io::Result<Counted> {
    let mut found = Counted::default();
    let mut statements = Statements::new(BufReader::with_capacity(READ_AT_ONCE, script));
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
    Ok(found)
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

/// A reader that ends early once `stop` is set.
struct Stoppable<'s, R> {
    reader: R,
    stop: &'s AtomicBool,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("reading was cancelled"));
        }
        self.reader.read(buffer)
    }
}
