//! Reads the archives of `pg_dump`, in directory and in custom format, versions 1.12 to 1.16 (PostgreSQL 9.0 to 19 wrote
//! one of them): the table of contents, and the data to its end.
//!
//! `pg_restore` is no proof: of a directory whose data file was cut off it lists everything, and it restores less with exit
//! status 0 (trap 3). Here every file is read to the end of its compressed stream and to the end mark of its rows.
//!
//! Hostile input gives an error that names the file and the place. Memory is bounded by what the file really has.

mod custom;
mod data;
mod decompress;
mod directory;
mod error;
mod header;
mod input;
mod inspect;
mod list;
mod lz4_frame;
pub(crate) mod parallel;
mod presence;
mod roles;
mod schemas;
mod selection;
mod sql;
mod toc;

use std::fs::File;
use std::io::BufReader;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

pub use data::{Amount, Contents, Measured};
pub use error::{ArchiveError, Reason};
pub use header::{Compression, Format, Header};
pub use inspect::look_at_script;
pub use presence::Present;
pub use selection::{LeftOut, Nothing, Selection, SelectionReport, Why, some};
pub use toc::{Entry, Section};

use input::Input;

/// The name of the table of contents in an archive of the directory format.
const TOC: &str = "toc.dat";

/// An archive whose table of contents was read.
#[derive(Debug, Clone)]
pub struct Archive {
    /// The directory, or the file of the custom format.
    path: PathBuf,
    /// What stands before the entries.
    pub header: Header,
    /// The entries, in the order in which they are restored.
    pub entries: Vec<Entry>,
    /// Where the data of the custom format begins.
    data_at: u64,
}

impl Archive {
    /// Reads the table of contents of an archive.
    ///
    /// # Errors
    /// What cannot be opened or is not an archive of a known version.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let is_directory = std::fs::metadata(path)
            .map_err(|error| ArchiveError::io(path, 0, error))?
            .is_dir();
        let file = if is_directory {
            path.join(TOC)
        } else {
            path.to_owned()
        };
        let reader = File::open(&file).map_err(|error| ArchiveError::io(&file, 0, error))?;
        let mut input = Input::new(BufReader::new(reader), &file);
        let header = header::read(&mut input)?;
        let wanted = if is_directory {
            Format::Directory
        } else {
            Format::Custom
        };
        if header.format != wanted {
            return Err(input.error(Reason::Nonsense(
                "a format that differs from that of its files",
            )));
        }
        let entries = toc::read(&mut input, &header)?;
        if is_directory && !input.is_at_end()? {
            return Err(input.error(Reason::Trailing));
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            entries,
            data_at: input.offset(),
        })
    }

    /// Reads all data to its end, and says how much of it there is. Memory stays bounded by the largest window of a
    /// compressed stream. It ends early once `stop` is set.
    ///
    /// # Errors
    /// A file that is not there, ends too early, is damaged, or holds more than it should.
    pub fn read_to_end(&self, stop: &AtomicBool) -> Result<Contents, ArchiveError> {
        self.read_to_end_by(NonZero::<usize>::MIN, stop)
    }

    /// Reads all data with the given number of threads. A single thread reads the custom format, which is one file.
    ///
    /// # Errors
    /// As [`Self::read_to_end`]; of several faults that of the first entry.
    pub fn read_to_end_by(
        &self,
        threads: NonZero<usize>,
        stop: &AtomicBool,
    ) -> Result<Contents, ArchiveError> {
        match self.header.format {
            Format::Directory => directory::read(&self.path, &self.entries, threads, stop),
            Format::Custom => {
                custom::read(&self.path, &self.header, &self.entries, self.data_at, stop)
            }
        }
    }

    /// Checks that a directory has the file of every entry with data; nothing of it is read.
    ///
    /// # Errors
    /// The file that is not there.
    pub fn check_files(&self) -> Result<(), ArchiveError> {
        match self.header.format {
            Format::Directory => directory::check(&self.path, &self.entries),
            Format::Custom => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
