//! Retention against a small model of it, over random histories: successes, failures, warnings, gaps, clocks that jump,
//! changed policies, pins, restores that wait, and passes that delete. What is never allowed to happen is checked by itself
//! after every pass, whatever the model says.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use pgbackman_core::catalogue::backups::expired::{self, After};
use pgbackman_core::catalogue::backups::file_looks;
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{BckId, ServerId};
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_postgres::Client;

use super::model::{self, Small, result, with_files_of_its_own};
use super::retention_rules::{Entries, Entry, Files, Policy, ZONE, past_retention};

/// A catalogue and its model, side by side.
struct History {
    client: Client,
    small: Small,
    other: ServerId,
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
        let other = model::server(&client, "backup2").await;
        let mut history = Self {
            other,
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
        match self.random.random_range(0..30) {
            0..=7 => self.back_up(ExecutionStatus::Succeeded).await,
            8 | 9 => self.back_up(ExecutionStatus::Error).await,
            10 => self.back_up(ExecutionStatus::Warning).await,
            // A gap, in which nothing is backed up.
            11 => self.now += TimeDelta::days(self.random.random_range(1..40)),
            12 => self.change_policy().await,
            13 | 14 => self.pin_or_release().await,
            15 | 16 => self.restore_or_end().await,
            17 => self.set_the_clock(),
            18..=20 => self.hurt_or_mend(),
            21 => self.daily_look(false).await,
            22 | 23 => self.daily_look(true).await,
            24 | 25 => self.lose_everything().await,
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
        let elsewhere = self.random.random_bool(0.2);
        if elsewhere {
            one.server = self.other;
        }
        let registered = backups::register_result(&self.client, &one).await.unwrap();
        let Registration::Registered(id) = registered else {
            panic!("not registered");
        };
        let entry = Entry {
            status,
            finished,
            pinned_until: None,
            restore: None,
            elsewhere,
            files: Files::Whole,
            seen: None,
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

    /// Something happens to the files of a backup, or they come back.
    fn hurt_or_mend(&mut self) {
        let Some(id) = self.any() else { return };
        let files = match self.random.random_range(0..5) {
            0 | 1 => Files::Damaged,
            2 | 3 => Files::Unseen,
            _ => Files::Whole,
        };
        self.entries.get_mut(&id).unwrap().files = files;
    }

    /// Somebody empties the directories, time passes, and maintenance finds nothing that is whole.
    async fn lose_everything(&mut self) {
        for entry in self.entries.values_mut() {
            entry.files = Files::Damaged;
        }
        self.now += TimeDelta::days(self.random.random_range(0..60));
        if self.random.random_bool(0.5) {
            self.daily_look(true).await;
        }
        self.pass().await;
    }

    /// A server looks at all its backups.
    async fn daily_look(&mut self, elsewhere: bool) {
        let mut found = Vec::new();
        for (id, entry) in &mut self.entries {
            if entry.elsewhere == elsewhere {
                entry.seen = Some((entry.files, self.now));
                found.push((*id, entry.files.state()));
            }
        }
        file_looks::record(&self.client, self.now, &found)
            .await
            .unwrap();
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
            let server = if entry.elsewhere {
                self.other.get()
            } else {
                self.small.server.get()
            };
            let node = self.small.node.get();
            let row = self
                .client
                .query_one(statement, &[&self.now, &server, &node, &id.get(), &target])
                .await
                .unwrap();
            entry.restore = Some(row.get(0));
        }
    }

    /// Deletes what is to go, as maintenance does, until nothing is left to delete.
    async fn pass(&mut self) {
        let before = self.entries.clone();
        let expected = past_retention(&mut self.entries, self.now, self.policy);
        let mut gone = BTreeSet::new();
        loop {
            let claimed = self.sweep(&before).await;
            if claimed.is_empty() {
                break;
            }
            gone.extend(claimed);
        }
        assert_eq!(
            gone, expected,
            "{:?}, as of {}: {before:#?}",
            self.policy, self.now
        );
        self.deleted += gone.len();
        self.entries.retain(|id, _| !gone.contains(id));
        self.nothing_was_hurt(&before).await;
    }

    /// One pass, in batches of three.
    async fn sweep(&mut self, before: &Entries) -> BTreeSet<BckId> {
        let server = self.small.server;
        let mut gone = BTreeSet::new();
        let mut after = After::default();
        loop {
            let batch = expired::of_definitions(&self.client, server, self.now, after, 3)
                .await
                .unwrap();
            let Some(last) = batch.last() else { break };
            after = After {
                definition: self.small.definition.get(),
                backup: last.id.get(),
            };
            let ids: Vec<BckId> = batch.iter().map(|backup| backup.id).collect();
            let seen = self.inspect(before, &ids).await;
            if self.random.random_bool(0.2) && !seen.is_empty() {
                // What was not seen just now lets nothing go.
                let claimed = expired::claim(&self.client, server, &ids, self.now, &seen[1..]);
                assert_eq!(claimed.await.unwrap(), []);
            }
            let claimed = expired::claim(&self.client, server, &ids, self.now, &seen)
                .await
                .unwrap();
            gone.extend(&claimed);
            // A pass that is killed here leaves them claimed: to everybody they are gone, and they count no longer.
            if self.random.random_bool(0.7) {
                let deleted = expired::delete_claimed(&self.client, &claimed)
                    .await
                    .unwrap();
                assert_eq!(usize::try_from(deleted).unwrap(), claimed.len());
            }
        }
        gone
    }

    /// Looks at what makes these expendable, until that stays the same. Returns what counts and was seen whole.
    async fn inspect(&self, before: &Entries, ids: &[BckId]) -> Vec<BckId> {
        let mut looked = BTreeSet::new();
        loop {
            let listed = file_looks::to_look_at(&self.client, self.small.server, ids, self.now)
                .await
                .unwrap();
            let whole = listed.iter().map(|backup| backup.id);
            let whole: Vec<BckId> = whole
                .filter(|id| before[id].files == Files::Whole)
                .collect();
            let found: Vec<_> = listed
                .iter()
                .map(|backup| backup.id)
                .filter(|id| looked.insert(*id))
                .map(|id| (id, before[&id].files.state()))
                .collect();
            if found.is_empty() {
                return whole;
            }
            file_looks::record(&self.client, self.now, &found)
                .await
                .unwrap();
        }
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
            let good = entries.iter().filter(|(_, entry)| {
                let there = if entry.elsewhere {
                    entry.counts(self.now)
                } else {
                    entry.files == Files::Whole
                };
                there && entry.status == ExecutionStatus::Succeeded
            });
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
        let restorable = |(id, entry): &(&BckId, &Entry)| {
            left.contains(id) && entry.status != ExecutionStatus::Error
        };
        assert!(
            before
                .values()
                .all(|entry| entry.status == ExecutionStatus::Error)
                || before.iter().any(|one| restorable(&one)),
            "the last backup is gone: {before:?}"
        );
        for (id, entry) in before {
            let pinned = entry.pinned_until.is_some_and(|until| until > self.now);
            assert!(
                left.contains(id) || !(pinned || entry.restore.is_some()),
                "{id} was kept by somebody: {entry:?}"
            );
            let unseen = entry.files == Files::Unseen
                && entry.seen.is_some_and(|(files, _)| files == Files::Unseen);
            assert!(
                left.contains(id) || entry.status == ExecutionStatus::Error || !unseen,
                "nobody could look at {id}: {entry:?}"
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
    assert!(deleted > 100, "only {deleted} backups were deleted");
}
