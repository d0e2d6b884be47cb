//! Databases without a backup.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::alerts::Condition;
use pgbackman_core::catalogue::nodes::node_databases::UndefinedDatabase;
use pgbackman_core::domain::ids::{NodeId, ServerId};
use pgbackman_core::domain::status::{AlertType, ExecutionStatus};
use pgbackman_core::domain::text::shown::span;

use super::Finding;

/// The databases on the nodes of these servers that have existed for this long without a definition. A database that
/// is in the backup of its whole node needs none, and neither does one that the configuration excludes.
pub fn undefined(
    databases: &[UndefinedDatabase],
    tellers: &BTreeMap<NodeId, ServerId>,
    servers: &[ServerId],
    ignored: &[String],
    (limit, now): (TimeDelta, DateTime<Utc>),
) -> Vec<Finding> {
    let told = databases.iter().filter_map(|database| {
        let server = *tellers.get(&database.node)?;
        let is_told = servers.contains(&server)
            && !database.in_cluster_backup
            && !ignored.contains(&database.dbname)
            && database.first_seen + limit <= now;
        is_told.then(|| Finding {
            condition: Condition {
                kind: AlertType::NoDefinition,
                subject: format!("undefined:{}:{}", database.node, database.dbname),
                since: database.first_seen,
                reference: database.node.get(),
                backup: None,
                server,
                node: Some(database.node),
                dbname: database.dbname.clone(),
                status: ExecutionStatus::Warning,
                message: format!(
                    "The database has existed for {} and has no backup definition",
                    span(now - database.first_seen)
                ),
            },
            ended: None,
        })
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_told_after_its_time_unless_it_needs_no_definition() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let database = |name: &str, node: i64, hours: i64, in_cluster_backup| UndefinedDatabase {
            node: NodeId::new(node),
            node_fqdn: String::new(),
            port: 5432,
            dbname: name.to_owned(),
            first_seen: now - TimeDelta::hours(hours),
            last_seen: now,
            in_cluster_backup,
        };
        let databases = [
            database("old", 1, 24, false),
            database("new", 1, 23, false),
            database("postgres", 1, 99, false),
            database("whole", 1, 99, true),
            database("elsewhere", 2, 99, false),
        ];
        let tellers = [
            (NodeId::new(1), ServerId::new(1)),
            (NodeId::new(2), ServerId::new(2)),
        ];
        let found = undefined(
            &databases,
            &tellers.into(),
            &[ServerId::new(1)],
            &["postgres".to_owned()],
            (TimeDelta::hours(24), now),
        );
        let subjects: Vec<&str> = found
            .iter()
            .map(|found| found.condition.subject.as_str())
            .collect();
        assert_eq!(subjects, ["undefined:1:old"]);
    }
}
