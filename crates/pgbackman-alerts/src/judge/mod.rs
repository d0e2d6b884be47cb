//! Which alerts to raise: pure functions of facts and a time. All decisions are made here.

pub mod daemons;
pub mod definitions;
pub mod files;
pub mod undefined;

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::alerts::{Condition, OpenCondition};
use pgbackman_core::domain::ids::AlertId;
use pgbackman_core::domain::status::AlertType;

/// A condition that causes an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The condition.
    pub condition: Condition,
    /// How it ended, if it has ended; it is still reported once.
    pub ended: Option<String>,
}

/// The alerts to raise and to resolve.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Conditions to raise, unless they have been raised already.
    pub raise: Vec<Finding>,
    /// Conditions that have ended, with the reason.
    pub resolve: Vec<(AlertId, String)>,
}

/// Compares the conditions that were found with the open alerts. `reason` returns how an open condition ended that
/// was not found any more; `None` means that it is not checked now and remains open.
pub fn compare(
    findings: Vec<Finding>,
    open: &[OpenCondition],
    reason: impl Fn(&OpenCondition) -> Option<String>,
) -> Changes {
    let known: BTreeMap<&str, &OpenCondition> = open
        .iter()
        .map(|condition| (condition.subject.as_str(), condition))
        .collect();
    let lasting: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.ended.is_none())
        .map(|finding| finding.condition.subject.as_str())
        .collect();
    let resolve = open
        .iter()
        .filter(|condition| !lasting.contains(condition.subject.as_str()))
        .filter_map(|condition| Some((condition.alert, reason(condition)?)))
        .collect();
    let raise = findings
        .into_iter()
        .filter(|finding| {
            let told = known.get(finding.condition.subject.as_str());
            // A condition that has ended and was already reported is resolved, and not reported again.
            told.is_none_or(|told| finding.ended.is_some() && told.since < finding.condition.since)
        })
        .collect();
    Changes { raise, resolve }
}

/// The part of a subject after its kind: `12` of `missed:12`.
pub fn number_of(subject: &str) -> Option<i64> {
    subject.split(':').nth(1)?.parse().ok()
}

/// The kinds of conditions that are checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// Missed runs.
    pub missed: bool,
    /// Old backups.
    pub old: bool,
    /// Small backups.
    pub small: bool,
    /// Databases without a definition.
    pub undefined: bool,
    /// Daemons.
    pub daemons: bool,
}

impl Judged {
    /// Whether this kind is checked.
    pub const fn has(self, kind: AlertType) -> bool {
        match kind {
            AlertType::MissedRun => self.missed,
            AlertType::OldBackup => self.old,
            AlertType::SmallBackup => self.small,
            AlertType::NoDefinition => self.undefined,
            AlertType::Daemon => self.daemons,
            AlertType::DamagedBackup | AlertType::UnseenBackup => true,
            AlertType::BackupDef
            | AlertType::SnapshotDef
            | AlertType::RestoreDef
            | AlertType::PgsqlNode => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use pgbackman_core::domain::ids::ServerId;
    use pgbackman_core::domain::status::ExecutionStatus;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    fn finding(subject: &str, since: i64, ended: bool) -> Finding {
        Finding {
            condition: Condition {
                kind: AlertType::MissedRun,
                subject: subject.to_owned(),
                since: at(since),
                reference: 1,
                backup: None,
                server: ServerId::new(1),
                node: None,
                dbname: String::new(),
                status: ExecutionStatus::Error,
                message: String::new(),
            },
            ended: ended.then(|| "over".to_owned()),
        }
    }

    fn open(alert: i64, subject: &str, since: i64) -> OpenCondition {
        OpenCondition {
            alert: AlertId::new(alert),
            kind: AlertType::MissedRun,
            server: ServerId::new(1),
            subject: subject.to_owned(),
            since: at(since),
        }
    }

    #[test]
    fn what_is_known_is_not_raised_again_and_what_is_gone_is_resolved() {
        let changes = compare(
            vec![finding("missed:1", 5, false), finding("missed:2", 5, false)],
            &[
                open(7, "missed:1", 0),
                open(8, "missed:3", 0),
                open(9, "old:3", 0),
            ],
            |condition| {
                condition
                    .subject
                    .starts_with("missed")
                    .then(|| "done".to_owned())
            },
        );
        assert_eq!(changes.raise, [finding("missed:2", 5, false)]);
        assert_eq!(changes.resolve, [(AlertId::new(8), "done".to_owned())]);
    }

    #[test]
    fn what_ended_is_told_unless_it_is_what_was_told() {
        let changes = compare(
            vec![finding("missed:1", 5, true), finding("missed:2", 5, true)],
            &[open(7, "missed:1", 5), open(8, "missed:2", 0)],
            |_| Some("done".to_owned()),
        );
        assert_eq!(changes.raise, [finding("missed:2", 5, true)]);
        assert_eq!(changes.resolve.len(), 2, "both have ended");
    }
}
