//! What an archive's SQL, or a whole node's script, needs of a server.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::{Archive, Entry, Section};
use crate::domain::pg_version::PgMajor;
use crate::domain::restore::restore_parameters::RestoreParameters;
use crate::pgtools::other_version::{self, Inspection, Server};

/// Bytes of a script that are read at once.
const READ_AT_ONCE: usize = 256 * 1024;

impl Archive {
    /// What the SQL of some of its entries needs.
    ///
    /// # Errors
    /// For SQL that ends inside quotes.
    pub fn inspect(
        &self,
        wanted: &dyn Fn(&Entry) -> bool,
        server: &Server,
    ) -> io::Result<Inspection> {
        other_version::inspect(self.sql_of(wanted).as_slice(), server)
    }
}

impl Entry {
    /// Whether no option leaves it out, whatever is chosen.
    pub fn is_taken(&self, parameters: &RestoreParameters) -> bool {
        let section = match self.section {
            Section::None => None,
            Section::PreData => Some("pre-data"),
            Section::Data => Some("data"),
            Section::PostData => Some("post-data"),
        };
        !parameters.leaves_out(&String::from_utf8_lossy(&self.kind))
            && section.is_none_or(|section| parameters.takes_section(section))
            && !(parameters.schema_only() && self.is_data())
    }

    /// Whether these are statistics of the planner that a server of this version cannot take.
    pub fn is_statistics_unknown_to(&self, target: PgMajor) -> bool {
        self.is("STATISTICS DATA")
            && other_version::statistics_since(&self.definition).is_some_and(|since| since > target)
    }
}

/// What a whole node's compressed script needs. It is read to its end.
///
/// # Errors
/// The file's, and a script that ends inside quotes.
pub fn look_at_script(path: &Path, server: &Server) -> io::Result<Inspection> {
    let script = MultiGzDecoder::new(File::open(path)?);
    other_version::inspect(BufReader::with_capacity(READ_AT_ONCE, script), server)
}
