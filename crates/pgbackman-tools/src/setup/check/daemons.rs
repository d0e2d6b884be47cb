//! Checks of this backup server's daemons, by their heartbeats in the catalogue.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::heartbeats::{Daemon, DaemonLife, DaemonState};

use super::Finding;

/// Checks every daemon in the catalogue.
pub(super) fn all(daemons: &[DaemonLife], now: DateTime<Utc>) -> Vec<Finding> {
    daemons.iter().map(|daemon| one(daemon, now)).collect()
}

fn one(life: &DaemonLife, now: DateTime<Utc>) -> Finding {
    let name = format!("pgbackman_{}", life.daemon);
    let start = format!(
        "systemctl start pgbackman-{}; to see why it does not run: journalctl -u pgbackman-{}",
        life.daemon, life.daemon
    );
    let consequence = match life.daemon {
        Daemon::Control => "registered changes are not carried out",
        Daemon::Maintenance => {
            "expired backups are not deleted, and pending results are not registered"
        }
        Daemon::Alerts => "nobody is notified of failures",
        Daemon::Exporter => "no metrics are collected",
    };
    match life.state {
        DaemonState::Alive => match &life.facts.last_error {
            Some(error) => Finding::warning(
                "daemon",
                name,
                format!("running, with errors: {error}"),
                "see the log",
            ),
            None => Finding::ok("daemon", name, "running"),
        },
        DaemonState::Late => Finding::error(
            "daemon",
            name,
            format!(
                "the last heartbeat was {} ago: {consequence}",
                life.last_seen.map_or_else(
                    || "long".to_owned(),
                    |seen| format!("{} min", (now - seen).num_minutes())
                )
            ),
            start,
        ),
        DaemonState::Stopped => {
            Finding::warning("daemon", name, format!("stopped: {consequence}"), start)
        }
        DaemonState::Never => Finding::error(
            "daemon",
            name,
            format!("has never run: {consequence}"),
            start,
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pgbackman_core::catalogue::alerts::heartbeats::Facts;
    use pgbackman_core::domain::ids::ServerId;

    use super::*;
    use crate::setup::check::finding::Level;

    fn life(state: DaemonState, now: DateTime<Utc>) -> DaemonLife {
        DaemonLife {
            server: ServerId::new(1),
            server_fqdn: "b.example.net".to_owned(),
            daemon: Daemon::Maintenance,
            state,
            version: None,
            procpid: None,
            started: None,
            last_seen: Some(now - TimeDelta::minutes(17)),
            stopped: None,
            next_within: None,
            facts: Facts::default(),
        }
    }

    #[test]
    fn who_is_not_heard_of_is_an_error_that_says_what_follows() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let judged = |state| one(&life(state, now), now);
        assert_eq!(judged(DaemonState::Alive).level, Level::Ok);
        assert_eq!(judged(DaemonState::Stopped).level, Level::Warning);
        assert_eq!(judged(DaemonState::Never).level, Level::Error);
        let late = judged(DaemonState::Late);
        assert_eq!(late.level, Level::Error);
        assert!(
            late.found
                .contains("17 min ago: expired backups are not deleted"),
            "{late:?}"
        );
    }

    #[test]
    fn what_does_not_succeed_is_said_of_who_works() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut failing = life(DaemonState::Alive, now);
        failing.facts.last_error = Some("no space".to_owned());
        let finding = one(&failing, now);
        assert_eq!(finding.level, Level::Warning);
        assert!(finding.found.contains("no space"), "{finding:?}");
    }
}
