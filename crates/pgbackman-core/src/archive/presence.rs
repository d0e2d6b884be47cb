//! Which entries of a directory have any data: only the beginnings of its files are read.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::decompress::{self, Packing};
use super::directory::{data_file, list_of_large_objects, names, open};
use super::error::ArchiveError;
use super::header::Format;
use super::toc::Entry;
use super::{Archive, Reason};

/// How a table without rows begins.
const NO_ROWS: &[u8] = b"\\.\n";

/// What an entry has at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// A row of its table.
    Row,
    /// A large object of this number that is not empty.
    LargeObject(u32),
}

impl Archive {
    /// The entries, by their numbers, that have any data. Of an archive in the custom format nothing is said.
    ///
    /// # Errors
    /// A file that is not there or cannot be read.
    pub fn present(&self) -> Result<BTreeMap<u32, Present>, ArchiveError> {
        let mut present = BTreeMap::new();
        if self.header.format != Format::Directory {
            return Ok(present);
        }
        let names = names(&self.path)?;
        for entry in &self.entries {
            let Some(name) = &entry.file else { continue };
            let found = if entry.is("BLOBS") {
                self.large_object(&names, name)
            } else {
                data_file(&self.path, &names, name)
                    .and_then(|(path, packing)| begins_with_row(&path, packing, entry))
                    .map(|has_rows| has_rows.then_some(Present::Row))
            };
            if let Some(found) = found.map_err(|error| error.of(entry))? {
                present.insert(entry.id, found);
            }
        }
        Ok(present)
    }

    /// The first large object of a list that is not empty.
    fn large_object(
        &self,
        names: &std::collections::BTreeSet<Vec<u8>>,
        name: &[u8],
    ) -> Result<Option<Present>, ArchiveError> {
        let (list, _) = list_of_large_objects(&self.path, names, name)?;
        for line in BufReader::new(open(&list)?).lines() {
            let line = line.map_err(|error| ArchiveError::io(&list, 0, error))?;
            let Some((number, file)) = line.split_once(' ') else {
                return Err(ArchiveError::new(&list, 0, Reason::Short));
            };
            let (path, packing) = data_file(&self.path, names, file.as_bytes())?;
            if let Ok(number) = number.parse()
                && !beginning(&path, packing)?.is_empty()
            {
                return Ok(Some(Present::LargeObject(number)));
            }
        }
        Ok(None)
    }
}

fn begins_with_row(path: &Path, packing: Packing, entry: &Entry) -> Result<bool, ArchiveError> {
    let beginning = beginning(path, packing)?;
    Ok(if entry.copy.is_empty() {
        beginning.iter().any(|byte| *byte != b'\n')
    } else {
        !beginning.is_empty() && !beginning.starts_with(NO_ROWS)
    })
}

/// The first piece of a file, unpacked.
fn beginning(path: &Path, packing: Packing) -> Result<Vec<u8>, ArchiveError> {
    let enough = AtomicBool::new(false);
    let mut kept = Vec::new();
    let read = decompress::unpack_read(
        open(path)?,
        packing,
        &mut |piece: &[u8]| {
            kept.extend_from_slice(&piece[..piece.len().min(NO_ROWS.len())]);
            enough.store(kept.len() >= NO_ROWS.len(), Ordering::Relaxed);
        },
        &enough,
    );
    match read {
        Err(error) if !enough.load(Ordering::Relaxed) => Err(super::data::broken(error, path, 0)),
        _ => Ok(kept),
    }
}
