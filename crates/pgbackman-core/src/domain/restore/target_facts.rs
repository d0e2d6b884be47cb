//! What is known of a node that something is to be restored on.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::locale::LocaleProvider;
use crate::domain::pg_version::PgRelease;

/// Who connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetUser {
    /// Its name.
    pub name: String,
    /// Whether it may do everything.
    pub superuser: bool,
    /// Whether it may make roles.
    pub create_role: bool,
    /// Whether it may make databases.
    pub create_db: bool,
}

/// An extension that the node can install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailableExtension {
    /// The version that CREATE EXTENSION installs.
    pub default_version: String,
    /// Whether only a superuser can install it: it neither does without nor is trusted (since 13).
    pub needs_superuser: bool,
}

/// What is known of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// The server's release.
    pub release: PgRelease,
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// Who connects.
    pub user: TargetUser,
    /// The names of its databases, templates and those of cut-short creations too.
    pub databases: BTreeSet<String>,
    /// Those of them that an interrupted DROP DATABASE has left, which can only be dropped.
    pub invalid_databases: BTreeSet<String>,
    /// The names of its roles.
    pub roles: BTreeSet<String>,
    /// Who can provide a database's locale there.
    pub providers: BTreeSet<LocaleProvider>,
    /// Of the encodings that were asked for, whether the server knows them.
    pub encodings: BTreeMap<String, bool>,
    /// Of libc's locales that were asked for, whether the server's machine has them; one that cannot be found out is left
    /// out.
    pub locales: BTreeMap<String, bool>,
    /// Of ICU's locales that were asked for, whether the server knows them; one that cannot be found out is left out.
    pub icu_locales: BTreeMap<String, bool>,
    /// Extensions that can be installed, by name.
    pub extensions: BTreeMap<String, AvailableExtension>,
    /// Its tablespaces.
    pub tablespaces: BTreeSet<String>,
    /// How many prepared transactions its databases have, those that have any: such a database cannot be renamed.
    pub prepared: BTreeMap<String, i64>,
    /// Free bytes where its data lie; SQL does not tell, so only where they are on the machine that asks.
    pub free_space: Option<u64>,
    /// How many tables the target database has, where it exists and was checked.
    pub tables_in_target: Option<u64>,
}
