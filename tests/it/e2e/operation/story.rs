//! What happens in which minute: failures, and what operators do.

use std::os::unix::fs::PermissionsExt as _;
use std::{fs, os::unix::fs::chown};

use pgbackman_tests::namespace::job_account;
use pgbackman_tests::postgres::StopMode;
use rand::RngExt as _;

use super::clock::{Minute, time};
use super::fleet::Fleet;
use super::model::{Of, Orphan, SUCCEEDED};
use super::registration::{QUARANTINE, SHORT_QUARANTINE};
use super::schedule::{KINDS, OFTEN, Schedule};

/// Places in the order of the databases; twenty belong to each node.
const ORPHANED: usize = OFTEN;
const RENAMED: usize = 13;
const CLOSED: usize = 26;
const DROPPED: usize = 40;
const DROPPED_AND_BACK: usize = 43;
const MISDIRECTED: [usize; 2] = [1, 3];
const MOVED: [usize; 3] = [2, 30, 44];
const STOPPED: [usize; 3] = [6, 22, 50];
const RESCHEDULED: [usize; 4] = [4, 10, 33, 55];
const OTHER_POLICY: [usize; 8] = [0, 5, 8, 15, 21, 28, 47, 52];

impl Fleet<'_> {
    /// What breaks, or is mended, at the beginning of a minute.
    pub(super) fn break_or_mend(&mut self, minute: Minute) {
        match minute {
            10 => {
                self.nodes[1].stop(StopMode::Immediate);
                self.failures.down = Some(1);
            }
            16 => {
                self.nodes[1].start();
                self.failures.down = None;
            }
            20 => {
                self.let_write(0, false);
                self.failures.unwritable = Some(0);
            }
            23 => {
                self.let_write(0, true);
                self.failures.unwritable = None;
            }
            // The network between, then the server itself.
            28 => {
                self.proxy.refuse();
                self.proxy.cut();
                self.failures.catalogue_is_away = true;
            }
            33 => {
                self.proxy.accept();
                self.failures.catalogue_is_away = false;
            }
            46 => {
                self.sandbox.catalogue().cluster().stop(StopMode::Immediate);
                self.failures.catalogue_is_away = true;
            }
            51 => {
                self.sandbox.catalogue().cluster().start();
                self.failures.catalogue_is_away = false;
            }
            6 => {
                for place in [DROPPED, DROPPED_AND_BACK] {
                    let name = self.on_its_node(place, "DROP DATABASE {}");
                    self.failures.dropped.insert(name);
                }
            }
            8 => {
                let name = self.on_its_node(RENAMED, "ALTER DATABASE {} RENAME TO renamed");
                self.failures.renamed.insert(name);
            }
            26 => {
                let name = self.on_its_node(RENAMED, "ALTER DATABASE renamed RENAME TO {}");
                self.failures.renamed.remove(&name);
            }
            27 => {
                let name = self.on_its_node(DROPPED_AND_BACK, "CREATE DATABASE {}");
                self.failures.dropped.remove(&name);
            }
            40 => {
                let name = self.on_its_node(CLOSED, "ALTER DATABASE {} ALLOW_CONNECTIONS false");
                self.failures.closed.insert(name);
            }
            44 => {
                let name = self.on_its_node(CLOSED, "ALTER DATABASE {} ALLOW_CONNECTIONS true");
                self.failures.closed.remove(&name);
            }
            _ => {}
        }
    }

    /// Lets the jobs write into a node's directory, or takes it from them.
    fn let_write(&self, node: usize, may: bool) {
        let dump = self.partition(node).join("dump");
        let account = job_account();
        let (uid, gid) = if may {
            (account.uid, account.gid)
        } else {
            (0, 0)
        };
        chown(&dump, Some(uid), Some(gid)).unwrap();
        let mode = if may { 0o700 } else { 0o755 };
        fs::set_permissions(&dump, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs a statement about a definition's database on its node; gives the database's name.
    fn on_its_node(&self, place: usize, statement: &str) -> String {
        let definition = &self.model.definitions[&self.ids[place]];
        let statement = statement.replace("{}", &definition.dbname);
        self.nodes[definition.node].psql("postgres", &statement);
        definition.dbname.clone()
    }

    /// What operators do in a minute. Returns whether they did anything.
    pub(super) fn operate(&mut self, minute: Minute) -> bool {
        match minute {
            2 => self.take_snapshots(),
            11 => self.move_definitions(1, 2),
            38 => self.move_definitions(2, 1),
            13 => self.set_status("STOPPED"),
            37 => self.set_status("ACTIVE"),
            16 => self.reschedule(),
            17 => self.keep(),
            18 => self.wait_for_restores(),
            25 => self.misdirect("-t no_such_table"),
            36 => self.misdirect(""),
            35 => self.change_policies(),
            39 => self.release(),
            41 => self.cancel_a_restore(),
            52 => self.delete_before_its_results_are_imported(),
            56 => self.delete_definitions_of_the_third_node(),
            60 => {
                self.sql("SELECT delete_pgsql_node(3)");
            }
            _ => return false,
        }
        true
    }

    fn take_snapshots(&mut self) {
        for (at, period, dbname) in [(15, 20, "db0_0"), (21, 500, "db2_7"), (48, 12, "db0_5")] {
            let id = self.number(&format!(
                "SELECT register_snapshot_definition(1, {}, '{dbname}', '{}', 'FULL', '{period} minutes', '', '', NULL)",
                if dbname.starts_with("db0") { 1 } else { 3 },
                time(at).to_rfc3339(),
            ));
            self.model.snapshots.insert(id, period);
        }
    }

    fn move_definitions(&mut self, from: i64, to: i64) {
        let ids = MOVED.map(|place| self.ids[place]);
        let moved = self.sql(&format!(
            "SELECT move_backup_definitions({from}, {to}, NULL, NULL, ARRAY{ids:?})"
        ));
        assert_eq!(moved.lines().count(), MOVED.len());
        for id in ids {
            self.definition(id).is_elsewhere = to != 1;
        }
    }

    fn definition(&mut self, id: i64) -> &mut super::model::Definition {
        self.model.definitions.get_mut(&id).unwrap()
    }

    fn set_status(&mut self, status: &'static str) {
        for place in STOPPED {
            let id = self.ids[place];
            self.sql(&format!(
                "UPDATE backup_definition SET job_status = '{status}' WHERE def_id = {id}"
            ));
            self.definition(id).status = status;
        }
    }

    fn reschedule(&mut self) {
        for place in RESCHEDULED {
            let id = self.ids[place];
            let kind = self.random.random_range(0..KINDS);
            let schedule = Schedule::of_kind(kind, &mut self.random);
            let [minute, hour, day, month, weekday] = &schedule.fields;
            self.sql(&format!(
                "UPDATE backup_definition SET minutes_cron = '{minute}', hours_cron = '{hour}', day_month_cron = '{day}', \
                     month_cron = '{month}', weekday_cron = '{weekday}' WHERE def_id = {id}"
            ));
            self.definition(id).schedule = schedule;
        }
    }

    fn change_policies(&mut self) {
        for place in OTHER_POLICY {
            let id = self.ids[place];
            let policy = self.any_policy();
            self.sql(&format!(
                "UPDATE backup_definition SET retention_period = '{} minutes', retention_redundancy = {} WHERE def_id = {id}",
                policy.period, policy.redundancy
            ));
            self.set_rotation(id, policy.keep);
            self.definition(id).policy = policy;
        }
    }

    /// So many runs of the first two nodes that SUCCEEDED, of the shortest periods first: those that would go soonest.
    fn soon_to_go(&mut self, count: usize) -> Vec<(Of, Minute, i64)> {
        self.learn_entries();
        let mut found: Vec<(Minute, Minute, Of, i64)> = Vec::new();
        for ((of, minute), run) in &self.model.runs {
            let Of::Definition(id) = of else { continue };
            let definition = &self.model.definitions[id];
            let eligible = run.status == SUCCEEDED
                && definition.node < 2
                && definition.code == "FULL"
                && *id != self.orphaned()
                && run.pinned_until.is_none()
                && !run.has_restore;
            if let Some(entry) = run.entry.filter(|_| eligible) {
                found.push((definition.policy.period, *minute, *of, entry));
            }
        }
        found.sort();
        let chosen: Vec<_> = found.into_iter().take(count).collect();
        assert_eq!(chosen.len(), count, "too few runs have succeeded");
        chosen
            .into_iter()
            .map(|(_, minute, of, entry)| (of, minute, entry))
            .collect()
    }

    /// Some are kept until a time, others for ever.
    fn keep(&mut self) {
        for (number, (of, minute, entry)) in self.soon_to_go(4).into_iter().enumerate() {
            let (until, text) = if number < 2 {
                (36, format!("'{}'", time(36).to_rfc3339()))
            } else {
                (Minute::MAX, "'infinity'".to_owned())
            };
            self.sql(&format!("SELECT keep_backup({entry}, {text}, 'of a test')"));
            self.model.runs.get_mut(&(of, minute)).unwrap().pinned_until = Some(until);
        }
    }

    /// One of those that were to be kept for ever goes all the same.
    fn release(&mut self) {
        let kept = |run: &&mut super::model::Run| run.pinned_until == Some(Minute::MAX);
        let run = self
            .model
            .runs
            .values_mut()
            .find(kept)
            .expect("kept for ever");
        run.pinned_until = None;
        let entry = run.entry.unwrap();
        self.sql(&format!("SELECT release_backup({entry})"));
    }

    /// One is restored in minute 57, the other is cancelled before.
    fn wait_for_restores(&mut self) {
        for (number, (of, minute, entry)) in self.soon_to_go(2).into_iter().enumerate() {
            self.sql(&format!(
                "SELECT register_restore_definition('{}', 1, 2, {entry}, 'restored_{number}', NULL, '', '{{}}')",
                time(57).to_rfc3339()
            ));
            self.model.runs.get_mut(&(of, minute)).unwrap().has_restore = true;
        }
    }

    fn cancel_a_restore(&mut self) {
        let entry =
            self.number("SELECT bck_id FROM restore_definition ORDER BY restore_def DESC LIMIT 1");
        self.sql("SELECT delete_restore_definition(max(restore_def)) FROM restore_definition");
        let run = self
            .model
            .runs
            .values_mut()
            .find(|run| run.entry == Some(entry));
        run.unwrap().has_restore = false;
    }

    fn misdirect(&mut self, parameters: &str) {
        for place in MISDIRECTED {
            let id = self.ids[place];
            self.sql(&format!(
                "UPDATE backup_definition SET extra_backup_parameters = '{parameters}' WHERE def_id = {id}"
            ));
            if parameters.is_empty() {
                self.failures.misdirected.remove(&id);
            } else {
                self.failures.misdirected.insert(id);
            }
        }
    }

    /// The definition that is deleted while its results wait; none of its runs is killed.
    pub(super) fn orphaned(&self) -> i64 {
        self.ids[ORPHANED]
    }

    /// What ran while the catalogue was away is imported by the pass of minute 54: too late for this definition.
    fn delete_before_its_results_are_imported(&mut self) {
        let id = self.orphaned();
        self.delete_with_force(id, 54 + SHORT_QUARANTINE);
        assert!(!self.model.orphans.is_empty(), "nothing of it waits");
    }

    /// Deletes a definition. What is not registered yet comes without a definition then, and its quarantine ends in the minute
    /// `until`.
    fn delete_with_force(&mut self, id: i64, until: Minute) {
        self.learn_entries();
        self.sql(&format!("SELECT delete_force_backup_definition_id({id})"));
        let late = self.model.unregistered(id);
        self.model.delete(id);
        self.model
            .orphans
            .extend(late.into_iter().map(|minute| Orphan {
                definition: id,
                minute,
                until,
            }));
    }

    fn delete_definitions_of_the_third_node(&mut self) {
        let of_node: Vec<i64> = self
            .model
            .definitions
            .iter()
            .filter(|(_, definition)| definition.node == 2)
            .map(|(id, _)| *id)
            .collect();
        for id in of_node {
            // Runs that were killed a moment ago: control registers them now.
            self.delete_with_force(id, 56 + QUARANTINE);
        }
        let snapshots =
            self.sql("SELECT snapshot_id FROM snapshot_definition WHERE pgsql_node_id = 3");
        for snapshot in snapshots.lines() {
            self.sql(&format!(
                "SELECT delete_force_snapshot_definition({snapshot})"
            ));
            let id = snapshot.parse().unwrap();
            self.model.snapshots.remove(&id);
            self.model.runs.retain(|(of, _), _| *of != Of::Snapshot(id));
        }
    }
}
