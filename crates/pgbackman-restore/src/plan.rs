//! What a run will do, decided before it does anything: what cannot be done is refused here, and nothing has been changed.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDateTime;
use pgbackman_core::domain::names;
use pgbackman_core::domain::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::{Changes, Made, Renamed};
use pgbackman_core::job::failure::Failure;
use pgbackman_core::node::databases::NodeDatabase;
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::roles_script::RolesScript;
use pgbackman_core::pgtools::settings_script::DatabaseScript;
use pgbackman_core::sys::process::Program;

use crate::archive::Client;
use crate::cluster::ClusterScript;
use crate::log::shown;
use crate::target::{Rights, UNTOUCHED};

/// The longest name a server takes (`NAMEDATALEN` - 1); it would cut a longer one without a word.
const LONGEST_NAME: usize = 63;

/// So many names are tried for what a failed restore leaves.
const MOST_ASIDE: u32 = 1000;

/// What a run will do.
pub(crate) struct Plan {
    /// What the backup contains.
    pub(crate) code: BackupCode,
    /// The client programs.
    pub(crate) client: Client,
    /// The checked parameters.
    pub(crate) parameters: RestoreParameters,
    /// The roles to make, where there are any.
    pub(crate) roles: RolesToMake,
    /// What is renamed and made.
    pub(crate) changes: Changes,
    /// Where the contents go.
    pub(crate) work: Work,
    /// What an operator must know: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
    /// What is worth knowing, and changes nothing.
    pub(crate) notes: Vec<String>,
}

/// Where the contents go, and what they are.
pub(crate) enum Work {
    /// Into a new database.
    NewDatabase {
        /// How it is made.
        script: DatabaseScript,
        /// What is restored.
        list: ArchiveList,
        /// The program that does it.
        program: Program,
    },
    /// Into a database that is there.
    Existing {
        /// What is restored.
        list: ArchiveList,
        /// The program that does it.
        program: Program,
    },
    /// Into the whole node.
    Cluster {
        /// What the script makes.
        script: ClusterScript,
        /// The program that does it.
        program: Program,
    },
}

/// The roles to make.
#[derive(Debug, Default)]
pub(crate) struct RolesToMake {
    /// The script; it leaves alone what is there.
    pub(crate) script: RolesScript,
    /// Those that are not there yet, in order of name.
    pub(crate) missing: Vec<String>,
}

/// A refusal: nothing has been changed.
pub(crate) fn refuse(reason: impl fmt::Display) -> Failure {
    Failure::failed(format!("{reason}; {UNTOUCHED}"))
}

/// What becomes of the names, or why they cannot be had.
pub(crate) fn names_for_new(
    name: &str,
    renamed: Option<&str>,
    find: &dyn Fn(&str) -> Option<NodeDatabase>,
    rights: Rights,
    now: NaiveDateTime,
) -> Result<Changes, Failure> {
    check_name(name)?;
    if !rights.superuser && !rights.create_db {
        return Err(refuse(
            "the role that restores may not create databases: give it CREATEDB, or make it superuser",
        ));
    }
    let aside = free_aside(name, renamed, find, now)?;
    let mut changes = Changes {
        made: vec![Made {
            name: name.to_owned(),
            oid: None,
            aside,
        }],
        ..Changes::default()
    };
    match (find(name), renamed) {
        (None, _) => {}
        (Some(_), None) => {
            return Err(refuse(format!(
                "the database \"{name}\" exists already on the target, and no new name was given for it \
                 (--renamed-dbname)"
            )));
        }
        (Some(existing), Some(new)) => {
            check_name(new)?;
            if new == name {
                return Err(refuse(format!(
                    "\"{new}\" is no new name for the database that exists"
                )));
            }
            if find(new).is_some() {
                return Err(refuse(format!(
                    "the existing database cannot be renamed to \"{new}\", since a database of that name exists too: choose \
                     another name"
                )));
            }
            changes.renamed.push(Renamed {
                oid: existing.oid,
                from: existing.name,
                to: new.to_owned(),
                allows_connections: existing.allows_connections,
            });
        }
    }
    Ok(changes)
}

/// A free name for what a failed restore leaves: another one may have failed within the same second.
fn free_aside(
    name: &str,
    renamed: Option<&str>,
    find: &dyn Fn(&str) -> Option<NodeDatabase>,
    now: NaiveDateTime,
) -> Result<String, Failure> {
    (0..MOST_ASIDE)
        .map(|attempt| names::aside(name, "failed", now, attempt))
        .find(|aside| find(aside).is_none() && renamed != Some(aside))
        .ok_or_else(|| {
            refuse(format!(
                "{MOST_ASIDE} databases that failed restores of \"{name}\" have left exist already: drop those that are not \
                 needed"
            ))
        })
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(refuse(
            "the name of the database is missing (--target-dbname)",
        ));
    }
    if name.len() > LONGEST_NAME {
        return Err(refuse(format!(
            "the name \"{name}\" is longer than the {LONGEST_NAME} bytes that a server takes"
        )));
    }
    if name == "template0" {
        return Err(refuse(
            "template0 must stay as it is: no backup is restored over it",
        ));
    }
    Ok(())
}

