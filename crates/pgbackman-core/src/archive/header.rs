//! What stands at the beginning of an archive.

use std::io::BufRead;

use super::error::{ArchiveError, Reason};
use super::input::Input;

/// How an archive lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One file.
    Custom,
    /// A directory with a file for each table.
    Directory,
}

/// How data is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// It is not.
    None,
    /// gzip, in the custom format zlib.
    Gzip,
    /// LZ4 frames.
    Lz4,
    /// Zstandard frames.
    Zstd,
}

/// The header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The minor number of the format's version 1.
    pub minor: u8,
    /// How it lies on disk.
    pub format: Format,
    /// How its data is compressed; the files of a directory say it themselves.
    pub compression: Compression,
    /// The database's name, in the archive's encoding.
    pub dbname: Vec<u8>,
    /// The release of the server, as it said it.
    pub server_version: Vec<u8>,
    /// The release of the `pg_dump` that made it.
    pub dump_version: Vec<u8>,
    /// Bytes of a number and of a place in the file.
    pub(super) int_size: usize,
    pub(super) offset_size: usize,
}

/// Reads the header; the numbers after it have the size that it says.
pub(super) fn read<R: BufRead>(input: &mut Input<R>) -> Result<Header, ArchiveError> {
    if input.array()? != *b"PGDMP" {
        return Err(input.error(Reason::NoArchive));
    }
    let [major, minor, _revision] = input.array()?;
    if major != 1 || !(12..=16).contains(&minor) {
        return Err(input.error(Reason::Version(major, minor)));
    }
    let [int_size, offset_size, format] = input.array()?;
    if !matches!(int_size, 4 | 8) || !matches!(offset_size, 4 | 8) {
        return Err(input.error(Reason::Nonsense("an unknown size of its numbers")));
    }
    input.set_int_size(int_size.into());
    let format = match format {
        1 => Format::Custom,
        // In a directory stands what the format tar has, whose parts it consists of.
        3 => Format::Directory,
        _ => {
            return Err(input.error(Reason::Nonsense(
                "neither the custom nor the directory format",
            )));
        }
    };
    // Since 1.15 the method, before it the level of gzip.
    let compression = if minor >= 15 {
        match input.byte()? {
            0 => Compression::None,
            1 => Compression::Gzip,
            2 => Compression::Lz4,
            3 => Compression::Zstd,
            _ => return Err(input.error(Reason::Nonsense("an unknown compression"))),
        }
    } else if input.int()? == 0 {
        Compression::None
    } else {
        Compression::Gzip
    };
    // Second, minute, hour, day, month, year and daylight saving time of its making.
    for _ in 0..7 {
        input.int()?;
    }
    Ok(Header {
        minor,
        format,
        compression,
        dbname: input.words()?,
        server_version: input.words()?,
        dump_version: input.words()?,
        int_size: int_size.into(),
        offset_size: offset_size.into(),
    })
}
