//! What of a backup's roles file and settings file a target takes: one judgement for the dialogue that registers a restore, for a
//! dry run, and for the program that restores. Nothing on the target is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use thiserror::Error;
use tokio_postgres::Client;

use super::setting_trial::Tried;
use super::{NodeError, existing_roles};
use crate::domain::restore::restore_parameters::RestoreParameters;
use crate::domain::restore::target_facts::TargetFacts;
use crate::pgtools::other_version::{self, Assignment, Fitted, Knows};
use crate::pgtools::role_attributes::RoleAttributes;
use crate::pgtools::scripts::roles_script::{self, RolesScript};
use crate::pgtools::scripts::settings_script::DatabaseScript;
use crate::secret::Secret;

/// Why it is not known what the target takes.
#[derive(Debug, Error)]
pub enum FitError {
    /// A file cannot be read as what it is.
    #[error("could not read the backup's roles and settings: {0}")]
    Unreadable(#[from] io::Error),
    /// The target does not answer.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// What a target lists of itself.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Its parameters, in lower case.
    pub parameters: &'a BTreeSet<String>,
    /// The compressions of columns that it was built with.
    pub compressions: &'a BTreeSet<String>,
}

/// The roles of a backup.
#[derive(Debug, Clone, Copy)]
pub struct Roles<'a> {
    /// The roles file, where there is one.
    pub script: Option<&'a Secret>,
    /// Those whose place others take.
    pub mapped: &'a BTreeMap<String, String>,
    /// Those that are made.
    pub missing: &'a [String],
    /// Those that are wanted at all.
    pub restored: &'a BTreeSet<String>,
}

/// Both files, as far as a target's version and settings matter.
#[derive(Debug)]
pub struct Reading<'a> {
    roles: Roles<'a>,
    facts: &'a TargetFacts,
    statements: Vec<Secret>,
    /// Every setting that would be made.
    pub settings: BTreeSet<Assignment>,
    /// What the backup says of its roles.
    pub backup: BTreeMap<String, RoleAttributes>,
    /// What the target says of those of them that it has.
    pub there: BTreeMap<String, RoleAttributes>,
}

/// What has come of the fitting.
#[derive(Debug)]
pub struct Outcome {
    /// What the target is known to have.
    pub knows: Knows,
    /// What is left out, each with its reason.
    pub left_out: BTreeSet<String>,
    /// What the target cannot have, so that the restore is refused.
    pub refused: BTreeSet<String>,
    /// What the target says of settings that it takes.
    pub notices: Vec<String>,
}

impl Outcome {
    /// What an operator must know of a restore that can be done.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.left_out
            .iter()
            .map(|what| format!("left out, because the target does not support it: {what}"))
            .chain(self.notices.iter().cloned())
    }
}

/// The roles of the backup whose place others take.
pub fn mapped(parameters: &RestoreParameters) -> BTreeMap<String, String> {
    let map = &parameters.role_map;
    map.iter()
        .map(|one| (one.old.clone(), one.new.clone()))
        .collect()
}

impl<'a> Reading<'a> {
    /// Reads them. `database`: what makes the database, where one is made.
    ///
    /// # Errors
    /// For files that are none, and when the target cannot be asked.
    pub async fn of(
        roles: Roles<'a>,
        database: Option<&DatabaseScript>,
        client: &Client,
        facts: &'a TargetFacts,
    ) -> Result<Self, FitError> {
        let read = match roles.script {
            Some(text) => roles_script::read(
                text.expose().as_bytes(),
                &roles_script::Target {
                    exists: &|role| facts.roles.contains(role),
                    is_mapped: &|role| roles.mapped.contains_key(role),
                },
            )?,
            None => RolesScript::default(),
        };
        let mut backup = read.attributes;
        backup.retain(|role, _| roles.restored.contains(role));
        let names: Vec<String> = backup.keys().cloned().collect();
        let there = existing_roles::of_target(client, facts, &names).await?;
        // Where every role is there none of the file is run.
        let statements = if roles.missing.is_empty() {
            Vec::new()
        } else {
            read.statements
        };
        let mut settings = BTreeSet::new();
        let of_database = database
            .iter()
            .flat_map(|script| script.settings.iter().chain(&script.inside));
        for statement in statements
            .iter()
            .map(Secret::expose)
            .chain(of_database.map(String::as_str))
        {
            settings.extend(other_version::assignments(statement)?);
        }
        Ok(Self {
            roles,
            facts,
            statements,
            settings,
            backup,
            there,
        })
    }

    /// Whether the target has a role of the backup, or another that takes its place, or will have it.
    pub fn will_exist(&self, role: &str) -> bool {
        let role = self.roles.mapped.get(role).map_or(role, String::as_str);
        self.facts.roles.contains(role) || self.roles.missing.iter().any(|one| one == role)
    }

    /// Fits every statement, those of `database` where they stand.
    ///
    /// # Errors
    /// For statements that end inside quotes.
    pub fn fit(
        &self,
        tried: Tried,
        listed: Listed<'_>,
        database: Option<&mut DatabaseScript>,
    ) -> Result<Outcome, FitError> {
        let mut knows = knows(self.facts, listed, &self.backup, &self.there);
        knows.mapped_roles.clone_from(self.roles.mapped);
        let notices = tried.tell(&mut knows);
        let (mut left_out, mut refused) = (BTreeSet::new(), BTreeSet::new());
        let mut one = |statement: &str| -> io::Result<Option<String>> {
            let Fitted {
                sql,
                left_out: without,
                refused: cannot_have,
            } = other_version::fit_text(statement, &knows)?;
            left_out.extend(without);
            refused.extend(cannot_have);
            Ok(sql)
        };
        for statement in &self.statements {
            one(statement.expose())?;
        }
        if let Some(script) = database {
            if let Some(create) = &script.create {
                script.create = one(create)?;
            }
            for part in [&mut script.settings, &mut script.inside] {
                let mut kept = Vec::new();
                for statement in part.iter() {
                    kept.extend(one(statement)?);
                }
                *part = kept;
            }
        }
        Ok(Outcome {
            knows,
            left_out,
            refused,
            notices,
        })
    }
}

/// What the target is known to have, with the roles that do not inherit: those of it, and those that will be made.
pub fn knows(
    facts: &TargetFacts,
    listed: Listed<'_>,
    backup: &BTreeMap<String, RoleAttributes>,
    there: &BTreeMap<String, RoleAttributes>,
) -> Knows {
    let all = backup.iter().filter(|(name, _)| !there.contains_key(*name));
    Knows {
        major: facts.release.major(),
        parameters: listed.parameters.clone(),
        refused_settings: BTreeMap::new(),
        compressions: listed.compressions.clone(),
        // Roles and settings use none of them.
        builtins: Box::default(),
        mapped_roles: BTreeMap::new(),
        roles: facts.roles.clone(),
        not_inheriting: all
            .chain(there)
            .filter(|(_, attributes)| !attributes.flags.contains("INHERIT"))
            .map(|(name, _)| name.clone())
            .collect(),
    }
}
