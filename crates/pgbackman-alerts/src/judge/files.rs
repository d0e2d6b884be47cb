//! Backups with damaged files, and backups whose files have not been checked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::Condition;
use pgbackman_core::catalogue::backups::files_found::{LastLook, NotWhole};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::{AlertType, ExecutionStatus};
use pgbackman_core::domain::text::shown::span;

use super::Finding;

/// Maximum number of nodes named in a message.
const NAMED: usize = 5;
/// Maximum number of definitions named in a message.
const DEFINITIONS_NAMED: usize = 10;

/// The alerts about files. Damage that one pass found on a server becomes one alert for all nodes with the same
/// recipients, so that an emptied directory, or a whole backup root, causes a single alert. Damage that another pass
/// finds becomes another alert. Files that could not be checked cause one alert per server and day.
pub fn files(not_whole: &[NotWhole], looks: &[LastLook], now: DateTime<Utc>) -> Vec<Finding> {
    let mut damage: BTreeMap<(ServerId, &str, &str), Vec<&NotWhole>> = BTreeMap::new();
    let mut unseen: BTreeMap<(ServerId, &str), Vec<&NotWhole>> = BTreeMap::new();
    for one in not_whole {
        if one.is_damaged {
            let key = (one.server, one.found.as_str(), one.told.as_str());
            damage.entry(key).or_default().push(one);
        } else {
            unseen
                .entry((one.server, &one.found))
                .or_default()
                .push(one);
        }
    }
    let damage = damage.into_values().filter_map(|nodes| damaged(&nodes));
    let mut found: Vec<Finding> = damage.collect();
    found.extend(unseen.into_values().filter_map(|nodes| not_seen(&nodes)));
    found.extend(looks.iter().filter_map(|look| overdue(look, now)));
    found
}

/// Damaged backups of one or several nodes. The recipients of the first node, which are those of all, get the mail.
fn damaged(nodes: &[&NotWhole]) -> Option<Finding> {
    let first = nodes.first()?;
    let newest = nodes.iter().max_by_key(|one| one.newest)?;
    let backups: i64 = nodes.iter().map(|one| one.backups).sum();
    let mut message = match (backups, nodes.len()) {
        (1, _) => format!("Backup {} is damaged: {}", newest.newest, newest.problem),
        (many, 1) => format!(
            "{many} backups are damaged, the newest is {}: {}",
            newest.newest, newest.problem
        ),
        (many, several) => {
            let each = nodes
                .iter()
                .take(NAMED)
                .map(|one| format!("{} of {}", one.backups, one.node_name));
            let mut each: Vec<String> = each.collect();
            if several > NAMED {
                each.push(format!("and those of {} other nodes", several - NAMED));
            }
            format!(
                "{many} backups of {several} nodes are damaged, the newest is {}: {} ({})",
                newest.newest,
                newest.problem,
                each.join(", ")
            )
        }
    };
    let without: Vec<String> = nodes
        .iter()
        .flat_map(|one| &one.without_whole)
        .map(ToString::to_string)
        .collect();
    if !without.is_empty() {
        let shown = without.len().min(DEFINITIONS_NAMED);
        let _ = write!(
            message,
            ". No undamaged backup is left of DefID {}",
            without[..shown].join(", ")
        );
        if shown < without.len() {
            let _ = write!(message, " and others");
        }
    }
    Some(Finding {
        condition: Condition {
            kind: AlertType::DamagedBackup,
            subject: format!("damaged:{}:{}:{}", first.server, first.found, first.told),
            since: nodes.iter().map(|one| one.since).min()?,
            reference: first.node.get(),
            backup: None,
            server: first.server,
            node: Some(first.node),
            dbname: String::new(),
            status: ExecutionStatus::Error,
            message,
        },
        ended: None,
    })
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
        "The files of {backups} backups could not be checked: {}",
        reasons.join("; ")
    );
    let since = nodes.iter().map(|one| one.since).min()?;
    let subject = format!("unseen:{}:{}", first.server, first.found);
    Some(of_server(first.server, subject, since, message))
}

fn overdue(look: &LastLook, now: DateTime<Utc>) -> Option<Finding> {
    let since = look.overdue_since(now)?;
    let last = if look.has_looked {
        "was"
    } else {
        "could have taken place"
    };
    let message = format!(
        "pgbackman_maintenance checks the files of all backups once a day; the last complete check {last} {} ago",
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
            found: day.to_owned(),
            told: String::new(),
            backups,
            since: at(0),
            newest: BckId::new(33),
            problem: "/srv/x is missing".to_owned(),
            without_whole: vec![],
        }
    }

    #[test]
    fn d1_what_one_pass_finds_is_one_alert_and_later_damage_another() {
        let mut all = [
            found(1, true, "2026-11-30T05:00:00", 1),
            found(1, true, "2026-11-30T06:00:00", 500),
            found(2, true, "2026-11-30T06:00:00", 4),
            found(3, true, "2026-11-30T06:00:00", 3),
            found(2, false, "2026-11-30", 7),
            found(3, false, "2026-11-30", 2),
        ];
        all[0].without_whole = vec![DefId::new(7), DefId::new(9)];
        // Others are told of this node.
        all[3].told = "dba@example.net".to_owned();
        let told: Vec<(String, String)> = files(&all, &[], at(1))
            .into_iter()
            .map(|one| (one.condition.subject, one.condition.message))
            .collect();
        let expected = [
            (
                "damaged:1:2026-11-30T05:00:00:",
                "Backup 33 is damaged: /srv/x is missing. No undamaged backup is left of DefID 7, 9",
            ),
            (
                "damaged:1:2026-11-30T06:00:00:",
                "504 backups of 2 nodes are damaged, the newest is 33: /srv/x is missing (500 of pg1.example.net:5432, 4 of \
                 pg2.example.net:5432)",
            ),
            (
                "damaged:1:2026-11-30T06:00:00:dba@example.net",
                "3 backups are damaged, the newest is 33: /srv/x is missing",
            ),
            (
                "unseen:1:2026-11-30",
                "The files of 9 backups could not be checked: 7 of pg2.example.net:5432 (/srv/x is missing); \
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
        assert!(told[0].condition.message.ends_with("check was 2 d 1 h ago"));
        assert!(
            told[1]
                .condition
                .message
                .contains("could have taken place 2 d 1 h ago")
        );
        assert_eq!(told[0].condition.since, at(48));
    }
}
