//! The backup's roles: those that exist on the target, that are made there, or whose place others take.

use std::collections::BTreeSet;

use super::names::has_a_line_break_too_many;
use super::{BackupFacts, Contents, Finding, Level, Request, Subject};
use crate::domain::restore::restore_parameters::RestoreParameters;
use crate::domain::restore::target_facts::TargetFacts;
use crate::domain::status::BackupCode;

/// The backup's roles that are restored: none by a code without them, and none where nothing is owned or granted.
pub fn names_of<'b>(
    backup: &'b BackupFacts,
    parameters: &RestoreParameters,
) -> impl Iterator<Item = &'b str> + use<'b> {
    let restored = backup.code.has_roles_and_settings() || backup.code == BackupCode::Cluster;
    let restored = restored && !(parameters.no_owner() && parameters.no_privileges());
    backup
        .roles
        .iter()
        .map(String::as_str)
        .filter(move |_| restored)
}

pub(super) fn check(
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let mut roles: Vec<&str> = names_of(backup, request.parameters).collect();
    roles.sort_unstable();
    roles.dedup();
    let mut findings: Vec<Finding> = roles
        .into_iter()
        .flat_map(|role| {
            one_role(role, backup, target, request)
                .into_iter()
                .map(|finding| finding.about(Subject::Role(role.to_owned())))
        })
        .collect();
    if let Some(contents) = &backup.contents {
        findings.extend(unknown_mappings(backup, contents, request.parameters));
        findings.extend(nobody_has(backup, contents, target, request.parameters));
    }
    findings
}

/// Every role that is mapped must be one of the backup's.
fn unknown_mappings(
    backup: &BackupFacts,
    contents: &Contents,
    parameters: &RestoreParameters,
) -> Option<Finding> {
    let unknown: Vec<&str> = parameters
        .role_map
        .iter()
        .map(|mapping| mapping.old.as_str())
        .filter(|old| !contents.named.contains(*old) && !backup.roles.iter().any(|one| one == old))
        .collect();
    (!unknown.is_empty()).then(|| {
        Finding::refused(
            format!(
                "Roles in --map-role that the backup does not contain: {}.",
                unknown.join(", ")
            ),
            "Remove them from --map-role.",
        )
    })
}

/// Roles that what is restored names, and that neither are there nor are made.
fn nobody_has(
    backup: &BackupFacts,
    contents: &Contents,
    target: &TargetFacts,
    parameters: &RestoreParameters,
) -> Option<Finding> {
    let made = super::roles_to_restore(backup, target, parameters);
    let mapped = parameters.role_map.iter().map(|mapping| &mapping.new);
    let lacking: BTreeSet<&str> = contents
        .needed
        .iter()
        .chain(mapped)
        .map(String::as_str)
        // A name in the archive's encoding that is no UTF-8 cannot be compared.
        .filter(|role| !role.contains(char::REPLACEMENT_CHARACTER))
        .filter(|role| !target.roles.contains(*role) && !made.iter().any(|one| one == role))
        .collect();
    (!lacking.is_empty()).then(|| {
        let lacking: Vec<&str> = lacking.into_iter().collect();
        Finding::refused(
            format!(
                "The backup refers to roles that exist neither on the target PgSQL node nor in its roles file: {}.",
                lacking.join(", ")
            ),
            "Create them, replace them by other roles (--map-role=old=new), or restore with --no-owner \
             --no-privileges.",
        )
    })
}

fn one_role(
    role: &str,
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let place = request.parameters.mapped(role);
    if place != role {
        return vec![if target.roles.contains(place) {
            Finding::ok(format!(
                "Role {place} of target PgSQL node replaces {role}."
            ))
        } else {
            Finding::refused(
                format!(
                    "Role {place}, which is to replace {role}, does not exist on target PgSQL node."
                ),
                "Create the role there first, or omit the mapping.",
            )
        }];
    }
    if target.roles.contains(role) {
        let exists = format!("Role {role} already exists on target PgSQL node.");
        return vec![if request.reuse.allows(role) {
            Finding::warning(exists)
        } else {
            Finding::new(Level::Conflict, Subject::General, exists).advise(
                "Agree to use the existing role, or map it to another one with the extra parameter --map-role.",
            )
        }];
    }
    let mut findings = vec![Finding::ok(format!(
        "Role {role} does not exist on target PgSQL node."
    ))];
    findings.extend(may_not_be_made(role, backup, target, request));
    findings
}

fn may_not_be_made(
    role: &str,
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Option<Finding> {
    if request
        .may_make
        .is_some_and(|allowed| !allowed.iter().any(|one| one == role))
    {
        return Some(Finding::refused(
            format!("The backup needs the role {role}, which this restore may not create."),
            "Create it, or add it to --role-list (a newly registered restore includes it).",
        ));
    }
    if has_a_line_break_too_many(role, target) {
        return Some(Finding::refused(
            format!(
                "The name of the role {role:?} contains a line break, which PostgreSQL 19 and newer refuse."
            ),
            "Replace it by another role with the extra parameter --map-role, or rename it on its node and take another \
             backup.",
        ));
    }
    let user = &target.user;
    if user.superuser {
        return None;
    }
    let is_privileged = backup
        .needs
        .as_ref()
        .is_some_and(|needs| needs.privileged_roles.iter().any(|one| one == role));
    let advice = format!(
        "Create the role {role} on the target as a superuser, or map it to an existing role with the extra parameter \
         --map-role."
    );
    if !user.create_role {
        Some(Finding::refused(
            format!(
                "The role {} may not create roles, but {role} must be created.",
                user.name
            ),
            format!("Give the role {} CREATEROLE. {advice}", user.name),
        ))
    } else if is_privileged {
        Some(Finding::refused(
            format!(
                "The role {} is not a superuser, and may not create {role}, which has SUPERUSER, REPLICATION or \
                 BYPASSRLS.",
                user.name
            ),
            advice,
        ))
    } else {
        None
    }
}