/// What the checks of roles go by.
pub(crate) struct RolesAsked<'a> {
    /// Roles that the target has.
    pub(crate) existing: &'a BTreeSet<String>,
    /// Roles that may be made; `None`: every one.
    pub(crate) allowed: Option<&'a [String]>,
    /// Roles that the archive and the settings name, under their names on the target.
    pub(crate) needed: &'a BTreeSet<String>,
    /// What the role that restores may do.
    pub(crate) rights: Rights,
}

/// The roles to make, or why they cannot be made.
pub(crate) fn roles_to_make(
    script: RolesScript,
    asked: &RolesAsked<'_>,
) -> Result<RolesToMake, Failure> {
    let mut missing: Vec<String> = script
        .roles
        .iter()
        .filter(|role| !asked.existing.contains(*role))
        .cloned()
        .collect();
    missing.sort();
    if let Some(allowed) = asked.allowed {
        let others: Vec<&String> = missing
            .iter()
            .filter(|role| !allowed.contains(role))
            .collect();
        if !others.is_empty() {
            return Err(refuse(format!(
                "the backup needs roles that the target lacks and that the restore may not create: {}; create them, or add \
                 them to --role-list",
                quoted(&others)
            )));
        }
    }
    if !missing.is_empty() && !asked.rights.superuser {
        if !asked.rights.create_role {
            return Err(refuse(format!(
                "the role that restores may not create roles, and the target lacks {}: give it CREATEROLE, or create them \
                 first",
                quoted(&missing)
            )));
        }
        let privileged: Vec<&String> = missing
            .iter()
            .filter(|role| script.privileged.contains(*role))
            .collect();
        if !privileged.is_empty() {
            return Err(refuse(format!(
                "only a superuser can create roles with SUPERUSER, REPLICATION or BYPASSRLS: {}; create them first",
                quoted(&privileged)
            )));
        }
    }
    let lacking: Vec<&String> = asked
        .needed
        .iter()
        // A name in the archive's encoding that is no UTF-8 cannot be compared.
        .filter(|role| !role.contains(char::REPLACEMENT_CHARACTER))
        .filter(|role| !asked.existing.contains(*role) && !missing.contains(role))
        .collect();
    if !lacking.is_empty() {
        return Err(refuse(format!(
            "the backup names roles that neither the target nor its roles file has: {}; create them, let others take their \
             place (--map-role=old=new), or restore with --no-owner --no-privileges",
            quoted(&lacking)
        )));
    }
    Ok(RolesToMake { script, missing })
}

/// Names as messages show them.
pub(crate) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names
        .iter()
        .map(|name| format!("\"{}\"", name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the backup is of code {}, and its files are as they should be",
            self.code
        )?;
        for renamed in &self.changes.renamed {
            writeln!(
                f,
                "end the sessions of the database \"{}\", and rename it to \"{}\"",
                renamed.from, renamed.to
            )?;
        }
        if !self.roles.missing.is_empty() {
            writeln!(f, "create the roles {}", quoted(&self.roles.missing))?;
        }
        match &self.work {
            Work::NewDatabase {
                script,
                list,
                program,
            } => {
                writeln!(f, "{}", script.create.as_deref().unwrap_or_default())?;
                writeln!(
                    f,
                    "give it its settings and privileges ({} statements)",
                    script.settings.len()
                )?;
                writeln!(
                    f,
                    "restore {} objects: {}",
                    list.entries.len(),
                    shown(program)
                )?;
                writeln!(
                    f,
                    "ANALYZE, and compare what is there with the archive's list"
                )?;
            }
            Work::Existing { list, program } => {
                writeln!(
                    f,
                    "restore {} objects into the existing database, all or nothing unless in parallel: {}",
                    list.entries.len(),
                    shown(program)
                )?;
                writeln!(f, "ANALYZE")?;
            }
            Work::Cluster { script, program } => {
                writeln!(f, "create the databases {}", quoted(&script.databases))?;
                writeln!(f, "restore the whole node: {}", shown(program))?;
            }
        }
        for made in &self.changes.made {
            writeln!(
                f,
                "should it fail, what was restored of \"{}\" is renamed to \"{}\"; nothing is dropped",
                made.name, made.aside
            )?;
        }
        for note in self.notes.iter().chain(&self.warnings) {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
