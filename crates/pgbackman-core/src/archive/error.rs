//! What is wrong with an archive.

use std::io;
use std::path::{Path, PathBuf};

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}, at byte {offset}: {reason}{}", file.display(), described(of.as_deref()))]
pub struct ArchiveError {
    /// The file.
    pub file: PathBuf,
    /// How many bytes of it (of its uncompressed contents, where it is compressed) had been read.
    pub offset: u64,
    /// The entry to which the data belongs.
    pub of: Option<String>,
    /// What is wrong.
    #[source]
    pub reason: Reason,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The operating system's refusal, or a decompressor's complaint.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file ends before what must come.
    #[error("the file ends too early")]
    Short,
    /// It does not begin as an archive does.
    #[error("this is not an archive of pg_dump")]
    NoArchive,
    /// A version of the archive format that this release does not know.
    #[error(
        "this archive has version {0}.{1} of pg_dump's archive format, but PgBackMan reads versions 1.12 to 1.16; use \
         a newer release of PgBackMan"
    )]
    Version(u8, u8),
    /// A value that no archive has.
    #[error("the archive is damaged, it contains {0}")]
    Nonsense(&'static str),
    /// Rows without the mark that ends them.
    #[error("the rows do not end with pg_dump's end mark, so rows are missing")]
    NoEndMark,
    /// Bytes behind the end.
    #[error("there are extra bytes after the end of the data")]
    Trailing,
    /// An entry without its data.
    #[error("the data of an entry is missing")]
    Missing,
}

impl ArchiveError {
    pub(super) fn new(file: &Path, offset: u64, reason: Reason) -> Self {
        Self {
            file: file.to_owned(),
            offset,
            of: None,
            reason,
        }
    }

    /// An error of reading; an end that came too early is told apart.
    pub(super) fn io(file: &Path, offset: u64, error: io::Error) -> Self {
        let reason = if error.kind() == io::ErrorKind::UnexpectedEof {
            Reason::Short
        } else {
            Reason::Io(error)
        };
        Self::new(file, offset, reason)
    }

    /// Says to which entry the data belongs.
    pub(super) fn of(mut self, entry: &super::Entry) -> Self {
        self.of.get_or_insert_with(|| entry.described());
        self
    }
}

fn described(of: Option<&str>) -> String {
    of.map_or_else(String::new, |of| format!(" (the data of {of})"))
}
