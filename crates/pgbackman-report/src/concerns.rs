//! What needs attention: the judgement of `pgbackman_status_info --check`, and no other.

use std::cmp::Reverse;

use pgbackman_core::catalogue::attention::{Concern, Kind};

use crate::days::Day;
use crate::fleet::Fleet;

/// At most so many are named one by one.
const NAMED: usize = 50;

/// What is listed, the worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'f> {
    /// The concerns that are named.
    pub named: Vec<&'f Concern>,
    /// How many more there are.
    pub more: usize,
}

impl Listed<'_> {
    /// Whether nothing needs attention but what the table of definitions has.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}

/// What needs attention in this fleet, without the runs that the table of definitions below it names one by one.
pub fn of(fleet: &Fleet) -> Listed<'_> {
    let in_table = |what: Day| fleet.standing.get(&what).is_some_and(|number| *number > 0);
    let mut named: Vec<&Concern> = fleet
        .judgement
        .concerns
        .iter()
        .filter(|concern| match concern.kind {
            Kind::Failed => !in_table(Day::Failed),
            Kind::Missed => !in_table(Day::Missing),
            Kind::EndedWithWarning => !in_table(Day::Warning),
            _ => true,
        })
        .collect();
    named.sort_by_key(|concern| Reverse(concern.level));
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    Listed { named, more }
}

/// What is no concern and explains why definitions do not run.
pub fn notes(fleet: &Fleet) -> Vec<String> {
    let judgement = &fleet.judgement;
    let stopped = match judgement.stopped {
        0 => None,
        1 => Some("1 definition is not scheduled: it or its node is STOPPED".to_owned()),
        several => Some(format!(
            "{several} definitions are not scheduled: they or their nodes are STOPPED"
        )),
    };
    let windows = judgement.windows.iter().map(ToString::to_string);
    stopped.into_iter().chain(windows).collect()
}
