//! Evaluates the facts in the catalogue: which alerts to raise, and which are resolved.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::alert_facts::{self, Watched};
use pgbackman_core::catalogue::alerts::heartbeats::certainty;
use pgbackman_core::catalogue::alerts::{self, OpenCondition};
use pgbackman_core::catalogue::backups::files_found;
use pgbackman_core::catalogue::nodes::{config_params, node_databases, time_zones};
use pgbackman_core::clock::time_delta;
use pgbackman_core::domain::ids::{DefId, ServerId};
use pgbackman_core::domain::schedule::missed_runs::{LOOK_BACK, RunTimes};
use pgbackman_core::domain::schedule::time_zone::Zone;
use pgbackman_core::domain::status::AlertType;
use tokio::time::timeout;

use crate::judge::definitions::{PAST, missed, old, small};
use crate::judge::files::files;
use crate::judge::{Changes, Finding, Judged, compare, daemons, number_of, undefined::undefined};
use crate::local_runs::local_runs;
use crate::pass::{Pass, ask};

/// Timeout for reading the run records of this machine; their file system may hang.
const LOCAL_LIMIT: Duration = Duration::from_secs(20);

impl Pass<'_> {
    /// Checks all conditions, and raises and resolves alerts in the catalogue.
    pub async fn judge(&self) -> Result<(), CatalogError> {
        let session = self.session;
        let watched = ask(session, alert_facts::watched(&**session, self.servers)).await?;
        let open = ask(session, alerts::open_conditions(&**session, self.servers)).await?;
        let findings = self.findings(&watched, &open).await?;
        let last_runs: BTreeMap<i64, Option<DateTime<Utc>>> = watched
            .iter()
            .map(|watched| (watched.id.get(), watched.last_run))
            .collect();
        let changes = compare(findings, &open, |condition| {
            self.ended(condition, &last_runs)
        });
        self.tell(changes).await
    }

    async fn tell(&self, changes: Changes) -> Result<(), CatalogError> {
        let (session, now) = (self.session, self.now);
        let mut ended = changes.resolve;
        if !ended.is_empty() {
            ask(session, alerts::resolve(&**session, &ended, now)).await?;
        }
        ended.clear();
        for Finding {
            condition,
            ended: over,
        } in changes.raise
        {
            let raised = ask(session, alerts::raise(&**session, &condition, now)).await?;
            if let (Some(alert), Some(reason)) = (raised, over) {
                ended.push((alert, reason));
            }
        }
        if !ended.is_empty() {
            ask(session, alerts::resolve(&**session, &ended, now)).await?;
        }
        Ok(())
    }

    async fn findings(
        &self,
        watched: &[Watched],
        open: &[OpenCondition],
    ) -> Result<Vec<Finding>, CatalogError> {
        let section = &self.daemon.context.config.alerts;
        let session = self.session;
        let mut found = Vec::new();
        if section.alert_on_missed_runs {
            found.extend(self.missed(watched, open).await?);
        }
        if let Some(limit) = section.old_backup_after.map(time_delta) {
            found.extend(
                watched
                    .iter()
                    .filter_map(|watched| old(watched, limit, self.now)),
            );
        }
        if section.small_backup_percent > 0 {
            let most = section.small_backup_compared;
            let sizes = ask(session, alert_facts::sizes(&**session, self.servers, most)).await?;
            let minimum = i64::from(section.small_backup_minimum_mb) << 20;
            let percent = section.small_backup_percent;
            found.extend(
                sizes
                    .iter()
                    .filter_map(|sizes| small(sizes, percent, minimum)),
            );
        }
        if let Some(limit) = section.no_definition_after.map(time_delta) {
            let databases = ask(session, node_databases::without_definition(&**session)).await?;
            let tellers = ask(session, alert_facts::servers_of_nodes(&**session)).await?;
            let ignored = &section.no_definition_ignored;
            found.extend(undefined(
                &databases,
                &tellers,
                self.servers,
                ignored,
                (limit, self.now),
            ));
        }
        if let Some(limit) = section.daemon_silent_after.map(time_delta) {
            let mut since: BTreeMap<ServerId, DateTime<Utc>> = BTreeMap::new();
            for watched in watched {
                let first = since.entry(watched.server).or_insert(watched.since);
                *first = watched.since.min(*first);
            }
            found.extend(daemons::silent(
                self.lives,
                self.servers,
                &since,
                (limit, self.now),
            ));
        }
        let not_whole = files_found::not_whole(&**session, Some(self.servers), None);
        let not_whole = ask(session, not_whole).await?;
        let looks = files_found::last_looks(&**session, Some(self.servers));
        let looks = ask(session, looks).await?;
        found.extend(files(&not_whole, &looks, self.now));
        Ok(found)
    }

    async fn missed(
        &self,
        watched: &[Watched],
        open: &[OpenCondition],
    ) -> Result<Vec<Finding>, CatalogError> {
        let (session, now) = (self.session, self.now);
        let grace = time_delta(self.daemon.context.config.backup_server.missed_run_grace);
        let back = now - LOOK_BACK - TimeDelta::days(1);
        let zones = ask(session, time_zones::of_servers(&**session, back, now)).await?;
        let past = now - PAST - grace;
        let mut runs = ask(
            session,
            alert_facts::runs_since(&**session, self.servers, past),
        )
        .await?;
        for (definition, times) in self.local_runs().await? {
            runs.entry(definition).or_default().push(times);
        }
        let back = *self
            .daemon
            .catalogue_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let catalogue_since = back.map_or(self.catalogue_up, |back| back.max(self.catalogue_up));
        let told: BTreeMap<i64, DateTime<Utc>> = open
            .iter()
            .filter(|condition| condition.kind == AlertType::MissedRun)
            .filter_map(|condition| Some((number_of(&condition.subject)?, condition.since)))
            .collect();
        let utc = Zone::utc();
        let found = watched.iter().flat_map(|watched| {
            let zone = zones.get(&watched.server).unwrap_or(&utc);
            let runs = runs.get(&watched.id).map_or(&[][..], Vec::as_slice);
            let certainty = certainty(watched.server, self.lives, Some(catalogue_since));
            let told = told.get(&watched.id.get()).copied();
            missed(watched, zone, runs, certainty, told, (grace, now))
        });
        Ok(found.collect())
    }

    /// The runs of this machine that its own files show.
    async fn local_runs(&self) -> Result<Vec<(DefId, RunTimes)>, CatalogError> {
        let session = self.session;
        let config = ask(session, config_params::server_config(&**session, self.own)).await?;
        let mut roots = vec![config.root_backup_partition];
        roots.extend(
            self.daemon
                .context
                .config
                .backup_server
                .backup_roots
                .iter()
                .cloned(),
        );
        roots.dedup();
        let reading = tokio::task::spawn_blocking(move || local_runs(&roots));
        match timeout(LOCAL_LIMIT, reading).await {
            Ok(Ok(runs)) => Ok(runs),
            Ok(Err(error)) => {
                tracing::error!("could not read the runs of this machine: {error}");
                Ok(Vec::new())
            }
            Err(_) => {
                tracing::warn!(
                    "could not read the runs of this machine within {} s",
                    LOCAL_LIMIT.as_secs()
                );
                Ok(Vec::new())
            }
        }
    }

    /// Why a condition is no longer found.
    fn ended(
        &self,
        condition: &OpenCondition,
        last_runs: &BTreeMap<i64, Option<DateTime<Utc>>>,
    ) -> Option<String> {
        if !self.judged().has(condition.kind) {
            let off = "This check is now OFF in the configuration.".to_owned();
            return (condition.server == self.own).then_some(off);
        }
        let definition = number_of(&condition.subject).and_then(|number| last_runs.get(&number));
        let nobodys =
            "No run is due any more: the definition, its node or its schedule has been changed.";
        Some(match (condition.kind, definition) {
            (AlertType::MissedRun, Some(Some(last))) if *last >= condition.since => {
                format!("A run began at {}.", last.format("%Y-%m-%d %H:%M:%S UTC"))
            }
            (AlertType::MissedRun, _) | (AlertType::OldBackup, None) => nobodys.to_owned(),
            (AlertType::OldBackup, Some(_)) => "There is a usable backup.".to_owned(),
            (AlertType::SmallBackup, _) => {
                "The newest backup has a usual size, or there are no earlier backups to compare it with.".to_owned()
            }
            (AlertType::NoDefinition, _) => {
                "The database has a definition, is backed up with its node, or no longer exists.".to_owned()
            }
            (AlertType::Daemon, _) => "The daemon has reported again.".to_owned(),
            (AlertType::DamagedBackup, _) => {
                "None of these backups is known to be damaged any more: their files are back, or the backups have been deleted.".to_owned()
            }
            (AlertType::UnseenBackup, _) => {
                "Their files have been checked, or the backups have been deleted.".to_owned()
            }
            _ => return None,
        })
    }

    fn judged(&self) -> Judged {
        let section = &self.daemon.context.config.alerts;
        Judged {
            missed: section.alert_on_missed_runs,
            old: section.old_backup_after.is_some(),
            small: section.small_backup_percent > 0,
            undefined: section.no_definition_after.is_some(),
            daemons: section.daemon_silent_after.is_some(),
        }
    }
}
