//! The catalogue and the disk beside the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use chrono::DateTime;

use super::clock::{Minute, minute_of};
use super::fleet::Fleet;
use super::model::{Model, Of, SUCCEEDED};
use crate::e2e::scene::verify;

/// An entry of the catalogue.
struct Entry {
    of: Of,
    minute: Minute,
    id: i64,
    status: String,
}

impl Fleet<'_> {
    fn entries(&self) -> Vec<Entry> {
        let rows = self.sql(
            "SELECT concat_ws('|', CASE WHEN def_id IS NULL THEN 's' ELSE 'd' END, coalesce(def_id, snapshot_id), bck_id, \
                 floor(extract(epoch FROM started)), floor(extract(epoch FROM finished)), execution_status) \
             FROM backup_catalog",
        );
        rows.lines()
            .map(|row| {
                let words: Vec<&str> = row.split('|').collect();
                let number = |place: usize| words[place].parse::<i64>().unwrap();
                let minute = |place| minute_of(DateTime::from_timestamp(number(place), 0).unwrap());
                assert_eq!(
                    minute(3),
                    minute(4),
                    "a run that ends in another minute: {row}"
                );
                Entry {
                    of: match words[0] {
                        "d" => Of::Definition(number(1)),
                        _ => Of::Snapshot(number(1)),
                    },
                    id: number(2),
                    minute: minute(3),
                    status: words[5].to_owned(),
                }
            })
            .collect()
    }

    /// In which order the entries were registered is a fact that the model takes from the catalogue.
    pub(super) fn learn_entries(&mut self) {
        for entry in self.entries() {
            if let Some(run) = self.model.runs.get_mut(&(entry.of, entry.minute)) {
                run.entry = Some(entry.id);
            }
        }
    }

    /// Asserts that the catalogue has each run of the model, once, with its status, and nothing else; that definitions and
    /// orphans are as the model says; that each file belongs to a row, and that each SUCCEEDED row has its files.
    pub(super) fn compare(&mut self, minute: Minute) {
        let when = Model::as_of(minute);
        let mut found: BTreeMap<(Of, Minute), Vec<String>> = BTreeMap::new();
        for entry in self.entries() {
            found
                .entry((entry.of, entry.minute))
                .or_default()
                .push(entry.status);
        }
        let expected: BTreeMap<(Of, Minute), Vec<String>> = self
            .model
            .runs
            .iter()
            .map(|(key, run)| (*key, vec![run.status.to_owned()]))
            .collect();
        let of: Vec<String> = differing(&expected, &found)
            .into_iter()
            .map(|(of, minute)| {
                let key = (of, minute);
                let policy = match of {
                    Of::Definition(id) => self.model.definitions.get(&id).map(|d| d.policy),
                    Of::Snapshot(_) => None,
                };
                format!(
                    "{of:?} of minute {minute}: expected {:?}, found {:?}; {policy:?}",
                    expected.get(&key),
                    found.get(&key)
                )
            })
            .collect();
        assert!(of.is_empty(), "{when}:\n{of:#?}\n{:#?}", self.failures);
        self.compare_definitions(&when);
        self.compare_files(&when);
        self.learn_entries();
    }

    fn compare_definitions(&self, when: &str) {
        let rows =
            self.sql("SELECT def_id || '|' || job_status FROM backup_definition ORDER BY def_id");
        let expected: Vec<String> = self
            .model
            .definitions
            .iter()
            .map(|(id, definition)| format!("{id}|{}", definition.status))
            .collect();
        assert_eq!(rows.lines().collect::<Vec<_>>(), expected, "{when}");
        let rows = self.sql("SELECT snapshot_id FROM snapshot_definition ORDER BY snapshot_id");
        let snapshots: Vec<i64> = rows.lines().map(|id| id.parse().unwrap()).collect();
        assert_eq!(
            snapshots,
            self.model.snapshots.keys().copied().collect::<Vec<_>>(),
            "{when}"
        );
        let rows = self.sql(
            "SELECT def_id || '|' || floor(extract(epoch FROM finished)) FROM orphaned_result",
        );
        let found: BTreeSet<(i64, Minute)> = rows
            .lines()
            .map(|row| {
                let (id, finished) = row.split_once('|').unwrap();
                let finished = DateTime::from_timestamp(finished.parse().unwrap(), 0).unwrap();
                (id.parse().unwrap(), minute_of(finished))
            })
            .collect();
        let expected: BTreeSet<(i64, Minute)> = self
            .model
            .orphans
            .iter()
            .map(|orphan| (orphan.definition, orphan.minute))
            .collect();
        assert_eq!(found, expected, "{when}");
        assert_eq!(
            self.number("SELECT count(*) FROM run_in_progress"),
            0,
            "{when}"
        );
    }

    fn compare_files(&self, when: &str) {
        let columns = "unnest(ARRAY[pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file, \
                       pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, manifest_file])";
        let paths = |sql: &str| -> BTreeSet<PathBuf> {
            self.sql(sql)
                .lines()
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
                .collect()
        };
        let needed = paths(&format!(
            "SELECT {columns} FROM backup_catalog WHERE execution_status <> 'ERROR' UNION SELECT {columns} FROM orphaned_result"
        ));
        let owned = paths(&format!(
            "SELECT {columns} FROM backup_catalog UNION SELECT {columns} FROM orphaned_result \
             UNION SELECT {columns} FROM catalog_entries_to_delete UNION SELECT restore_log_file FROM restore_catalog"
        ));
        let on_disk = self.on_disk();
        let lost: Vec<_> = needed.difference(&on_disk).collect();
        assert!(lost.is_empty(), "{when}: rows without files: {lost:#?}");
        let strangers: Vec<_> = on_disk.difference(&owned).collect();
        assert!(
            strangers.is_empty(),
            "{when}: files without rows: {strangers:#?}"
        );
        for directory in ["run", "pending_updates"] {
            let left: Vec<PathBuf> = fs::read_dir(self.sandbox.backup_root().join(directory))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                // What at has started stays known for two days, and what runs of cron have stood for; the lock by which runs wait for
                // their turn is a file that stays.
                .filter(|path| {
                    !["taken", "cron"]
                        .iter()
                        .any(|end| path.extension() == Some(end.as_ref()))
                        && path.file_name() != Some("room.lock".as_ref())
                })
                .collect();
            assert!(left.is_empty(), "{when}: {directory}: {left:?}");
        }
    }

    /// Every path in the nodes' `dump` and `log`, not looking into archives.
    fn on_disk(&self) -> BTreeSet<PathBuf> {
        let mut paths = BTreeSet::new();
        for node in 0..self.nodes.len() {
            for part in ["dump", "log"] {
                let directory = self.partition(node).join(part);
                let Ok(entries) = fs::read_dir(&directory) else {
                    continue;
                };
                paths.extend(entries.map(|entry| entry.unwrap().path()));
            }
        }
        paths
    }

    /// Reads every backup that is left against its manifest.
    pub(super) fn verify_what_is_left(&self) {
        let rows = self.sql(&format!(
            "SELECT row_to_json(c) FROM backup_catalog AS c WHERE execution_status = '{SUCCEEDED}'"
        ));
        for row in rows.lines() {
            verify(&serde_json::from_str(row).unwrap());
        }
    }
}

fn differing(
    one: &BTreeMap<(Of, Minute), Vec<String>>,
    other: &BTreeMap<(Of, Minute), Vec<String>>,
) -> BTreeSet<(Of, Minute)> {
    one.keys()
        .chain(other.keys())
        .filter(|key| one.get(key) != other.get(key))
        .copied()
        .collect()
}
