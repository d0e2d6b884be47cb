//! What needs attention besides the results of backups.

use pgbackman_core::catalogue::alerts::heartbeats::{Daemon, DaemonLife, DaemonState};
use pgbackman_core::catalogue::attention::{self, Kind};
use pgbackman_core::domain::text::size::Size;

use crate::days::Day;
use crate::fleet::Fleet;

/// How urgent something is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Backups are not taken, or will be lost.
    Critical,
    /// Somebody should look.
    Warning,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// How urgent it is.
    pub level: Level,
    /// What it is, in a sentence without its full stop.
    pub text: String,
}

/// A disk that is full within so many days is a concern.
pub const SOON: f64 = 30.0;

/// At most so many things of the shared judgement are named one by one.
const NAMED: usize = 25;
/// What the page says by itself: in its numbers and tables, or as a concern with its own figures.
const SAID_BY_THE_PAGE: [Kind; 7] = [
    Kind::Failed,
    Kind::Missed,
    Kind::EndedWithWarning,
    Kind::DaemonSilent,
    Kind::DaemonFailing,
    Kind::DiskSpace,
    Kind::NoDefinition,
];

/// What needs attention in this fleet. Its `judgement` is the one that `pgbackman_status_info --check` has
/// too: what it names and the page does not say by itself is added, so that the page says nothing only where both find nothing.
pub fn of(fleet: &Fleet) -> Vec<Concern> {
    let mut concerns = Vec::new();
    let mut add = |level, text| concerns.push(Concern { level, text });
    for space in &fleet.space {
        let (Some(path), Some(free), Some(bytes)) = (&space.path, space.free, space.bytes) else {
            continue;
        };
        let place = format!("{path} on {}", space.server_fqdn);
        // Below 2^63.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let shown = Size(free.max(0.0) as u64);
        match space.days_left {
            _ if is_full(free, bytes) => add(
                Level::Critical,
                format!("the disk {place} is full: {shown} free"),
            ),
            Some(days) if days < SOON => add(
                Level::Warning,
                format!("the disk {place} is full in {days:.0} days at this rate: {shown} free"),
            ),
            _ => {}
        }
    }
    for life in &fleet.lives {
        let of_scope = |name: &str| fleet.space.iter().any(|space| space.server_fqdn == name);
        if of_scope(&life.server_fqdn) {
            daemon(life, fleet, &mut add);
        }
    }
    let standing = |what: Day| fleet.standing.get(&what).copied().unwrap_or(0);
    match standing(Day::Quiet) {
        0 => {}
        1 => add(
            Level::Warning,
            "1 definition has no backup in these days".to_owned(),
        ),
        several => add(
            Level::Warning,
            format!("{several} definitions have no backup in these days"),
        ),
    }
    if fleet.unscheduled > 0 {
        let text = match fleet.unscheduled {
            1 => "1 definition is not scheduled: it or its node is STOPPED".to_owned(),
            several => {
                format!("{several} definitions are not scheduled: they or their nodes are STOPPED")
            }
        };
        add(Level::Warning, text);
    }
    match fleet.undefined.len() {
        0 => {}
        1 => add(
            Level::Warning,
            "1 database is not backed up (see below)".to_owned(),
        ),
        several => add(
            Level::Warning,
            format!("{several} databases are not backed up (see below)"),
        ),
    }
    let others: Vec<&attention::Concern> = fleet
        .judgement
        .concerns
        .iter()
        .filter(|concern| !SAID_BY_THE_PAGE.contains(&concern.kind))
        .collect();
    for concern in others.iter().take(NAMED) {
        let level = match concern.level {
            attention::Level::Critical | attention::Level::Unknown => Level::Critical,
            attention::Level::Ok | attention::Level::Warning => Level::Warning,
        };
        add(level, concern.text.clone());
    }
    if others.len() > NAMED {
        let text = format!("{} more of these", others.len() - NAMED);
        add(Level::Warning, text);
    }
    concerns.sort_by_key(|concern| concern.level);
    concerns
}

/// A disk with less than a thousandth of its size free takes no backup any more.
pub fn is_full(free: f64, bytes: f64) -> bool {
    free < bytes / 1000.0
}

fn daemon(life: &DaemonLife, fleet: &Fleet, add: &mut impl FnMut(Level, String)) {
    let name = format!("{} on {}", life.daemon, life.server_fqdn);
    // Without these two no job is scheduled, and nothing is deleted.
    let level = match life.daemon {
        Daemon::Control | Daemon::Maintenance => Level::Critical,
        Daemon::Alerts | Daemon::Exporter => Level::Warning,
    };
    let since = || {
        life.last_seen
            .map(|seen| fleet.window.time(seen))
            .unwrap_or_default()
    };
    match life.state {
        DaemonState::Alive => {}
        DaemonState::Late => add(
            level,
            format!(
                "{name} does not respond; its last heartbeat was {}",
                since()
            ),
        ),
        DaemonState::Stopped => add(level, format!("{name} was stopped {}", since())),
        DaemonState::Never => add(level, format!("{name} has never run")),
    }
    let failing = life.facts.failing.unwrap_or(0);
    if failing > 0 {
        let reason = life.facts.last_error.as_deref().unwrap_or_default();
        add(
            Level::Warning,
            format!("{name} reports {failing} failing: {reason}"),
        );
    }
}
