//! Fits what makes roles and the database to the version of the target (`core::pgtools::other_version`), and tells what an
//! operator must know of it, before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::config::Environment;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore_check::{self, Finding};
use pgbackman_core::domain::restore_parameters::RestoreParameters;
use pgbackman_core::job::failure::{Failure, NAMED, doing, some_of};
use pgbackman_core::pgtools::other_version::{self, Fitted, Knows, Seen};
use pgbackman_core::pgtools::role_attributes::RoleAttributes;
use pgbackman_core::pgtools::roles_script;
use pgbackman_core::pgtools::settings_script::DatabaseScript;
use pgbackman_core::secret::Secret;

use crate::checks::refuse;
use crate::database::{CLOSE_PUBLIC, CLOSED_PUBLIC};
use crate::plan::{RolesToMake, quoted};
use crate::target::Target;
use crate::{existing_roles, tried};

/// How a restore is fitted to its target, as far as an operator must know it.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What was left out, among others: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
    /// How existing roles differ.
    pub(crate) differences: Vec<Finding>,
    /// Whether a new database's schema public has to be made what it is since 15.
    pub(crate) close_public: bool,
}

impl Told {
    /// A database of 15 or newer has another schema public than one that an older server makes.
    pub(crate) fn fit_public(
        &mut self,
        target: &Target,
        dumped_from: Option<PgRelease>,
        parameters: &RestoreParameters,
    ) {
        let major = target.facts.release.major();
        let source = dumped_from.map_or(major, PgRelease::major);
        if source < CLOSED_PUBLIC || major >= CLOSED_PUBLIC || parameters.no_privileges() {
            return;
        }
        self.close_public = target.facts.user.superuser;
        if !self.close_public {
            self.warnings.push(format!(
                "on PostgreSQL {major} everybody may create objects in the schema public, which only a superuser can change \
                 ({CLOSE_PUBLIC})"
            ));
        }
    }
}

/// What the target is known to have, with the roles that do not inherit: those of it, and those that will be made.
pub(crate) fn knows(
    target: &Target,
    backup: &BTreeMap<String, RoleAttributes>,
    there: &BTreeMap<String, RoleAttributes>,
) -> Knows {
    let all = backup.iter().filter(|(name, _)| !there.contains_key(*name));
    Knows {
        major: target.facts.release.major(),
        parameters: target.parameters.clone(),
        refused_settings: BTreeMap::new(),
        compressions: target.compressions.clone(),
        roles: target.facts.roles.clone(),
        not_inheriting: all
            .chain(there)
            .filter(|(_, attributes)| !attributes.flags.contains("INHERIT"))
            .map(|(name, _)| name.clone())
            .collect(),
    }
}

