//! Fits what makes roles and the database to the version of the target (`core::pgtools::other_version`), and tells what an
//! operator must know of it, before anything is changed.

use std::collections::BTreeSet;

use pgbackman_core::config::Environment;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::restore_check::{self, Finding};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::job::failure::{Failure, NAMED, some_of};
use pgbackman_core::node::target_fit::{Reading, Roles};
use pgbackman_core::pgtools::other_version::Inspection;
use pgbackman_core::pgtools::scripts::settings_script::DatabaseScript;

use crate::database::{CLOSE_PUBLIC, CLOSED_PUBLIC};
use crate::plan::{RolesToMake, quoted};
use crate::prepare::checks::refuse;
use crate::target::{Target, existing_roles, tried};

/// How a restore is fitted to its target, as far as an operator must know it.
#[derive(Debug, Default)]
pub(crate) struct FitReport {
    /// What was left out, among others: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
    /// How existing roles differ.
    pub(crate) differences: Vec<Finding>,
    /// Whether a new database's schema public has to be made what it is since 15.
    pub(crate) close_public: bool,
}

impl FitReport {
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
                "on PostgreSQL {major} everybody may create objects in the schema public; only a superuser can change \
                 this ({CLOSE_PUBLIC})"
            ));
        }
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
) -> Result<FitReport, Failure> {
    let files = Roles {
        script: roles.script.as_ref(),
        mapped: &roles.mapped,
        missing: &roles.missing,
        restored,
    };
    let reading = Reading::of(files, script.as_deref(), &target.session, &target.facts)
        .await
        .map_err(Failure::failed)?;
    let tried = tried::on(target, env, &reading.settings, &|role| {
        reading.will_exist(role)
    })
    .await?;
    let outcome = reading
        .fit(tried, target.listed(), script)
        .map_err(Failure::failed)?;
    check(target, &outcome.refused)?;
    let report = FitReport {
        warnings: outcome.warnings().collect(),
        differences: existing_roles::differences(&reading.backup, &reading.there, target),
        close_public: false,
    };
    roles.knows = Some(outcome.knows);
    Ok(report)
}

/// Refuses what the archive shows that the target cannot have.
pub(crate) fn check_archive(
    target: &Target,
    made_by: PgRelease,
    seen: &Inspection,
) -> Result<(), Failure> {
    check_strings(target, made_by, seen.escaping_strings)?;
    check(target, &seen.refused)?;
    check_collations(target, &seen.collations)?;
    check_functions(
        &seen.broken_functions,
        "archive has functions with an empty list of names, which pg_dump",
        "select parts of this one without these functions (-n, -t); or restore it by hand from the SQL that pg_restore \
         --file writes, after correcting these lines",
    )
}

/// Refuses functions that no server takes as the backup has them. `what` has them, and `otherwise` is what to do without another backup.
pub(crate) fn check_functions(
    broken: &BTreeSet<String>,
    what: &str,
    otherwise: &str,
) -> Result<(), Failure> {
    if broken.is_empty() {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "The {what} before 19 writes as a syntax error: {}.",
            some_of(broken)
        ),
        &format!(
            "Take the backup with the client programs of PostgreSQL 19, or after ALTER FUNCTION … SET search_path TO pg_catalog; \
             {otherwise}."
        ),
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
            "The target PgSQL node lacks the collations {}, which the backup uses: it was built without ICU (names \
             that end in -x-icu), it has another version of ICU, or its machine lacks the locales.",
            quoted(&missing)
        ),
        "Install the locales there, then run SELECT pg_import_system_collations('pg_catalog') in template1 and in the \
         database; or choose another target.",
    ))
}

/// Refuses what the target cannot have.
pub(crate) fn check(target: &Target, refused: &BTreeSet<String>) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    Err(refuse(
        &format!(
            "The target PgSQL node (PostgreSQL {}) does not support objects of the backup: {}.",
            target.facts.release.major(),
            some_of(refused)
        ),
        "Choose a target of that version or newer; for a compression method, one that was built with it.",
    ))
}
