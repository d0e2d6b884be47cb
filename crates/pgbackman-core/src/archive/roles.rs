//! Which roles an archive names: those in the SQL of its entries, and the owners to which `pg_restore` gives objects.

use std::collections::BTreeSet;
use std::io;

use super::Archive;
use super::toc::Entry;
use crate::pgtools::archive_roles;

/// Kinds of objects that belong to a role by themselves; all others belong to the owner of the object of which they are a
/// part, and `pg_restore` gives them to nobody.
const OWNED: [&str; 26] = [
    "AGGREGATE",
    "BLOB",
    "BLOB METADATA",
    "COLLATION",
    "CONVERSION",
    "DOMAIN",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "FUNCTION",
    "MATERIALIZED VIEW",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "PROCEDURAL LANGUAGE",
    "PROCEDURE",
    "PUBLICATION",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLE",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TYPE",
];

impl Archive {
    /// The roles that a restore of the archive needs, in the archive's encoding: the same as
    /// [`archive_roles::read`] finds in the script that `pg_restore` makes of it.
    ///
    /// # Errors
    /// An entry whose SQL ends inside quotes.
    pub fn roles(&self) -> io::Result<BTreeSet<Vec<u8>>> {
        self.roles_of(&|_| true, true)
    }

    /// Those of some of its entries, with or without their owners.
    ///
    /// # Errors
    /// As [`Archive::roles`].
    pub fn roles_of(
        &self,
        wanted: &dyn Fn(&Entry) -> bool,
        owners: bool,
    ) -> io::Result<BTreeSet<Vec<u8>>> {
        let mut roles = BTreeSet::new();
        let entries = self.entries.iter().filter(|entry| entry.is_listed());
        for entry in entries.filter(|entry| wanted(entry)) {
            if !entry.has_data {
                roles.extend(archive_roles::read(entry.definition.as_slice())?);
            }
            if owners && gives_owner(entry) && !entry.owner.is_empty() {
                roles.insert(entry.owner.clone());
            }
        }
        Ok(roles)
    }
}

/// Whether `pg_restore` writes ALTER … OWNER TO for it.
fn gives_owner(entry: &Entry) -> bool {
    !entry.drop.is_empty() && (entry.is("VIEW") || OWNED.iter().any(|kind| entry.is(kind)))
}
