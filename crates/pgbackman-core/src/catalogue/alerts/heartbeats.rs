//! Heartbeats (`daemon_sign_of_life`): each daemon of a backup server says about every minute that it works, and when it
//! is stopped as it should be. Who is not heard of in time is late.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::ServerId;
use crate::domain::schedule::missed_runs::Certainty;
use crate::domain::status::UnknownCode;

/// How often a daemon says that it works.
pub const INTERVAL: Duration = Duration::from_secs(60);
/// After this time a daemon that says so every [`INTERVAL`] is late: one that hangs in a connection for its time limit, and
/// one that is started again, are not.
pub const LATE_AFTER: Duration = Duration::from_secs(300);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As the catalogue has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| UnknownCode {
                    kind: $kind,
                    value: text.to_owned(),
                    allowed: Self::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words!(
    /// A program that works for a backup server all the time.
    Daemon, "daemon" {
        /// `pgbackman_control`.
        Control = "control",
        /// `pgbackman_maintenance`.
        Maintenance = "maintenance",
        /// `pgbackman_alerts`.
        Alerts = "alerts",
        /// `pgbackman_exporter`.
        Exporter = "exporter",
    }
);
words!(
    /// What the catalogue knows about a daemon.
    DaemonState, "state of a daemon" {
        /// It was heard of in time.
        Alive = "alive",
        /// It should have been heard of again.
        Late = "late",
        /// It was stopped as it should be, and has not begun again.
        Stopped = "stopped",
        /// It has not been heard of at all. Only of control and maintenance, which every backup server needs.
        Never = "never",
    }
);

/// What a daemon says about itself. What it does not know is left out; what another version says besides is not read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Results in `pending_updates` that wait for the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_files: Option<u64>,
    /// Files in `pending_updates/refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_files: Option<u64>,
    /// Entries of the job queue that wait for this server's control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_length: Option<u64>,
    /// Pieces of work that failed when they were last tried; of maintenance, problems in its last pass; of alerts, what it
    /// could not deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<u64>,
    /// The last thing that went wrong, as long as something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When maintenance's last pass ended that went through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_pass: Option<DateTime<Utc>>,
    /// Of alerts, how many channels notify somebody of everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u64>,
}

/// A heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The backup server it works for.
    pub server: ServerId,
    /// What it is.
    pub daemon: Daemon,
    /// Its process ID.
    pub procpid: u32,
    /// How long it has been working.
    pub uptime: Duration,
    /// When it is to be heard of again at the latest.
    pub next_within: Duration,
    /// What it says about itself.
    pub facts: Facts,
}

/// Notes a heartbeat of this version's software. `as_of` is for tests; without it the catalogue's clock counts.
pub async fn note(
    client: &impl GenericClient,
    sign: &Sign,
    as_of: Option<DateTime<Utc>>,
) -> Result<(), CatalogError> {
    let action = "record a heartbeat";
    let facts = serde_json::to_value(&sign.facts).map_err(|error| CatalogError::Decode {
        action,
        reason: error.to_string(),
    })?;
    client
        .execute(
            "SELECT note_sign_of_life($1, $2, $3, $4, make_interval(secs => $5), make_interval(secs => $6), $7, $8)",
            &[
                &sign.server.get(),
                &sign.daemon.as_str(),
                &crate::VERSION,
                &i64::from(sign.procpid),
                &sign.uptime.as_secs_f64(),
                &sign.next_within.as_secs_f64(),
                &facts,
                &as_of,
            ],
        )
        .await
        .map_err(sql(action))?;
    Ok(())
}

/// Notes that a daemon is stopped as it should be; of a process that another one has taken the place of, nothing.
pub async fn note_end(
    client: &impl GenericClient,
    server: ServerId,
    daemon: Daemon,
    procpid: u32,
    as_of: Option<DateTime<Utc>>,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT note_end_of_life($1, $2, $3, $4)",
            &[&server.get(), &daemon.as_str(), &i64::from(procpid), &as_of],
        )
        .await
        .map_err(sql("record that a daemon stops"))?;
    Ok(())
}

/// A daemon as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonLife {
    /// The backup server.
    pub server: ServerId,
    /// Its name.
    pub server_fqdn: String,
    /// What it is.
    pub daemon: Daemon,
    /// Whether it works.
    pub state: DaemonState,
    /// Version of the software; none where it was never heard of, as with all that follows.
    pub version: Option<String>,
    /// Process ID.
    pub procpid: Option<i64>,
    /// When it began.
    pub started: Option<DateTime<Utc>>,
    /// When it was heard of last.
    pub last_seen: Option<DateTime<Utc>>,
    /// When it was stopped as it should be.
    pub stopped: Option<DateTime<Utc>>,
    /// How long it may be silent.
    pub next_within: Option<TimeDelta>,
    /// What it said about itself; nothing where that is not understood.
    pub facts: Facts,
}

