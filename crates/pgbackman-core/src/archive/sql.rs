//! The SQL of an archive's entries, without data.

use std::io;

use super::Archive;
use super::toc::Entry;
use crate::pgtools::internal_options;
use crate::pgtools::sql_statements::Statements;

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

    /// Whether it sets an option of columns that servers keep for themselves ([`internal_options`]).
    ///
    /// # Errors
    /// SQL that ends inside quotes.
    pub fn sets_internal_options(&self) -> io::Result<bool> {
        let may_have = |entry: &&Entry| internal_options::may_be_in(&entry.definition);
        for entry in self.entries.iter().filter(may_have) {
            let mut statements = Statements::new(entry.definition.as_slice());
            while let Some(statement) = statements.read_next()? {
                if internal_options::set_by(&statement).is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
