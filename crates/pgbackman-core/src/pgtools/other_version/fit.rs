//! What is known of a target, and what becomes of a statement there.

use std::collections::{BTreeMap, BTreeSet};

use super::builtins::Builtins;
use crate::domain::pg_version::PgMajor;

/// What is known of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knows {
    /// Its version.
    pub major: PgMajor,
    /// Its parameters, in lower case.
    pub parameters: BTreeSet<String>,
    /// Settings ([`super::Assignment::sql`]) that it refuses, with its reasons.
    pub refused_settings: BTreeMap<String, String>,
    /// The compressions of columns that it was built with; empty before 14.
    pub compressions: BTreeSet<String>,
    /// What it has in `pg_catalog`.
    pub builtins: Box<Builtins>,
    /// Roles of the target that take the place of roles of the backup, where a setting names one.
    pub mapped_roles: BTreeMap<String, String>,
    /// Its roles.
    pub roles: BTreeSet<String>,
    /// Roles, of the target or to be made there, that do not inherit the privileges of those they are members of.
    pub not_inheriting: BTreeSet<String>,
}

/// What becomes of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It is run as it stands.
    Same,
    /// These of its tokens are replaced; it means the same.
    Changed(Vec<(usize, String)>),
    /// It is left out, for this reason: the target has nothing that it could be about.
    LeftOut(String),
    /// The target cannot have what it makes: what that is, and since when there is it.
    Refused(String),
}

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// One of `pg_dumpall`.
    OfPgDumpAll,
    /// One of our own files.
    Ours,
    /// One of our own files, in a DO block.
    OurBlock,
}
