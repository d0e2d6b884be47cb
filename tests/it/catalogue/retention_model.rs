//! Retention against a small model of it, over random histories: successes, failures, warnings, gaps, clocks that jump,
//! changed policies, pins, restores that wait, and passes that delete. What is never allowed to happen is checked by itself
//! after every pass, whatever the model says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, TimeDelta, TimeZone as _, Utc};
use pgbackman_core::catalog::backups::{self, Registration};
use pgbackman_core::catalog::config_params;
use pgbackman_core::catalog::expired::{self, After};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_postgres::Client;

use super::model::{self, Small, result, with_files_of_its_own};

/// The server's days begin two hours before those of UTC. PostgreSQL's name for it has the sign of POSIX.
const ZONE: (&str, i32) = ("Etc/GMT-2", 2 * 3600);

/// A backup as the model sees it; its ID is its place in the order of registration.
#[derive(Debug, Clone)]
struct Entry {
    status: ExecutionStatus,
    finished: DateTime<Utc>,
    pinned_until: Option<DateTime<Utc>>,
    restore: Option<i64>,
}

/// How long backups are kept.
#[derive(Debug, Clone, Copy)]
struct Policy {
    days: i32,
    redundancy: i32,
    /// Days, weeks, months, years.
    keep: [i32; 4],
}

type Entries = BTreeMap<BckId, Entry>;

/// What retention means, written down a second time: `docs/spec/catalogue.md`, "Retention".
fn past_retention(entries: &Entries, as_of: DateTime<Utc>, policy: Policy) -> BTreeSet<BckId> {
    let rotated = rotated(entries, policy);
    let is_newest = |id: BckId, among: &dyn Fn(&Entry) -> bool, count: usize| {
        let time = |id: &BckId| (entries[id].finished, *id);
        let others: Vec<&BckId> = entries
            .keys()
            .filter(|other| **other != id && among(&entries[other]))
            .collect();
        let newer = others
            .iter()
            .filter(|other| time(other) > time(&id))
            .count();
        let later = others.iter().filter(|other| ***other > id).count();
        newer < count || later < count
    };
    let succeeded = |entry: &Entry| entry.status == ExecutionStatus::Succeeded;
    let usable = |entry: &Entry| entry.status != ExecutionStatus::Error;
    let redundancy = usize::try_from(policy.redundancy.max(1)).unwrap();
    let goes = |(id, entry): &(&BckId, &Entry)| {
        let kept = match entry.status {
            ExecutionStatus::Succeeded => {
                is_newest(**id, &succeeded, redundancy) || rotated.contains(id)
            }
            ExecutionStatus::Warning => is_newest(**id, &usable, 1),
            ExecutionStatus::Error => false,
        };
        entry.finished + TimeDelta::days(policy.days.into()) < as_of
            && entry.restore.is_none()
            && entry.pinned_until.is_none_or(|until| until <= as_of)
            && !kept
    };
    entries.iter().filter(goes).map(|(id, _)| *id).collect()
}

/// The newest SUCCEEDED backup of each of the newest days, weeks, months and years that have one.
fn rotated(entries: &Entries, policy: Policy) -> BTreeSet<BckId> {
    let zone = FixedOffset::east_opt(ZONE.1).unwrap();
    let units: [fn(NaiveDate) -> NaiveDate; 4] = [
        |day| day,
        |day| day - TimeDelta::days(day.weekday().num_days_from_monday().into()),
        |day| day.with_day(1).unwrap(),
        |day| day.with_ordinal(1).unwrap(),
    ];
    let mut kept = BTreeSet::new();
    for (unit, keep) in units.into_iter().zip(policy.keep) {
        let mut newest: BTreeMap<NaiveDate, (DateTime<Utc>, BckId)> = BTreeMap::new();
        for (id, entry) in entries {
            if entry.status == ExecutionStatus::Succeeded {
                let of = unit(entry.finished.with_timezone(&zone).date_naive());
                let found = newest.entry(of).or_insert((entry.finished, *id));
                *found = (*found).max((entry.finished, *id));
            }
        }
        let last = newest.values().rev().take(usize::try_from(keep).unwrap());
        kept.extend(last.map(|(_, id)| *id));
    }
    kept
}