/// Every daemon of one backup server or of all, as of a time (without one, now by the catalogue's clock): control and
/// maintenance always, the others once they have been heard of. In order of server and daemon.
pub async fn list(
    client: &impl GenericClient,
    server: Option<ServerId>,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<DaemonLife>, CatalogError> {
    let action = "read the daemons' heartbeats";
    let rows = client
        .query(
            "SELECT d.*, extract(epoch FROM d.next_within)::float8 AS next_within_seconds \
             FROM daemons(coalesce($2, now())) AS d WHERE $1::integer IS NULL OR d.backup_server_id = $1",
            &[&server.map(ServerId::get), &as_of],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let within: Option<f64> = row.get("next_within_seconds")?;
        Ok(DaemonLife {
            server: ServerId::new(row.get("backup_server_id")?),
            server_fqdn: row.get("fqdn")?,
            daemon: row.parse("daemon")?,
            state: row.parse("state")?,
            version: row.get("version")?,
            procpid: row.get("procpid")?,
            started: row.get("started")?,
            last_seen: row.get("last_seen")?,
            stopped: row.get("stopped")?,
            #[allow(clippy::cast_possible_truncation)] // Seconds of an interval.
            next_within: within.map(|seconds| TimeDelta::milliseconds((seconds * 1000.0) as i64)),
            facts: serde_json::from_value(row.get("facts")?).unwrap_or_default(),
        })
    })
}

/// How sure the catalogue can be that it knows of every run of a server: not while results may wait there in files.
pub fn certainty(
    server: ServerId,
    lives: &[DaemonLife],
    catalogue_since: Option<DateTime<Utc>>,
) -> Certainty {
    let of = |daemon| {
        lives
            .iter()
            .find(move |life| life.server == server && life.daemon == daemon)
    };
    let files_wait = [Daemon::Control, Daemon::Maintenance]
        .into_iter()
        .filter_map(of)
        .any(|life| life.facts.pending_files.is_some_and(|count| count > 0));
    let importing_since = of(Daemon::Maintenance)
        .filter(|life| life.state == DaemonState::Alive && !files_wait)
        .and_then(|life| life.started);
    Certainty {
        catalogue_since,
        importing_since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(server: i32, daemon: Daemon, state: DaemonState) -> DaemonLife {
        DaemonLife {
            server: ServerId::new(server),
            server_fqdn: format!("backup{server}.example.net"),
            daemon,
            state,
            version: None,
            procpid: None,
            started: Some(DateTime::UNIX_EPOCH),
            last_seen: Some(DateTime::UNIX_EPOCH),
            stopped: None,
            next_within: Some(TimeDelta::minutes(5)),
            facts: Facts::default(),
        }
    }

    #[test]
    fn the_catalogue_is_sure_where_maintenance_is_at_work_and_no_files_wait() {
        let certain =
            |lives: &[DaemonLife]| certainty(ServerId::new(1), lives, None).importing_since;
        let maintenance = life(1, Daemon::Maintenance, DaemonState::Alive);
        assert_eq!(
            certain(std::slice::from_ref(&maintenance)),
            Some(DateTime::UNIX_EPOCH)
        );
        for other in [
            life(1, Daemon::Maintenance, DaemonState::Late),
            life(1, Daemon::Maintenance, DaemonState::Stopped),
            life(2, Daemon::Maintenance, DaemonState::Alive),
            life(1, Daemon::Control, DaemonState::Alive),
        ] {
            assert_eq!(certain(&[other]), None);
        }
        let mut control = life(1, Daemon::Control, DaemonState::Alive);
        control.facts.pending_files = Some(1);
        assert_eq!(certain(&[control.clone(), maintenance.clone()]), None);
        control.facts.pending_files = Some(0);
        assert!(certain(&[control, maintenance]).is_some());
    }

    #[test]
    fn facts_of_another_version_are_read_as_far_as_they_are_known() {
        let facts: Facts =
            serde_json::from_str(r#"{"pending_files": 3, "weather": "fine"}"#).unwrap();
        assert_eq!(facts.pending_files, Some(3));
        assert_eq!(
            serde_json::to_string(&facts).unwrap(),
            r#"{"pending_files":3}"#
        );
    }

    #[test]
    fn an_unknown_state_is_an_error() {
        assert_eq!("late".parse(), Ok(DaemonState::Late));
        assert!("lazy".parse::<DaemonState>().is_err());
    }
}
