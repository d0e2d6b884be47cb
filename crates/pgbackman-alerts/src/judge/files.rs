//! Backups whose files are damaged, or that nobody has looked at.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pgbackman_core::catalog::alerts::Condition;
use pgbackman_core::catalog::files_found::{LastLook, NotWhole};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::{AlertType, ExecutionStatus};

use super::Finding;
use super::definitions::span;

/// So many nodes are named.
const NAMED: usize = 5;

/// What of it is told. What was found on one day is one alert: damage for each node of a server, what could not be looked at
/// for each server. A whole directory that is gone is therefore one, and what is damaged later is another one.
pub fn files(not_whole: &[NotWhole], looks: &[LastLook], now: DateTime<Utc>) -> Vec<Finding> {
    let mut found: Vec<Finding> = not_whole
        .iter()
        .filter(|one| one.is_damaged)
        .map(damaged)
        .collect();
    let mut unseen: BTreeMap<(ServerId, &str), Vec<&NotWhole>> = BTreeMap::new();
    for one in not_whole.iter().filter(|one| !one.is_damaged) {
        unseen.entry((one.server, &one.day)).or_default().push(one);
    }
    found.extend(unseen.into_values().filter_map(|nodes| not_seen(&nodes)));
    found.extend(looks.iter().filter_map(|look| overdue(look, now)));
    found
}

fn damaged(one: &NotWhole) -> Finding {
    let backups = match one.backups {
        1 => format!("Backup {} is damaged", one.newest),
        many => format!("{many} backups are damaged, the newest is {}", one.newest),
    };
    let without = match one.without_whole.as_slice() {
        [] => String::new(),
        ids => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!(". No backup is whole of DefID {}", ids.join(", "))
        }
    };
    Finding {
        condition: Condition {
            kind: AlertType::DamagedBackup,
            subject: format!("damaged:{}:{}:{}", one.server, one.node, one.day),
            since: one.since,
            reference: one.node.get(),
            backup: None,
            server: one.server,
            node: Some(one.node),
            dbname: String::new(),
            status: ExecutionStatus::Error,
            message: format!("{backups}: {}{without}", one.problem),
        },
        ended: None,
    }
}

fn not_seen(nodes: &[&NotWhole]) -> Option<Finding> {
    let first = nodes.first()?;
    let backups: i64 = nodes.iter().map(|one| one.backups).sum();
    let mut reasons: Vec<String> = nodes
        .iter()
        .take(NAMED)
        .map(|one| format!("{} of {} ({})", one.backups, one.node_name, one.problem))
        .collect();
    if nodes.len() > NAMED {
        reasons.push(format!("and of {} other nodes", nodes.len() - NAMED));
    }
    let message = format!(
        "The files of {backups} backups could not be looked at: {}",
        reasons.join("; ")
    );
    let since = nodes.iter().map(|one| one.since).min()?;
    let subject = format!("unseen:{}:{}", first.server, first.day);
    Some(of_server(first.server, subject, since, message))
}

fn overdue(look: &LastLook, now: DateTime<Utc>) -> Option<Finding> {
    let since = look.overdue_since(now)?;
    let last = if look.has_looked {
        "was"
    } else {
        "could have been made"
    };
    let message = format!(
        "pgbackman_maintenance looks at the files of all backups once a day; the last complete look {last} {} ago",
        span(now - look.since)
    );
    let subject = format!("look:{}", look.server);
    Some(of_server(look.server, subject, since, message))
}

fn of_server(server: ServerId, subject: String, since: DateTime<Utc>, message: String) -> Finding {
    Finding {
        condition: Condition {
            kind: AlertType::UnseenBackup,
            subject,
            since,
            reference: i64::from(server.get()),
            backup: None,
            server,
            node: None,
            dbname: String::new(),
            status: ExecutionStatus::Warning,
            message,
        },
        ended: None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pgbackman_core::domain::ids::{BckId, DefId, NodeId};

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hour)
    }

    fn found(node: i64, is_damaged: bool, day: &str, backups: i64) -> NotWhole {
        NotWhole {
            server: ServerId::new(1),
            server_fqdn: "b1.example.net".to_owned(),
            node: NodeId::new(node),
            node_name: format!("pg{node}.example.net:5432"),
            is_damaged,
            day: day.to_owned(),
            backups,
            since: at(0),
            newest: BckId::new(33),
            problem: "/srv/x is missing".to_owned(),
            without_whole: vec![],
        }
    }

    #[test]
    fn a_directory_that_is_gone_is_one_alert_and_later_damage_another() {
        let mut all = [
            found(1, true, "2026-11-29", 1),
            found(1, true, "2026-11-30", 500),
            found(2, false, "2026-11-30", 7),
            found(3, false, "2026-11-30", 2),
        ];
        all[0].without_whole = vec![DefId::new(7), DefId::new(9)];
        let told: Vec<(String, String)> = files(&all, &[], at(1))
            .into_iter()
            .map(|one| (one.condition.subject, one.condition.message))
            .collect();
        let expected = [
            (
                "damaged:1:1:2026-11-29",
                "Backup 33 is damaged: /srv/x is missing. No backup is whole of DefID 7, 9",
            ),
            (
                "damaged:1:1:2026-11-30",
                "500 backups are damaged, the newest is 33: /srv/x is missing",
            ),
            (
                "unseen:1:2026-11-30",
                "The files of 9 backups could not be looked at: 7 of pg2.example.net:5432 (/srv/x is missing); \
                 2 of pg3.example.net:5432 (/srv/x is missing)",
            ),
        ];
        assert_eq!(told, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_look_that_does_not_happen_is_told_after_two_days() {
        let look = |has_looked| LastLook {
            server: ServerId::new(1),
            server_fqdn: String::new(),
            since: at(0),
            has_looked,
        };
        assert_eq!(files(&[], &[look(true)], at(48)), []);
        let told = files(&[], &[look(true), look(false)], at(49));
        assert!(told[0].condition.message.ends_with("look was 2 d 1 h ago"));
        assert!(
            told[1]
                .condition
                .message
                .contains("could have been made 2 d 1 h ago")
        );
        assert_eq!(told[0].condition.since, at(48));
    }
}
