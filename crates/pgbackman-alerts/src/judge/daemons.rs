//! Daemons without heartbeats, and the servers whose alerts this daemon handles meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::alerts::Condition;
use pgbackman_core::catalogue::alerts::heartbeats::{Daemon, DaemonLife, DaemonState};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::{AlertType, ExecutionStatus};
use pgbackman_core::domain::text::shown::span;

use super::Finding;

/// Time without a heartbeat after which another server's alerts are taken over.
const TAKEN_OVER_AFTER: TimeDelta = TimeDelta::minutes(10);

/// The servers whose alerts this daemon handles: its own, and those without a running alerts daemon.
pub fn looked_after(
    own: ServerId,
    servers: &[ServerId],
    lives: &[DaemonLife],
    now: DateTime<Utc>,
) -> Vec<ServerId> {
    let at_work: BTreeSet<ServerId> = lives
        .iter()
        .filter(|life| life.daemon == Daemon::Alerts)
        .filter(|life| silent_since(life).is_none_or(|since| since + TAKEN_OVER_AFTER > now))
        .filter(|life| life.state != DaemonState::Stopped && life.state != DaemonState::Never)
        .map(|life| life.server)
        .collect();
    let others = servers.iter().copied();
    let mut mine: Vec<ServerId> = others
        .filter(|server| *server == own || !at_work.contains(server))
        .collect();
    if !mine.contains(&own) {
        mine.push(own);
    }
    mine
}

/// When the overdue heartbeat of a daemon was expected; `None` if it is not overdue.
fn silent_since(life: &DaemonLife) -> Option<DateTime<Utc>> {
    match life.state {
        DaemonState::Alive | DaemonState::Never => None,
        DaemonState::Stopped => life.stopped,
        DaemonState::Late => Some(life.last_seen? + life.next_within.unwrap_or_default()),
    }
}

/// The daemons of these servers that have sent no heartbeat for this long. A daemon that has never run is reported if
/// the server has definitions; `definitions_since` gives the time of the first one.
pub fn silent(
    lives: &[DaemonLife],
    servers: &[ServerId],
    definitions_since: &BTreeMap<ServerId, DateTime<Utc>>,
    (limit, now): (TimeDelta, DateTime<Utc>),
) -> Vec<Finding> {
    let told = lives
        .iter()
        .filter(|life| servers.contains(&life.server) && life.daemon != Daemon::Exporter)
        .filter_map(|life| {
            let since = match life.state {
                DaemonState::Never => definitions_since.get(&life.server).copied(),
                _ => silent_since(life),
            }?;
            (since + limit <= now).then(|| finding(life, since, now))
        });
    told.collect()
}

fn finding(life: &DaemonLife, since: DateTime<Utc>, now: DateTime<Utc>) -> Finding {
    let program = format!("pgbackman_{}", life.daemon);
    let message = match (life.state, life.last_seen) {
        (DaemonState::Stopped, _) => format!(
            "{program} was stopped {} ago and has not been started again",
            span(now - since)
        ),
        (DaemonState::Never, _) | (_, None) => format!(
            "{program} has never reported, {} after the first definition was registered",
            span(now - since)
        ),
        (_, Some(seen)) => format!("{program} last reported {} ago", span(now - seen)),
    };
    Finding {
        condition: Condition {
            kind: AlertType::Daemon,
            subject: format!("silent:{}:{}", life.server, life.daemon),
            since,
            reference: i64::from(life.server.get()),
            backup: None,
            server: life.server,
            node: None,
            dbname: String::new(),
            status: ExecutionStatus::Error,
            message,
        },
        ended: None,
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::alerts::heartbeats::Facts;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    fn life(server: i32, daemon: Daemon, state: DaemonState) -> DaemonLife {
        DaemonLife {
            server: ServerId::new(server),
            server_fqdn: format!("backup{server}.example.net"),
            daemon,
            state,
            version: None,
            procpid: None,
            started: Some(at(-1000)),
            last_seen: Some(at(0)),
            stopped: (state == DaemonState::Stopped).then(|| at(0)),
            next_within: Some(TimeDelta::minutes(5)),
            facts: Facts::default(),
        }
    }

    #[test]
    fn a_server_without_its_own_alerts_daemon_is_looked_after_by_another() {
        let all = [1, 2, 3, 4, 5].map(ServerId::new);
        let lives = [
            life(1, Daemon::Alerts, DaemonState::Late),
            life(2, Daemon::Alerts, DaemonState::Alive),
            life(3, Daemon::Alerts, DaemonState::Stopped),
            life(4, Daemon::Alerts, DaemonState::Late),
            life(5, Daemon::Control, DaemonState::Alive),
        ];
        let mine = |now| looked_after(ServerId::new(1), &all, &lives, at(now));
        assert_eq!(mine(14), [1, 3, 5].map(ServerId::new));
        assert_eq!(mine(15), [1, 3, 4, 5].map(ServerId::new));
    }

    #[test]
    fn a_silent_daemon_is_told_after_its_time() {
        let servers = [ServerId::new(1)];
        let since = [(ServerId::new(1), at(-30))].into();
        let found = |life: DaemonLife, now| {
            let found = silent(&[life], &servers, &since, (TimeDelta::minutes(10), at(now)));
            found.first().map(|found| found.condition.message.clone())
        };
        let control = |state| life(1, Daemon::Control, state);
        assert_eq!(found(control(DaemonState::Alive), 999), None);
        assert_eq!(found(control(DaemonState::Late), 14), None);
        assert_eq!(
            found(control(DaemonState::Late), 15).as_deref(),
            Some("pgbackman_control last reported 15 min ago")
        );
        assert_eq!(found(control(DaemonState::Stopped), 9), None);
        assert!(
            found(control(DaemonState::Stopped), 10)
                .unwrap()
                .contains("was stopped 10 min ago")
        );
        assert_eq!(found(control(DaemonState::Never), -21), None);
        assert!(
            found(control(DaemonState::Never), -20)
                .unwrap()
                .contains("has never reported")
        );
        assert_eq!(
            found(life(2, Daemon::Control, DaemonState::Late), 999),
            None
        );
    }
}