/// A catalogue and its model, side by side.
struct History {
    client: Client,
    small: Small,
    random: StdRng,
    now: DateTime<Utc>,
    /// By how much the backup server's clock is wrong at the moment.
    wrong: TimeDelta,
    policy: Policy,
    entries: Entries,
    deleted: usize,
}

impl History {
    async fn begin(client: Client, small: Small, seed: u64) -> Self {
        let mut history = Self {
            client,
            small,
            random: StdRng::seed_from_u64(seed),
            now: Utc.with_ymd_and_hms(2019, 11, 20, 12, 0, 0).unwrap(),
            wrong: TimeDelta::zero(),
            policy: Policy {
                days: 3,
                redundancy: 1,
                keep: [0; 4],
            },
            entries: Entries::new(),
            deleted: 0,
        };
        history.change_policy().await;
        history
    }

    /// One thing that happens.
    async fn happen(&mut self) {
        match self.random.random_range(0..21) {
            0..=7 => self.back_up(ExecutionStatus::Succeeded).await,
            8 | 9 => self.back_up(ExecutionStatus::Error).await,
            10 => self.back_up(ExecutionStatus::Warning).await,
            // A gap, in which nothing is backed up.
            11 => self.now += TimeDelta::days(self.random.random_range(1..40)),
            12 => self.change_policy().await,
            13 | 14 => self.pin_or_release().await,
            15 | 16 => self.restore_or_end().await,
            17 => self.set_the_clock(),
            _ => self.pass().await,
        }
        self.now += TimeDelta::minutes(self.random.random_range(0..600));
    }

    async fn back_up(&mut self, status: ExecutionStatus) {
        let wrong = match self.random.random_range(0..12) {
            // It jumps for a moment.
            0 => TimeDelta::days(self.random.random_range(-400..400)),
            _ => self.wrong,
        };
        let finished = self.now + wrong;
        let origin = BackupOrigin::Definition(self.small.definition);
        let mut one = with_files_of_its_own(result(&self.small, origin, finished));
        one.status = status;
        let registered = backups::register_result(&self.client, &one).await.unwrap();
        let Registration::Registered(id) = registered else {
            panic!("not registered");
        };
        let entry = Entry {
            status,
            finished,
            pinned_until: None,
            restore: None,
        };
        self.entries.insert(id, entry);
    }

    /// The backup server's clock goes wrong, for as many backups as come until it is set right, whether they succeed or not.
    fn set_the_clock(&mut self) {
        self.wrong = if self.wrong.is_zero() {
            TimeDelta::days(self.random.random_range(-60..60))
        } else {
            TimeDelta::zero()
        };
    }

    async fn change_policy(&mut self) {
        self.policy.days = self.random.random_range(0..20);
        self.policy.redundancy = self.random.random_range(0..5);
        for keep in &mut self.policy.keep {
            *keep = self.random.random_range(-4..5).max(0);
        }
        let [daily, weekly, monthly, yearly] = self.policy.keep;
        self.client
            .execute(
                "UPDATE backup_definition SET retention_period = make_interval(days => $1), retention_redundancy = $2",
                &[&self.policy.days, &self.policy.redundancy],
            )
            .await
            .unwrap();
        self.client
            .execute(
                "SELECT update_retention_policy($1, $2, $3, $4, $5)",
                &[
                    &self.small.definition.get(),
                    &daily,
                    &weekly,
                    &monthly,
                    &yearly,
                ],
            )
            .await
            .unwrap();
    }

    fn any(&mut self) -> Option<BckId> {
        let place = self.random.random_range(0..self.entries.len().max(1));
        self.entries.keys().nth(place).copied()
    }

    async fn pin_or_release(&mut self) {
        let Some(id) = self.any() else { return };
        let until = self.now + TimeDelta::days(self.random.random_range(1..60));
        let entry = self.entries.get_mut(&id).unwrap();
        if entry.pinned_until.is_some() {
            entry.pinned_until = None;
            let statement = "SELECT release_backup($1)";
            self.client.execute(statement, &[&id.get()]).await.unwrap();
        } else {
            entry.pinned_until = Some(until);
            model::pin(&self.client, id, until).await;
        }
    }