/// Fits the database's own statements, and finds out what the roles' will have to be fitted to, which are read again when they
/// are run. `restored`: the backup's roles that are wanted at all.
pub(crate) async fn fit(
    roles: &mut RolesToMake,
    restored: &BTreeSet<String>,
    script: Option<&mut DatabaseScript>,
    target: &Target,
    env: &Environment,
) -> Result<Told, Failure> {
    const DOING: &str = "read the backup's roles and settings";
    let read = match &roles.script {
        Some(text) => roles_script::read(
            text.expose().as_bytes(),
            &roles_script::Target {
                exists: &|role| target.facts.roles.contains(role),
                is_mapped: &|role| roles.mapped.contains(role),
            },
        )
        .map_err(doing(DOING))?,
        None => roles_script::RolesScript::default(),
    };
    let mut backup = read.attributes;
    backup.retain(|role, _| restored.contains(role));
    let names: Vec<String> = backup.keys().cloned().collect();
    let there = existing_roles::of_target(target, &names).await?;
    let mut left_out_of_all = BTreeSet::new();
    let mut knows = knows(target, &backup, &there);
    let mut settings = BTreeSet::new();
    let of_roles = read.statements.iter().map(Secret::expose);
    let of_roles = of_roles.filter(|_| !roles.missing.is_empty());
    let of_database = script.iter().flat_map(|script| &script.settings);
    for statement in of_roles.chain(of_database.map(String::as_str)) {
        settings.extend(other_version::assignments(statement).map_err(doing(DOING))?);
    }
    let will_exist = |role: &str| {
        target.facts.roles.contains(role) || roles.missing.iter().any(|one| one == role)
    };
    let tried = tried::on(target, env, &settings, &will_exist).await?;
    let notices = tried.tell(&mut knows);
    let mut refused = BTreeSet::new();
    let mut one = |statement: &str| -> Result<Option<String>, Failure> {
        let Fitted {
            sql,
            left_out,
            refused: cannot_have,
        } = other_version::fit_text(statement, &knows).map_err(doing(DOING))?;
        left_out_of_all.extend(left_out);
        refused.extend(cannot_have);
        Ok(sql)
    };
    // Where every role is there none of the file is run.
    if !roles.missing.is_empty() {
        for statement in &read.statements {
            one(statement.expose())?;
        }
    }
    if let Some(script) = script {
        if let Some(create) = &script.create {
            script.create = one(create)?;
        }
        let mut kept = Vec::new();
        for statement in &script.settings {
            kept.extend(one(statement)?);
        }
        script.settings = kept;
    }
    check(target, &refused)?;
    roles.knows = Some(knows);
    Ok(Told {
        warnings: left_out_of_all
            .iter()
            .map(|what| format!("left out, since the target cannot have it: {what}"))
            .chain(notices)
            .collect(),
        differences: existing_roles::differences(&backup, &there, target),
        close_public: false,
    })
}

/// Refuses what the archive shows that the target cannot have.
pub(crate) fn check_archive(
    target: &Target,
    made_by: PgRelease,
    seen: &Seen,
) -> Result<(), Failure> {
    check_strings(target, made_by, seen.escaping_strings)?;
    check(target, &seen.refused)?;
    check_collations(target, &seen.collations)?;
    check_functions(&seen.broken_functions)
}

/// Refuses functions that no server takes as the archive has them.
fn check_functions(broken: &BTreeSet<String>) -> Result<(), Failure> {
    if broken.is_empty() {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "The archive has functions with a list of names that is set to nothing, which pg_dump before 19 writes as a syntax \
             error: {}.",
            some_of(broken)
        ),
        "Take the backup with the client programs of PostgreSQL 19, or after ALTER FUNCTION … SET search_path TO pg_catalog; \
         choose parts of this one without these functions (-n, -t); or restore it by hand from the SQL that pg_restore --file \
         writes, with these lines mended.",
    ))
}

/// Refuses strings that the target does not read, whatever was known of them when the restore was registered.
pub(crate) fn check_strings(
    target: &Target,
    made_by: PgRelease,
    escaping: bool,
) -> Result<(), Failure> {
    let major = target.facts.release.major();
    match restore_check::strings(escaping, Some(made_by.major()), major) {
        Some(finding) => Err(refuse(
            &finding.text,
            finding.advice.as_deref().unwrap_or_default(),
        )),
        None => Ok(()),
    }
}

/// Refuses collations that the target does not have under these names.
pub(crate) fn check_collations(target: &Target, used: &BTreeSet<String>) -> Result<(), Failure> {
    let missing: Vec<&String> = used
        .iter()
        .filter(|name| !target.collations.contains(*name))
        .take(NAMED)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "Target PgSQL node has no collations {}, which the backup uses: it was built without ICU (their names end in \
             -x-icu), its ICU is of another version, or its machine lacks their locales.",
            quoted(&missing)
        ),
        "Make the locales there, then SELECT pg_import_system_collations('pg_catalog') in template1 and in the database; or \
         choose another target.",
    ))
}

/// Refuses what the target cannot have.
pub(crate) fn check(target: &Target, refused: &BTreeSet<String>) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "The backup has what target PgSQL node, PostgreSQL {}, cannot have: {}.",
            target.facts.release.major(),
            some_of(refused)
        ),
        "Choose a target of that version or newer; for a compression one that was built with it.",
    ))
}
