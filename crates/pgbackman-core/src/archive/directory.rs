//! The data files of an archive in directory format.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZero;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::data::{Amount, Contents, Measured, Rows, broken};
use super::decompress::{self, Packing};
use super::error::{ArchiveError, Reason};
use super::toc::Entry;
use super::{TOC, parallel};

/// The suffix of a data file says how it is compressed.
const SUFFIXES: [(&str, Packing); 4] = [
    ("", Packing::Plain),
    (".gz", Packing::Gzip),
    (".lz4", Packing::Lz4),
    (".zst", Packing::Zstd),
];

/// No line of a list of large objects is longer: a number and a name.
const LONGEST_LINE: u64 = 4096;

pub(super) fn read(
    directory: &Path,
    entries: &[Entry],
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Result<Contents, ArchiveError> {
    let names = names(directory)?;
    let files: Vec<(&Entry, &[u8])> = entries
        .iter()
        .filter_map(|entry| Some((entry, entry.file.as_deref()?)))
        .collect();
    let read = parallel::each(&files, threads, |(entry, name)| {
        measure(directory, &names, entry, name, stop).map_err(|error| error.of(entry))
    })?;
    let mut unlisted = names;
    unlisted.remove(TOC.as_bytes());
    let mut measured = Vec::with_capacity(read.len());
    for (one, paths) in read {
        measured.push(one);
        for name in paths.iter().filter_map(|path| path.file_name()) {
            unlisted.remove(name.as_bytes());
        }
    }
    let unlisted = unlisted.into_iter().map(OsString::from_vec).collect();
    Ok(Contents { measured, unlisted })
}

pub(super) fn check(directory: &Path, entries: &[Entry]) -> Result<(), ArchiveError> {
    let names = names(directory)?;
    for entry in entries {
        if let Some(name) = &entry.file {
            let found = if entry.is("BLOBS") {
                list_of_large_objects(directory, &names, name)
            } else {
                data_file(directory, &names, name)
            };
            found.map_err(|error| error.of(entry))?;
        }
    }
    Ok(())
}

pub(super) fn names(directory: &Path) -> Result<BTreeSet<Vec<u8>>, ArchiveError> {
    let read = || {
        std::fs::read_dir(directory)?
            .map(|entry| Ok(entry?.file_name().as_bytes().to_owned()))
            .collect::<io::Result<_>>()
    };
    read().map_err(|error| ArchiveError::io(directory, 0, error))
}

/// Reads the data of an entry; also says which files they were.
fn measure(
    directory: &Path,
    names: &BTreeSet<Vec<u8>>,
    entry: &Entry,
    name: &[u8],
    stop: &AtomicBool,
) -> Result<(Measured, Vec<PathBuf>), ArchiveError> {
    if entry.is("BLOBS") {
        return large_objects(directory, names, entry, name, stop);
    }
    let (path, packing) = data_file(directory, names, name)?;
    let mut rows = Rows::of(entry);
    unpack(&path, packing, &mut |piece| rows.see(piece), stop)?;
    let measured = rows
        .finish(entry)
        .map_err(|reason| ArchiveError::new(&path, rows.bytes(), reason))?;
    Ok((measured, vec![path]))
}

/// Finds a data file, by the name that the archive gives it, which must be a bare name. The uncompressed one is looked
/// for first, as `pg_restore` does.
pub(super) fn data_file(
    directory: &Path,
    names: &BTreeSet<Vec<u8>>,
    name: &[u8],
) -> Result<(PathBuf, Packing), ArchiveError> {
    let plain = directory.join(OsStr::from_bytes(name));
    if name.contains(&b'/') || matches!(name, b"" | b"." | b"..") {
        let reason = Reason::Nonsense("the name of a data file that contains a path");
        return Err(ArchiveError::new(&plain, 0, reason));
    }
    SUFFIXES
        .iter()
        .find_map(|(suffix, packing)| {
            let full = [name, suffix.as_bytes()].concat();
            let found = names.contains(&full);
            found.then(|| (directory.join(OsStr::from_bytes(&full)), *packing))
        })
        .ok_or_else(|| ArchiveError::new(&plain, 0, Reason::Missing))
}

/// The list of large objects, which is never compressed.
pub(super) fn list_of_large_objects(
    directory: &Path,
    names: &BTreeSet<Vec<u8>>,
    name: &[u8],
) -> Result<(PathBuf, Packing), ArchiveError> {
    let (path, packing) = data_file(directory, names, name)?;
    if packing != Packing::Plain {
        return Err(ArchiveError::new(&path, 0, Reason::Missing));
    }
    Ok((path, packing))
}

fn large_objects(
    directory: &Path,
    names: &BTreeSet<Vec<u8>>,
    entry: &Entry,
    name: &[u8],
    stop: &AtomicBool,
) -> Result<(Measured, Vec<PathBuf>), ArchiveError> {
    let (list, _) = list_of_large_objects(directory, names, name)?;
    let at = |offset: u64, reason| ArchiveError::new(&list, offset, reason);
    let mut reader = BufReader::new(open(&list)?);
    let mut paths = vec![list.clone()];
    let (mut offset, mut count, mut bytes) = (0_u64, 0, 0);
    loop {
        let mut line = Vec::new();
        let read = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| ArchiveError::io(&list, offset, error))?;
        if read == 0 {
            break;
        }
        let Some(words) = line.strip_suffix(b"\n") else {
            return Err(at(offset, Reason::Short));
        };
        let mut words = words.splitn(2, |byte| *byte == b' ');
        let (number, file) = (words.next().unwrap_or_default(), words.next());
        let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
        let (true, Some(file)) = (is_number, file) else {
            return Err(at(
                offset,
                Reason::Nonsense("a line that names no large object"),
            ));
        };
        let (path, packing) = data_file(directory, names, file)?;
        unpack(
            &path,
            packing,
            &mut |piece| bytes += piece.len() as u64,
            stop,
        )?;
        paths.push(path);
        count += 1;
        offset += read as u64;
    }
    let measured = Measured {
        id: entry.id,
        amount: Amount::LargeObjects(count),
        bytes,
    };
    Ok((measured, paths))
}

pub(super) fn open(path: &Path) -> Result<File, ArchiveError> {
    File::open(path).map_err(|error| ArchiveError::io(path, 0, error))
}

fn unpack(
    path: &Path,
    packing: Packing,
    see: &mut dyn FnMut(&[u8]),
    stop: &AtomicBool,
) -> Result<(), ArchiveError> {
    let mut unpacked = 0;
    let result = decompress::unpack_read(
        open(path)?,
        packing,
        &mut |piece: &[u8]| {
            unpacked += piece.len() as u64;
            see(piece);
        },
        stop,
    );
    result.map_err(|error| broken(error, path, unpacked))
}
