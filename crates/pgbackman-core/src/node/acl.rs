//! Privileges as GRANT statements in an order that can be run.

use std::collections::BTreeSet;

use crate::pgtools::quote::identifier;

/// One privilege of one grantee (a row of `aclexplode`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Who granted it.
    pub grantor: String,
    /// Who has it; `None` for PUBLIC.
    pub grantee: Option<String>,
    /// The privilege, as GRANT takes it (`CREATE`, `ALTER SYSTEM`).
    pub privilege: String,
    /// Whether it may be granted on.
    pub grantable: bool,
}

/// A GRANT statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who must run it; `None`: the object's owner, or any superuser in the owner's place.
    pub grantor: Option<String>,
    /// Who gets it; `None` for PUBLIC.
    pub grantee: Option<String>,
    /// The statement, without a semicolon.
    pub sql: String,
}

/// The grants that give an object these privileges, in the order of the entries, except that nobody grants what he has not
/// been granted yet with grant option. `object` is the quoted object with its kind (`DATABASE "shop"`).
pub fn grants(object: &str, owner: &str, entries: &[AclEntry]) -> Vec<Grant> {
    let ordered = in_grantable_order(owner, entries);
    let same_statement = |one: &(AclEntry, bool), other: &(AclEntry, bool)| {
        let key = |(entry, owned): &(AclEntry, bool)| {
            (
                *owned,
                entry.grantor.clone(),
                entry.grantee.clone(),
                entry.grantable,
            )
        };
        key(one) == key(other)
    };
    ordered
        .chunk_by(same_statement)
        .map(|chunk| grant(object, chunk))
        .collect()
}

/// The entries in an order that can be run, each with whether the owner grants it.
fn in_grantable_order(owner: &str, entries: &[AclEntry]) -> Vec<(AclEntry, bool)> {
    let mut waiting: Vec<&AclEntry> = entries.iter().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    let mut holders: BTreeSet<(&str, &str)> = BTreeSet::new();
    loop {
        let before = waiting.len();
        waiting.retain(|entry| {
            let owned = entry.grantor == owner;
            let ready =
                owned || holders.contains(&(entry.privilege.as_str(), entry.grantor.as_str()));
            if ready {
                ordered.push(((*entry).clone(), owned));
                if let (true, Some(grantee)) = (entry.grantable, &entry.grantee) {
                    holders.insert((&entry.privilege, grantee));
                }
            }
            !ready
        });
        if waiting.len() == before {
            // Whose grantor holds no grant option (a damaged catalog) comes from the owner rather than not at all.
            ordered.extend(waiting.into_iter().map(|entry| (entry.clone(), true)));
            return ordered;
        }
    }
}

fn grant(object: &str, chunk: &[(AclEntry, bool)]) -> Grant {
    let privileges: Vec<&str> = chunk
        .iter()
        .map(|(entry, _)| entry.privilege.as_str())
        .collect();
    let first = chunk.first();
    let grantee = first.and_then(|(entry, _)| entry.grantee.clone());
    let to = grantee
        .as_deref()
        .map_or_else(|| "PUBLIC".to_owned(), identifier);
    let option = if first.is_some_and(|(entry, _)| entry.grantable) {
        " WITH GRANT OPTION"
    } else {
        ""
    };
    Grant {
        grantor: first
            .filter(|(_, owned)| !owned)
            .map(|(entry, _)| entry.grantor.clone()),
        grantee,
        sql: format!(
            "GRANT {} ON {object} TO {to}{option}",
            privileges.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(grantor: &str, grantee: &str, privilege: &str, grantable: bool) -> AclEntry {
        AclEntry {
            grantor: grantor.to_owned(),
            grantee: (!grantee.is_empty()).then(|| grantee.to_owned()),
            privilege: privilege.to_owned(),
            grantable,
        }
    }

    fn statements(entries: &[AclEntry]) -> Vec<String> {
        grants("DATABASE \"d\"", "own", entries)
            .into_iter()
            .map(|grant| {
                format!(
                    "{}{}",
                    grant
                        .grantor
                        .map(|grantor| format!("{grantor}: "))
                        .unwrap_or_default(),
                    grant.sql
                )
            })
            .collect()
    }

    #[test]
    fn a_chain_of_grant_options_runs_from_its_beginning() {
        assert_eq!(
            statements(&[
                entry("own", "own", "CREATE", false),
                entry("own", "own", "CONNECT", false),
                entry("b", "c", "CONNECT", false),
                entry("a", "b", "CONNECT", true),
                entry("own", "a", "CONNECT", true),
                entry("own", "", "CONNECT", false),
            ]),
            [
                "GRANT CREATE, CONNECT ON DATABASE \"d\" TO \"own\"",
                "GRANT CONNECT ON DATABASE \"d\" TO \"a\" WITH GRANT OPTION",
                "GRANT CONNECT ON DATABASE \"d\" TO PUBLIC",
                "a: GRANT CONNECT ON DATABASE \"d\" TO \"b\" WITH GRANT OPTION",
                "b: GRANT CONNECT ON DATABASE \"d\" TO \"c\"",
            ]
        );
    }

    #[test]
    fn a_grant_without_a_beginning_is_not_lost() {
        assert_eq!(
            statements(&[entry("gone", "x", "CREATE", false)]),
            ["GRANT CREATE ON DATABASE \"d\" TO \"x\""]
        );
    }
}
