//! The SQL of an archive's entries, without data.

use super::Archive;
use super::toc::Entry;

impl Archive {
    /// The SQL that makes some of its entries, one statement after the other, in the archive's encoding; before it, how its
    /// strings are written.
    pub fn sql_of(&self, wanted: &dyn Fn(&Entry) -> bool) -> Vec<u8> {
        let mut sql = Vec::new();
        for entry in &self.entries {
            let is_wanted = entry.is_listed() && !entry.has_data && wanted(entry);
            if is_wanted || entry.is("STDSTRINGS") {
                sql.extend_from_slice(&entry.definition);
                sql.push(b'\n');
            }
        }
        sql
    }
}