    async fn restore_or_end(&mut self) {
        let Some(id) = self.any() else { return };
        let entry = self.entries.get_mut(&id).unwrap();
        if let Some(restore) = entry.restore.take() {
            let statement = "SELECT delete_restore_definition($1)";
            self.client.execute(statement, &[&restore]).await.unwrap();
        } else if entry.status != ExecutionStatus::Error {
            let statement =
                "SELECT register_restore_definition($1, $2, $3, $4, $5, NULL, '', '{}')";
            let target = format!("copy_{id}");
            let (server, node) = (self.small.server.get(), self.small.node.get());
            let row = self
                .client
                .query_one(statement, &[&self.now, &server, &node, &id.get(), &target])
                .await
                .unwrap();
            entry.restore = Some(row.get(0));
        }
    }

    /// Deletes what is to go, as maintenance does, in batches of three.
    async fn pass(&mut self) {
        let expected = past_retention(&self.entries, self.now, self.policy);
        let mut gone = BTreeSet::new();
        let mut after = After::default();
        loop {
            let batch =
                expired::of_definitions(&self.client, self.small.server, self.now, after, 3)
                    .await
                    .unwrap();
            let Some(last) = batch.last() else { break };
            after = After {
                definition: self.small.definition.get(),
                backup: last.id.get(),
            };
            let ids: Vec<BckId> = batch.iter().map(|backup| backup.id).collect();
            let claimed = expired::claim(&self.client, &ids, self.now).await.unwrap();
            assert_eq!(claimed, ids, "nothing has changed since they were listed");
            gone.extend(&claimed);
            // A pass that is killed here leaves them claimed: to everybody they are gone, and they count no longer.
            if self.random.random_bool(0.7) {
                let deleted = expired::delete_claimed(&self.client, &claimed)
                    .await
                    .unwrap();
                assert_eq!(usize::try_from(deleted).unwrap(), claimed.len());
            }
        }
        assert_eq!(
            gone, expected,
            "{:?}, as of {}: {:#?}",
            self.policy, self.now, self.entries
        );
        self.deleted += gone.len();
        let before = self.entries.clone();
        self.entries.retain(|id, _| !gone.contains(id));
        self.nothing_was_hurt(&before).await;
    }

    /// What holds whatever the model says.
    async fn nothing_was_hurt(&self, before: &Entries) {
        let rows = self
            .client
            .query(
                "SELECT bck_id FROM backup_catalog WHERE deleting_since IS NULL",
                &[],
            )
            .await
            .unwrap();
        let left: BTreeSet<BckId> = rows.iter().map(|row| BckId::new(row.get(0))).collect();
        let succeeded = |entries: &Entries| -> Vec<(DateTime<Utc>, BckId)> {
            let good = entries
                .iter()
                .filter(|(_, entry)| entry.status == ExecutionStatus::Succeeded);
            good.map(|(id, entry)| (entry.finished, *id)).collect()
        };
        let good = succeeded(before);
        let newest = [
            good.iter().max().map(|(_, id)| *id),
            good.iter().map(|(_, id)| *id).max(),
        ];
        for newest in newest.into_iter().flatten() {
            assert!(
                left.contains(&newest),
                "the newest SUCCEEDED {newest} is gone"
            );
        }
        let kept = good.iter().filter(|(_, id)| left.contains(id)).count();
        let redundancy = usize::try_from(self.policy.redundancy.max(1)).unwrap();
        assert!(
            kept >= redundancy.min(good.len()),
            "only {kept} SUCCEEDED are left"
        );
        for (id, entry) in before {
            let pinned = entry.pinned_until.is_some_and(|until| until > self.now);
            assert!(
                left.contains(id) || !(pinned || entry.restore.is_some()),
                "{id} was kept by somebody: {entry:?}"
            );
        }
    }
}

#[tokio::test]
async fn retention_agrees_with_its_model_over_random_histories() {
    let mut deleted = 0;
    for seed in 0..12 {
        let database = catalogue::database(Cluster::shared(Version::Installed));
        let client = model::owner(&database).await;
        let small = model::small(&client).await;
        let zone = [("time_zone".to_owned(), ZONE.0.to_owned())];
        config_params::update_server(&client, small.server, &zone)
            .await
            .unwrap();
        println!("seed {seed}");
        let mut history = History::begin(client, small, seed).await;
        for _ in 0..120 {
            history.happen().await;
        }
        history.pass().await;
        deleted += history.deleted;
    }
    assert!(deleted > 150, "only {deleted} backups were deleted");
}
