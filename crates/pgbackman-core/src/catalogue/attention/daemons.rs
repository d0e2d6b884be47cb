//! The daemons of the backup servers: whether they respond, and what they report.

use super::judgement::{Judgement, Measured, shown};
use super::{Kind, Level, Limits, Pair, Picture};
use crate::catalogue::alerts::heartbeats::{Daemon, DaemonLife, DaemonState};

pub(super) fn judge(picture: &Picture, limits: &Limits, judgement: &mut Judgement) {
    let (mut down, mut pending, mut refused, mut undelivered) = (0, 0, 0, 0);
    for life in &picture.lives {
        if life.state != DaemonState::Alive {
            down += 1;
            judgement.add(Kind::DaemonSilent, needed(life), silence(life));
        }
        let facts = &life.facts;
        match life.daemon {
            Daemon::Control => {
                let waiting = facts.pending_files.unwrap_or(0);
                pending = waiting.max(pending);
                let level = limits.pending.of(waiting);
                if level > Level::Ok {
                    let text = format!("{waiting} pending result files on {}", life.server_fqdn);
                    judgement.add(Kind::Results, level, text);
                }
                let aside = facts.refused_files.unwrap_or(0);
                refused += aside;
                if aside > 0 {
                    let text = format!("{aside} unreadable result files on {}", life.server_fqdn);
                    judgement.add(Kind::Results, Level::Warning, text);
                }
                failing(life, "cannot apply all changes", judgement);
            }
            Daemon::Maintenance => failing(life, "has problems", judgement),
            Daemon::Alerts => {
                undelivered += facts.failing.unwrap_or(0);
                failing(life, "cannot deliver alerts", judgement);
            }
            Daemon::Exporter => {}
        }
    }
    judgement.measure("daemons_down", down, Measured::More(Pair::new(1, 1)));
    judgement.measure("pending", pending, Measured::More(limits.pending));
    judgement.measure("refused", refused, Measured::More(Pair::warning(1)));
    judgement.measure("undelivered", undelivered, Measured::More(Pair::warning(1)));
}

/// Without control and maintenance no backup is scheduled, registered or deleted.
fn needed(life: &DaemonLife) -> Level {
    match life.daemon {
        Daemon::Control | Daemon::Maintenance => Level::Critical,
        Daemon::Alerts | Daemon::Exporter => Level::Warning,
    }
}

fn silence(life: &DaemonLife) -> String {
    let who = format!("{} on {}", life.daemon, life.server_fqdn);
    let seen = life.last_seen.map(shown).unwrap_or_default();
    match life.state {
        DaemonState::Never => format!("{who} has never sent a heartbeat"),
        DaemonState::Stopped => format!("{who} was stopped {seen}"),
        DaemonState::Late | DaemonState::Alive => format!("{who} last sent a heartbeat {seen}"),
    }
}

fn failing(life: &DaemonLife, what: &str, judgement: &mut Judgement) {
    let count = life.facts.failing.unwrap_or(0);
    if count > 0 {
        let error = life.facts.last_error.as_deref().unwrap_or("see its log");
        let who = format!("{} on {}", life.daemon, life.server_fqdn);
        let text = format!("{who} {what} ({count}): {error}");
        judgement.add(Kind::DaemonFailing, Level::Warning, text);
    }
}
