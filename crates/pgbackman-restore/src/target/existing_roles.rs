//! Roles of the backup that the target has already: an operator is told how they differ.

use std::collections::BTreeMap;

use pgbackman_core::domain::restore::restore_check::{Finding, Level, Subject};
use pgbackman_core::pgtools::role_attributes::RoleAttributes;

use crate::target::Target;

/// What an operator is told of roles that differ.
pub(crate) fn differences(
    backup: &BTreeMap<String, RoleAttributes>,
    there: &BTreeMap<String, RoleAttributes>,
    target: &Target,
) -> Vec<Finding> {
    let exists = |role: &str| target.facts.roles.contains(role);
    let may_see_passwords = target.facts.user.superuser;
    backup
        .iter()
        .filter_map(|(name, attributes)| {
            let found = attributes.differences(there.get(name)?, may_see_passwords, &exists);
            (!found.is_empty()).then(|| Finding {
                level: Level::Warning,
                subject: Subject::Role(name.clone()),
                text: format!(
                    "Role {name} on the target PgSQL node is not changed; it differs from the backup's: {}.",
                    found.join(", ")
                ),
                advice: None,
            })
        })
        .collect()
}
