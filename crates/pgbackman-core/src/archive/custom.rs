//! The data blocks of an archive in custom format, in the order in which they stand behind the table of contents.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::data::{Amount, Contents, Measured, Rows, broken};
use super::decompress::{self, Packing};
use super::error::{ArchiveError, Reason};
use super::header::{Compression, Header};
use super::input::Input;
use super::toc::Entry;

/// How a block with the rows of a table begins.
const ROWS: u8 = 1;
/// How a block with large objects begins.
const LARGE_OBJECTS: u8 = 3;

pub(super) fn read(
    path: &Path,
    header: &Header,
    entries: &[Entry],
    data_at: u64,
    stop: &AtomicBool,
) -> Result<Contents, ArchiveError> {
    let mut file = File::open(path).map_err(|error| ArchiveError::io(path, 0, error))?;
    file.seek(SeekFrom::Start(data_at))
        .map_err(|error| ArchiveError::io(path, data_at, error))?;
    let mut input = Input::new(BufReader::new(file), path).at(data_at, header.int_size);
    let packing = match header.compression {
        Compression::None => Packing::Plain,
        Compression::Gzip => Packing::Zlib,
        Compression::Lz4 => Packing::Lz4,
        Compression::Zstd => Packing::Zstd,
    };
    let mut waiting: BTreeMap<u32, &Entry> = entries
        .iter()
        .filter(|entry| entry.has_data)
        .map(|entry| (entry.id, entry))
        .collect();
    let mut measured = Vec::new();
    while !input.is_at_end()? {
        let block = input.byte()?;
        let id = input.int()?;
        let entry = u32::try_from(id).ok().and_then(|id| waiting.remove(&id));
        let Some(entry) = entry else {
            return Err(input.error(Reason::Nonsense(
                "data that belongs to no entry, or data of an entry twice",
            )));
        };
        let one = match block {
            ROWS => rows(&mut input, packing, entry, stop),
            LARGE_OBJECTS => large_objects(&mut input, packing, entry, stop),
            _ => Err(input.error(Reason::Nonsense("an unknown kind of data"))),
        };
        measured.push(one.map_err(|error| error.of(entry))?);
    }
    if let Some(entry) = waiting.into_values().next() {
        return Err(input.error(Reason::Missing).of(entry));
    }
    Ok(Contents {
        measured,
        unlisted: Vec::new(),
    })
}

fn rows<R: BufRead>(
    input: &mut Input<R>,
    packing: Packing,
    entry: &Entry,
    stop: &AtomicBool,
) -> Result<Measured, ArchiveError> {
    let mut rows = Rows::of(entry);
    unpack(input, packing, &mut |piece| rows.see(piece), stop)?;
    rows.finish(entry).map_err(|reason| input.error(reason))
}

fn large_objects<R: BufRead>(
    input: &mut Input<R>,
    packing: Packing,
    entry: &Entry,
    stop: &AtomicBool,
) -> Result<Measured, ArchiveError> {
    let (mut count, mut bytes) = (0, 0);
    // Each begins with its OID; 0 ends them.
    while input.int()? != 0 {
        unpack(
            input,
            packing,
            &mut |piece| bytes += piece.len() as u64,
            stop,
        )?;
        count += 1;
    }
    Ok(Measured {
        id: entry.id,
        amount: Amount::LargeObjects(count),
        bytes,
    })
}

fn unpack<R: BufRead>(
    input: &mut Input<R>,
    packing: Packing,
    see: &mut dyn FnMut(&[u8]),
    stop: &AtomicBool,
) -> Result<(), ArchiveError> {
    let mut chunks = Chunks {
        input,
        left: 0,
        ended: false,
        failed: None,
    };
    // Nothing is written where there is nothing to compress.
    let is_empty = matches!(chunks.fill(), Ok(true));
    let result = if is_empty && chunks.failed.is_none() {
        Ok(())
    } else {
        decompress::unpack_read(&mut chunks, packing, see, stop)
    };
    let failed = chunks.failed.take();
    let offset = chunks.input.offset();
    match (failed, result) {
        (Some(error), _) => Err(error),
        (None, result) => result.map_err(|error| broken(error, input.file(), offset)),
    }
}

/// The pieces of one stream: each with its length, the last one of length 0.
struct Chunks<'i, R> {
    input: &'i mut Input<R>,
    left: u64,
    ended: bool,
    /// What went wrong between the pieces, which [`io::Error`] cannot tell.
    failed: Option<ArchiveError>,
}

impl<R: BufRead> Chunks<'_, R> {
    /// Takes the next length where a piece is at its end; returns whether the stream has ended.
    fn fill(&mut self) -> io::Result<bool> {
        if self.left > 0 || self.ended {
            return Ok(self.ended);
        }
        let length = self.input.int().and_then(|length| {
            u64::try_from(length).map_err(|_negative| {
                self.input
                    .error(Reason::Nonsense("an invalid length of data"))
            })
        });
        match length {
            Ok(length) => {
                self.left = length;
                self.ended = length == 0;
                Ok(self.ended)
            }
            Err(error) => {
                self.failed.get_or_insert(error);
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

impl<R: BufRead> Read for Chunks<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.fill()? {
            return Ok(0);
        }
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = self.input.some(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
