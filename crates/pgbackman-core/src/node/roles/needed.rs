//! The roles that a database needs, with what belongs to them.

use std::collections::BTreeSet;

use super::super::acl::AclEntry;
use super::super::configuration::Setting;
use super::super::raw_names::Names;
use super::super::settings::RoleTexts;
use crate::secret::Secret;

/// What a role is allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// SUPERUSER.
    pub superuser: bool,
    /// INHERIT.
    pub inherit: bool,
    /// CREATEROLE.
    pub create_role: bool,
    /// CREATEDB.
    pub create_db: bool,
    /// LOGIN.
    pub login: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS (since 9.5).
    pub bypass_rls: bool,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its name as the server stores it, byte by byte: so the archive has it.
    pub encoded_name: Vec<u8>,
    /// What it may do.
    pub attributes: Attributes,
    /// How many connections it may have; -1 for any number.
    pub connection_limit: i32,
    /// Until when its password is valid.
    pub valid_until: Option<String>,
    /// The password's hash, where there is one and we may read it.
    pub password: Option<Secret>,
    /// The comment on it.
    pub comment: Option<String>,
    /// Its security labels: provider and label.
    pub labels: Vec<(String, String)>,
    /// `ALTER ROLE … SET`.
    pub settings: Vec<Setting>,
    /// `ALTER ROLE … IN DATABASE … SET`, for the database at hand.
    pub database_settings: Vec<Setting>,
}

/// A role is a member of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The role whose privileges are given.
    pub role: String,
    /// Who gets them.
    pub member: String,
    /// Who gave them, where the server still knows.
    pub grantor: Option<String>,
    /// Whether the grantor is the superuser the cluster was made with, in whose name any superuser grants since 16.
    pub by_bootstrap_superuser: bool,
    /// ADMIN OPTION.
    pub admin: bool,
    /// INHERIT and SET, since 16.
    pub options: Option<InheritSet>,
}

/// The options of a membership that exist since 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InheritSet {
    /// Whether the member has the privileges without SET ROLE.
    pub inherit: bool,
    /// Whether the member may SET ROLE.
    pub set: bool,
}

/// Privileges on one shared object: a parameter or a tablespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedPrivileges {
    /// Which.
    pub object: SharedObject,
    /// Its owner; for a parameter, the bootstrap superuser.
    pub owner: String,
    /// The privileges of needed roles.
    pub entries: Vec<AclEntry>,
}

/// An object that belongs to the cluster and that roles have privileges on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedObject {
    /// A configuration parameter (since 15).
    Parameter(String),
    /// A tablespace that the database uses.
    Tablespace(String),
}

/// Every role a database needs, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseRoles {
    /// The database.
    pub database: String,
    /// Its encoding.
    pub encoding: String,
    /// How the names in it are to be read.
    pub names: Names,
    /// The roles, in the order in which they were made, in which the file makes them again; without predefined ones, which
    /// every cluster has.
    pub roles: Vec<Role>,
    /// Their memberships.
    pub memberships: Vec<Membership>,
    /// Their privileges on parameters and on tablespaces of the database.
    pub shared_privileges: Vec<SharedPrivileges>,
    /// Names of the server's predefined roles.
    pub predefined: BTreeSet<Vec<u8>>,
    /// Texts of roles that only a session of the database can give: they are in the settings file.
    pub inside: Vec<RoleTexts>,
    /// What could not be read, in words; empty where the file is complete.
    pub notes: Vec<String>,
}

impl DatabaseRoles {
    /// The roles' names, in order: the backup's role list.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.roles.iter().map(|role| role.name.clone()).collect();
        names.sort();
        names
    }

    /// Which of the roles an archive names ([`crate::pgtools::archive_roles::read`]) are not here. Anything but none means
    /// that the roles file is incomplete and the backup not SUCCEEDED.
    pub fn missing(&self, archive: &BTreeSet<Vec<u8>>) -> Vec<String> {
        let own: BTreeSet<&[u8]> = self
            .roles
            .iter()
            .map(|role| role.encoded_name.as_slice())
            .collect();
        let lacking =
            |name: &&Vec<u8>| !own.contains(name.as_slice()) && !self.predefined.contains(*name);
        archive
            .iter()
            .filter(lacking)
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }
}
