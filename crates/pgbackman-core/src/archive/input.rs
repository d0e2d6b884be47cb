//! The numbers and texts of an archive, read one after the other.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::error::{ArchiveError, Reason};

/// No text of an archive is longer: PostgreSQL's own limit of a value.
const LONGEST: u64 = 1 << 30;

/// A file that is read from its beginning, with the place that was reached.
#[derive(Debug)]
pub(super) struct Input<R> {
    reader: R,
    file: PathBuf,
    offset: u64,
    /// Bytes of a number, as the header says.
    int_size: usize,
}

impl<R: BufRead> Input<R> {
    pub(super) fn new(reader: R, file: &Path) -> Self {
        Self {
            reader,
            file: file.to_owned(),
            offset: 0,
            int_size: 4,
        }
    }

    /// Goes on as a header says, at a place that was reached.
    pub(super) const fn at(mut self, offset: u64, int_size: usize) -> Self {
        self.offset = offset;
        self.int_size = int_size;
        self
    }

    pub(super) const fn set_int_size(&mut self, size: usize) {
        self.int_size = size;
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn error(&self, reason: Reason) -> ArchiveError {
        ArchiveError::new(&self.file, self.offset, reason)
    }

    fn io(&self, error: std::io::Error) -> ArchiveError {
        ArchiveError::io(&self.file, self.offset, error)
    }

    pub(super) fn is_at_end(&mut self) -> Result<bool, ArchiveError> {
        match self.reader.fill_buf() {
            Ok(ahead) => Ok(ahead.is_empty()),
            Err(error) => Err(self.io(error)),
        }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let mut bytes = [0; N];
        match self.reader.read_exact(&mut bytes) {
            Ok(()) => {
                self.offset += N as u64;
                Ok(bytes)
            }
            Err(error) => Err(self.io(error)),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, ArchiveError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number: its sign, then its bytes, the lowest first.
    pub(super) fn int(&mut self) -> Result<i64, ArchiveError> {
        let negative = self.byte()? != 0;
        let mut value = 0_i64;
        for at in 0..self.int_size {
            let byte = i64::from(self.byte()?);
            if at >= 7 && byte != 0 {
                return Err(self.error(Reason::Nonsense("a number that is too large")));
            }
            if at < 7 {
                value |= byte << (8 * at);
            }
        }
        Ok(if negative { -value } else { value })
    }

    /// A text, or none. Memory is taken as the bytes come, not as their length claims.
    pub(super) fn text(&mut self) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Ok(length) = u64::try_from(self.int()?) else {
            return Ok(None);
        };
        if length > LONGEST {
            return Err(self.error(Reason::Nonsense("a text that is too long")));
        }
        let mut text = Vec::new();
        let read = self.reader.by_ref().take(length).read_to_end(&mut text);
        let read = read.map_err(|error| self.io(error))?;
        self.offset += read as u64;
        if (read as u64) < length {
            return Err(self.error(Reason::Short));
        }
        Ok(Some(text))
    }

    /// A text; none is an empty one.
    pub(super) fn words(&mut self) -> Result<Vec<u8>, ArchiveError> {
        Ok(self.text()?.unwrap_or_default())
    }

    /// Reads a part of what comes, as [`Read`] does.
    pub(super) fn some(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.offset += read as u64;
        Ok(read)
    }
}
