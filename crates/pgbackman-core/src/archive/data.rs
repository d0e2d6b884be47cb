//! The data of an entry: how much it is, and whether it is whole.

use std::ffi::OsString;

use super::decompress::Broken;
use super::error::{ArchiveError, Reason};
use super::toc::Entry;

/// How the rows of COPY end in an archive.
const END_OF_ROWS: &[u8] = b"\\.\n\n\n";

/// How a table's INSERT statements end.
const END_OF_INSERTS: &[u8] = b"\n\n";

/// How much data an entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Rows of a table.
    Rows(u64),
    /// INSERT statements of a table. One may have several rows (`--rows-per-insert`).
    Inserts(u64),
    /// Large objects.
    LargeObjects(u64),
}

/// What was read of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The entry's number.
    pub id: u32,
    /// How much data it has.
    pub amount: Amount,
    /// Bytes, unpacked.
    pub bytes: u64,
}

/// What an archive holds beside its table of contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Every entry with data.
    pub measured: Vec<Measured>,
    /// Files in the directory that no entry names.
    pub unlisted: Vec<OsString>,
}

impl Contents {
    /// How much data an entry has.
    pub fn of(&self, id: u32) -> Option<Amount> {
        let found = self.measured.iter().find(|one| one.id == id)?;
        Some(found.amount)
    }

    /// All rows of COPY together.
    pub fn rows(&self) -> u64 {
        let rows = self.measured.iter().map(|one| match one.amount {
            Amount::Rows(rows) => rows,
            Amount::Inserts(_) | Amount::LargeObjects(_) => 0,
        });
        rows.sum()
    }

    /// All INSERT statements together.
    pub fn inserts(&self) -> u64 {
        let statements = self.measured.iter().map(|one| match one.amount {
            Amount::Inserts(statements) => statements,
            Amount::Rows(_) | Amount::LargeObjects(_) => 0,
        });
        statements.sum()
    }

    /// All large objects together.
    pub fn large_objects(&self) -> u64 {
        let objects = self.measured.iter().map(|one| match one.amount {
            Amount::LargeObjects(objects) => objects,
            Amount::Rows(_) | Amount::Inserts(_) => 0,
        });
        objects.sum()
    }

    /// All bytes together, unpacked.
    pub fn bytes(&self) -> u64 {
        self.measured.iter().map(|one| one.bytes).sum()
    }
}

/// Watches the data of a table go by.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: u64,
    lines: u64,
    /// Where the data are statements.
    inserts: Option<Inserts>,
    /// The last bytes: as many as tell the end mark from a row that ends like it.
    tail: Vec<u8>,
}

impl Rows {
    /// The data of this entry.
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            bytes: 0,
            lines: 0,
            inserts: entry.copy.is_empty().then(Inserts::default),
            tail: Vec::new(),
        }
    }

    pub(super) fn see(&mut self, piece: &[u8]) {
        const KEPT: usize = END_OF_ROWS.len() + 1;
        self.bytes += piece.len() as u64;
        if let Some(inserts) = &mut self.inserts {
            inserts.see(piece);
        }
        self.lines += piece
            .iter()
            .map(|byte| u64::from(*byte == b'\n'))
            .sum::<u64>();
        self.tail
            .extend_from_slice(&piece[piece.len().saturating_sub(KEPT)..]);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many rows there were; an error where the end mark is not there.
    pub(super) fn finish(&self, entry: &Entry) -> Result<Measured, Reason> {
        let amount = if let Some(inserts) = &self.inserts {
            if !self.tail.ends_with(END_OF_INSERTS) || inserts.inside.is_some() {
                return Err(Reason::NoEndMark);
            }
            Amount::Inserts(inserts.statements)
        } else {
            // The mark is a line of its own.
            let before = self
                .tail
                .strip_suffix(END_OF_ROWS)
                .ok_or(Reason::NoEndMark)?;
            if !matches!(before, [] | [.., b'\n']) {
                return Err(Reason::NoEndMark);
            }
            Amount::Rows(self.lines - 3)
        };
        Ok(Measured {
            id: entry.id,
            amount,
            bytes: self.bytes,
        })
    }
}

/// Counts statements: the semicolons outside quotes. `pg_dump` writes a quote in a value twice, whatever
/// `standard_conforming_strings` is, so a backslash ends no value.
#[derive(Debug, Default)]
struct Inserts {
    statements: u64,
    /// The quote that will end the value or name that is being read.
    inside: Option<u8>,
}

impl Inserts {
    fn see(&mut self, piece: &[u8]) {
        for &byte in piece {
            match (self.inside, byte) {
                (Some(quote), _) if byte == quote => self.inside = None,
                (None, b'\'' | b'"') => self.inside = Some(byte),
                (None, b';') => self.statements += 1,
                (Some(_) | None, _) => {}
            }
        }
    }
}

/// A broken stream, as an archive's error.
pub(super) fn broken(broken: Broken, file: &std::path::Path, offset: u64) -> ArchiveError {
    match broken {
        Broken::Io(error) => ArchiveError::io(file, offset, error),
        Broken::Trailing => ArchiveError::new(file, offset, Reason::Trailing),
    }
}
