//! Texts outside ASCII that belong to the cluster, given in a session of the new database: in one of another encoding other bytes would
//! come of them.

use std::collections::BTreeMap;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::{databases, raw_names};
use pgbackman_core::pgtools::scripts::inside_script::{self, Names};
use pgbackman_core::pgtools::scripts::settings_script::{self, Wanted};

use crate::backup::Backup;
use crate::plan::RolesToMake;
use crate::run::log::RestoreLog;

const DOING: &str = "apply comments and settings outside ASCII";

/// Runs the statements in one transaction, in a session of the database.
pub(crate) async fn run(
    session: &Session,
    statements: &[String],
    roles: &RolesToMake,
    log: &RestoreLog,
) -> Result<(), Failure> {
    let encoding = databases::encoding(&**session)
        .await
        .map_err(doing(DOING))?;
    let seen = databases::current(&**session).await.map_err(doing(DOING))?;
    let mut seen_roles = BTreeMap::new();
    let named = inside_script::roles(statements).map_err(doing(DOING))?;
    for role in named {
        let seen = seen_role(session, &encoding, &role, roles).await?;
        seen_roles.insert(role, seen);
    }
    let names = Names {
        database: &seen.name,
        role: &|role| {
            let seen = seen_roles.get(role);
            seen.map_or(role, |seen| seen.role.as_str()).to_owned()
        },
        is_made: &|role| seen_roles.get(role).is_some_and(|seen| seen.is_made),
    };
    let mut fitted = Vec::new();
    for statement in statements {
        fitted.extend(inside_script::fitted(statement, &names).map_err(doing(DOING))?);
    }
    if fitted.is_empty() {
        return Ok(());
    }
    let text = format!("{};", fitted.join(";\n"));
    log.say(format!(
        "run in the new database, in one transaction:\n{text}"
    ));
    session
        .batch_execute(&format!("BEGIN;\n{text}\nCOMMIT"))
        .await
        .map_err(doing(DOING))
}

/// What the settings file has for roles that are made for a database that is there.
pub(crate) fn of_roles(backup: &Backup) -> Result<Vec<String>, Failure> {
    let Some(text) = &backup.settings else {
        return Ok(Vec::new());
    };
    let as_it_is = Wanted {
        name: "",
        map: &|_| None,
        owner: true,
        privileges: true,
        tablespace: true,
    };
    let script = settings_script::read(text.as_bytes(), &as_it_is);
    script
        .and_then(|script| inside_script::of_roles(script.inside))
        .map_err(doing("read the backup's settings file"))
}

/// A role of a statement.
struct SeenRole {
    /// What is named in its place, as the database sees it.
    role: String,
    /// Whether this run has made it.
    is_made: bool,
}

async fn seen_role(
    session: &Session,
    encoding: &str,
    seen: &str,
    roles: &RolesToMake,
) -> Result<SeenRole, Failure> {
    let stored = raw_names::as_stored(&**session, encoding, seen)
        .await
        .map_err(doing(DOING))?;
    let stored = stored.as_deref().unwrap_or(seen);
    let mapped = match roles.mapped.get(stored) {
        Some(mapped) => raw_names::as_seen(&**session, encoding, mapped)
            .await
            .map_err(doing(DOING))?,
        None => None,
    };
    Ok(SeenRole {
        is_made: mapped.is_none() && roles.missing.iter().any(|one| one == stored),
        role: mapped.unwrap_or_else(|| seen.to_owned()),
    })
}
