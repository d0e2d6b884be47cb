//! What a run will do, decided before it does anything.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDateTime;
use pgbackman_core::domain::backup::names;
use pgbackman_core::domain::restore::restore_check::Finding;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::{Changes, Made, Renamed};
use pgbackman_core::job::failure::Failure;
use pgbackman_core::node::databases::NodeDatabase;
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::other_version::Knows;
use pgbackman_core::pgtools::scripts::settings_script::DatabaseScript;
use pgbackman_core::secret::Secret;
use pgbackman_core::sys::process::Program;

use crate::archive::Client;
use crate::backup::unproven::Counted;
use crate::cluster::ClusterScript;
use crate::cluster::terms::Terms;
use crate::run::log::shown;
use crate::target::UNTOUCHED;

/// Maximum number of names tried for the database that a failed restore leaves.
const MOST_ASIDE: u32 = 1000;

/// What a run will do.
pub(crate) struct Plan {
    /// What the backup contains.
    pub(crate) code: BackupCode,
    /// The rows of the archive, where no manifest proves it.
    pub(crate) counted: Option<Counted>,
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
    /// Whether the schema public of what is made must first become what it is since 15.
    pub(crate) close_public: bool,
    /// What an operator must know: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
    /// What was found when backup and target were checked.
    pub(crate) findings: Vec<Finding>,
}

/// Where the contents go, and what they are.
pub(crate) enum Work {
    /// Into a new database.
    NewDatabase {
        /// How it is made.
        script: DatabaseScript,
        /// Schemas that are made in it before its contents come.
        schemas: Vec<String>,
        /// What is restored.
        list: ArchiveList,
        /// The program that does it.
        program: Program,
        /// Statements that are run after the contents, each by itself.
        after: Vec<String>,
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
        /// What the target has and knows.
        terms: Terms,
        /// The program that does it.
        program: Program,
    },
}

/// The roles to make.
#[derive(Debug, Default)]
pub(crate) struct RolesToMake {
    /// The backup's roles file.
    pub(crate) script: Option<Secret>,
    /// Roles whose place others take: they are not made.
    pub(crate) mapped: BTreeMap<String, String>,
    /// Those that are not there yet, in order of name.
    pub(crate) missing: Vec<String>,
    /// What the target is, to which the file is fitted.
    pub(crate) knows: Option<Knows>,
}

/// What becomes of the names of a database that is made.
pub(crate) fn changes_for(
    name: &str,
    renamed: Option<&str>,
    find: &dyn Fn(&str) -> Option<NodeDatabase>,
    now: NaiveDateTime,
) -> Result<Changes, Failure> {
    let aside = free_aside(name, renamed, find, now)?;
    let existing = find(name).zip(renamed).map(|(existing, new)| Renamed {
        oid: existing.oid,
        from: existing.name,
        to: new.to_owned(),
        allows_connections: existing.allows_connections,
    });
    Ok(Changes {
        renamed: existing.into_iter().collect(),
        made: vec![Made {
            name: name.to_owned(),
            oid: None,
            aside,
            mark: None,
        }],
        ..Changes::default()
    })
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
            Failure::failed(format!(
                "failed restores of \"{name}\" have already left {MOST_ASIDE} databases: drop those that are not \
                 needed; {UNTOUCHED}"
            ))
        })
}

/// Names as messages show them.
pub(crate) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    names
        .iter()
        .map(|name| format!("\"{}\"", name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Plan {
    /// What was found and what will be done, for a dry run.
    pub(crate) fn with_findings(&self) -> String {
        let mut lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        lines.push(self.to_string());
        lines.join("\n")
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the backup has the code {}, and its files are correct",
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
                schemas,
                list,
                program,
                after,
            } => {
                writeln!(f, "{}", script.create.as_deref().unwrap_or_default())?;
                writeln!(
                    f,
                    "apply its settings and privileges ({} statements)",
                    script.settings.len() + script.inside.len()
                )?;
                if !schemas.is_empty() {
                    writeln!(f, "create the schemas {} in it", quoted(schemas))?;
                }
                writeln!(
                    f,
                    "restore {} objects: {}",
                    list.entries.len(),
                    shown(program)
                )?;
                if !after.is_empty() {
                    writeln!(
                        f,
                        "run the {} statements of the file -AFTER.sql, one by one",
                        after.len()
                    )?;
                }
                writeln!(
                    f,
                    "run ANALYZE, and compare the database with the archive's list"
                )?;
            }
            Work::Existing { list, program } => {
                writeln!(
                    f,
                    "restore {} objects into the existing database, in one transaction unless in parallel: {}",
                    list.entries.len(),
                    shown(program)
                )?;
                writeln!(
                    f,
                    "refresh the materialized views that depend on them; run ANALYZE"
                )?;
            }
            Work::Cluster {
                script, program, ..
            } => {
                writeln!(f, "create the databases {}", quoted(&script.databases))?;
                writeln!(f, "restore the whole node: {}", shown(program))?;
            }
        }
        for made in &self.changes.made {
            writeln!(
                f,
                "if the restore fails, the partly restored \"{}\" is renamed to \"{}\"; nothing is dropped",
                made.name, made.aside
            )?;
        }
        for warning in &self.warnings {
            writeln!(f, "note: {warning}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
