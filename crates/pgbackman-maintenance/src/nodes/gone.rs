//! What a node's answer means for the definitions of its databases: pure, and careful (trap 12a). A database is certainly
//! gone only if the node is the cluster it was and lists neither its name nor its OID.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::nodes::missing_databases::CheckedDefinition;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::status::JobStatus;
use pgbackman_core::node::databases::NodeDatabase;

/// Databases that every cluster has. One that is not listed says more about the answer than about the database.
const ALWAYS_THERE: [&str; 3] = ["postgres", "template1", "template0"];

/// What a node said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `pg_control`'s identifier, where the server lets us see it.
    pub system_identifier: Option<String>,
    /// Its major version, as operators write it.
    pub major: String,
    /// Its databases.
    pub databases: Vec<NodeDatabase>,
}

/// Whether a node is the cluster it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// It is.
    Same,
    /// Nobody has looked yet: from now on this is the one.
    FirstSeen(String),
    /// It does not say; nothing is certain then.
    Unknown,
    /// Another cluster answers under its name.
    Another {
        /// The identifier that is known.
        known: String,
        /// The one that answers.
        found: String,
    },
}

/// Compares identifiers.
pub fn identity(known: Option<&str>, found: Option<&str>) -> Identity {
    match (known, found) {
        (_, None) => Identity::Unknown,
        (None, Some(found)) => Identity::FirstSeen(found.to_owned()),
        (Some(known), Some(found)) if known == found => Identity::Same,
        (Some(known), Some(found)) => Identity::Another {
            known: known.to_owned(),
            found: found.to_owned(),
        },
    }
}

/// What a node's list of databases means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Definitions whose database is listed under its name.
    pub present: Vec<DefId>,
    /// The OIDs that are new, or were not known.
    pub oids: Vec<(DefId, u32)>,
    /// Definitions whose database is listed neither by name nor by OID.
    pub missing: Vec<DefId>,
    /// Definitions whose database has another name now.
    pub renamed: Vec<(DefId, String)>,
    /// How many different databases the definitions that are not DELETED have.
    pub known_databases: usize,
    /// The names of those of them that are missing.
    pub missing_databases: BTreeSet<String>,
}

impl Judgement {
    /// More than half of a node's databases missing at once is no deletion of databases, but something else.
    pub fn most_are_missing(&self) -> bool {
        2 * self.missing_databases.len() > self.known_databases
    }
}

/// Judges all definitions of a node, whichever server they are of.
pub fn judge(databases: &[NodeDatabase], definitions: &[CheckedDefinition]) -> Judgement {
    let by_name: BTreeMap<&str, u32> = databases
        .iter()
        .map(|database| (database.name.as_str(), database.oid))
        .collect();
    let by_oid: BTreeMap<u32, &str> = databases
        .iter()
        .map(|database| (database.oid, database.name.as_str()))
        .collect();
    let mut judgement = Judgement::default();
    let mut known = BTreeSet::new();
    for definition in definitions {
        let name = definition.dbname.as_str();
        let counts = definition.status != JobStatus::Deleted;
        if counts {
            known.insert(name);
        }
        if let Some(oid) = by_name.get(name) {
            judgement.present.push(definition.id);
            if definition.datoid != Some(*oid) {
                judgement.oids.push((definition.id, *oid));
            }
        } else if let Some(now) = definition.datoid.and_then(|oid| by_oid.get(&oid)) {
            judgement.renamed.push((definition.id, (*now).to_owned()));
        } else if !name.is_empty() && !ALWAYS_THERE.contains(&name) {
            judgement.missing.push(definition.id);
            if counts {
                judgement.missing_databases.insert(name.to_owned());
            }
        }
    }
    judgement.known_databases = known.len();
    judgement
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::ServerId;

    use super::*;

    fn definition(
        id: i64,
        dbname: &str,
        datoid: Option<u32>,
        status: JobStatus,
    ) -> CheckedDefinition {
        CheckedDefinition {
            id: DefId::new(id),
            server: ServerId::new(1),
            dbname: dbname.to_owned(),
            datoid,
            status,
            missing_passes: 0,
        }
    }

    fn listed(databases: &[(&str, u32)]) -> Vec<NodeDatabase> {
        databases
            .iter()
            .map(|(name, oid)| NodeDatabase {
                name: (*name).to_owned(),
                oid: *oid,
                allows_connections: true,
                is_template: false,
            })
            .collect()
    }

    #[test]
    fn trap_12a_a_renamed_database_and_postgres_are_not_missing() {
        let definitions = [
            definition(1, "shop", Some(10), JobStatus::Active),
            definition(2, "old", Some(11), JobStatus::Active),
            definition(3, "gone", Some(12), JobStatus::Active),
            definition(4, "postgres", None, JobStatus::Active),
            definition(5, "template1", None, JobStatus::Deleted),
            definition(6, "", None, JobStatus::Active),
            definition(7, "never_seen", None, JobStatus::Stopped),
        ];
        let judgement = judge(&listed(&[("shop", 20), ("new", 11)]), &definitions);
        assert_eq!(judgement.present, [DefId::new(1)]);
        assert_eq!(judgement.oids, [(DefId::new(1), 20)]);
        assert_eq!(judgement.renamed, [(DefId::new(2), "new".to_owned())]);
        assert_eq!(judgement.missing, [DefId::new(3), DefId::new(7)]);
    }

    #[test]
    fn trap_12a_more_than_half_missing_is_told_from_half() {
        let definitions: Vec<CheckedDefinition> = ["a", "b", "c", "d"]
            .iter()
            .zip(1..)
            .map(|(name, id)| definition(id, name, None, JobStatus::Active))
            .chain([definition(9, "deleted_long_ago", None, JobStatus::Deleted)])
            .collect();
        assert!(!judge(&listed(&[("a", 1), ("b", 2)]), &definitions).most_are_missing());
        assert!(judge(&listed(&[("a", 1)]), &definitions).most_are_missing());
        assert!(!judge(&listed(&[]), &[]).most_are_missing());
    }

    #[test]
    fn trap_12a_a_node_is_the_one_it_was_or_nothing_is_certain() {
        assert_eq!(identity(Some("1"), Some("1")), Identity::Same);
        assert_eq!(identity(Some("1"), None), Identity::Unknown);
        assert_eq!(
            identity(None, Some("1")),
            Identity::FirstSeen("1".to_owned())
        );
        assert!(matches!(
            identity(Some("1"), Some("2")),
            Identity::Another { .. }
        ));
    }
}
