//! Roles that a target has already, as it has them: a restore uses them as they are.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Row};

use super::{Asking, NodeError};
use crate::domain::pg_version::PgMajor;
use crate::domain::restore::target_facts::TargetFacts;
use crate::pgtools::role_attributes::{FLAGS, RoleAttributes};
use crate::secret::Secret;

const WHAT: &str = "its roles";

/// The first version with BYPASSRLS.
const BYPASS: PgMajor = PgMajor::old(9, 5);

/// The roles of these names that the target has, as it has them; passwords where the role that restores may see them.
///
/// # Errors
/// When the target cannot be asked.
pub async fn of_target(
    client: &Client,
    facts: &TargetFacts,
    names: &[String],
) -> Result<BTreeMap<String, RoleAttributes>, NodeError> {
    let bypass = if facts.release.major() >= BYPASS {
        "r.rolbypassrls"
    } else {
        "false"
    };
    let (password, catalog) = if facts.user.superuser {
        ("r.rolpassword", "pg_catalog.pg_authid")
    } else {
        ("NULL::pg_catalog.text", "pg_catalog.pg_roles")
    };
    let query = include_str!("sql/roles/existing_roles.sql")
        .replace("/* bypass_rls */", bypass)
        .replace("/* password */", password)
        .replace("/* catalog */", catalog);
    let rows = client.query(&query, &[&names]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| attributes(row).asking(WHAT))
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
    // What is no text cannot be compared with the backup's.
    let texts = |bytes: Vec<Vec<u8>>| {
        bytes
            .into_iter()
            .filter_map(|one| String::from_utf8(one).ok())
    };
    let settings: Option<Vec<Vec<u8>>> = row.try_get("settings")?;
    let member_of: Vec<Vec<u8>> = row.try_get("member_of")?;
    let attributes = RoleAttributes {
        flags,
        connection_limit: row.try_get("rolconnlimit")?,
        valid_until: row.try_get("valid_until")?,
        password: password.map(Secret::new),
        settings: texts(settings.unwrap_or_default())
            .filter_map(|setting| {
                let (name, value) = setting.split_once('=')?;
                Some((name.to_lowercase(), Some(value.to_owned())))
            })
            .collect(),
        member_of: texts(member_of).collect(),
    };
    Ok((row.try_get(0)?, attributes))
}
