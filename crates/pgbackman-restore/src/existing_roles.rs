//! Roles of the backup that the target has already: they are used as they are, and an operator is told how they differ.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore_check::{Finding, Level, Subject};
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::role_attributes::{FLAGS, RoleAttributes};
use pgbackman_core::secret::Secret;
use tokio_postgres::Row;

use crate::target::Target;

/// The first version with BYPASSRLS.
const BYPASS: PgMajor = PgMajor::old(9, 5);

/// The roles of these names that the target has, as it has them; passwords where the role that restores may see them.
pub(crate) async fn of_target(
    target: &Target,
    names: &[String],
) -> Result<BTreeMap<String, RoleAttributes>, Failure> {
    const DOING: &str = "ask the target for its roles";
    let bypass = if target.facts.release.major() >= BYPASS {
        "r.rolbypassrls"
    } else {
        "false"
    };
    let (password, catalog) = if target.facts.user.superuser {
        ("r.rolpassword", "pg_catalog.pg_authid")
    } else {
        ("NULL::pg_catalog.text", "pg_catalog.pg_roles")
    };
    let query = include_str!("existing_roles.sql")
        .replace("/* bypass_rls */", bypass)
        .replace("/* password */", password)
        .replace("/* catalog */", catalog);
    let rows = target
        .session
        .query(&query, &[&names])
        .await
        .map_err(doing(DOING))?;
    rows.iter()
        .map(|row| attributes(row).map_err(doing(DOING)))
        .collect()
}

fn attributes(row: &Row) -> Result<(String, RoleAttributes), tokio_postgres::Error> {
    let mut flags = BTreeSet::new();
    for (at, flag) in FLAGS.into_iter().enumerate() {
        if row.try_get(at + 1)? {
            flags.insert(flag);
        }
    }
    let password: Option<String> = row.try_get("password")?;
    let settings: Option<Vec<String>> = row.try_get("settings")?;
    let member_of: Vec<String> = row.try_get("member_of")?;
    let attributes = RoleAttributes {
        flags,
        connection_limit: row.try_get("rolconnlimit")?,
        valid_until: row.try_get("valid_until")?,
        password: password.map(Secret::new),
        settings: settings
            .unwrap_or_default()
            .iter()
            .filter_map(|setting| setting.split_once('='))
            .map(|(name, value)| (name.to_lowercase(), Some(value.to_owned())))
            .collect(),
        member_of: member_of.into_iter().collect(),
    };
    Ok((row.try_get(0)?, attributes))
}

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
                    "Role {name} stays as it is on target PgSQL node, which differs from the backup's: {}.",
                    found.join(", ")
                ),
                advice: None,
            })
        })
        .collect()
}
