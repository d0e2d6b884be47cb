//! What is to be done, and when: one entry per item, so that a burst of changes is one piece of work, a failing item
//! pauses longer each time, and none waits for another (traps 24, 25a).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pgbackman_core::domain::ids::NodeId;

/// A piece of work that is done as a whole, any number of times, with the same result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Look at the catalogue for what else is to be done.
    Look,
    /// The backup server's own directories and cache.
    Server,
    /// Clean up after a deleted node.
    DeletedNode(NodeId),
    /// A node's crontab.
    Node(NodeId),
    /// A node's directories and cache.
    NodeFiles(NodeId),
    /// The block in the user's own crontab, for all nodes.
    UserCrontab,
    /// See which cron serves this system.
    Cron,
    /// Register runs that died.
    DeadRuns,
    /// The queue of `at`: snapshots and restores.
    AtJobs,
    /// How much room there is where the backups go, and what waits there for the catalogue.
    Space,
    /// The server of a private catalogue: whether its package was updated under it.
    CatalogueServer,
    /// Tell the catalogue that control works.
    SignOfLife,
}

impl Item {
    /// Whether the work is below the backup roots, where a dead network file system can make it hang.
    const fn is_in_backup_roots(self) -> bool {
        matches!(
            self,
            Self::Server
                | Self::DeletedNode(_)
                | Self::NodeFiles(_)
                | Self::DeadRuns
                | Self::AtJobs
                | Self::Space
        )
    }

    /// Whether two items must not be worked on at the same time: what is made for a node while it is being cleaned up
    /// after would stay forever.
    fn excludes(self, other: Self) -> bool {
        match (self, other) {
            (Self::DeletedNode(one), Self::Node(other) | Self::NodeFiles(other))
            | (Self::Node(one) | Self::NodeFiles(one), Self::DeletedNode(other)) => one == other,
            _ => false,
        }
    }
}

/// Items that are worked on at the same time below the backup roots, and as many elsewhere: crontabs are written though
/// every backup root hangs.
const AT_A_TIME: usize = 8;
/// The first pause after a failure; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// After work that took long the same item rests as long as it took, at most this: a burst of registrations on a node
/// of 10 000 definitions must not keep the machine busy with it alone.
const LONGEST_REST: Duration = Duration::from_millis(300);

#[derive(Debug, Clone, Copy)]
struct Entry {
    due: Option<Instant>,
    running_since: Option<Instant>,
    /// Woken while it was running: once more, since it may have read the catalogue before the change.
    again: bool,
    failures: u32,
    not_before: Instant,
}

/// The items and their times.
#[derive(Debug, Default)]
pub struct Agenda {
    entries: BTreeMap<Item, Entry>,
}

impl Agenda {
    /// The item is to be done as soon as it may.
    pub fn wake(&mut self, item: Item, now: Instant) {
        let entry = self.entries.entry(item).or_insert(Entry {
            due: None,
            running_since: None,
            again: false,
            failures: 0,
            not_before: now,
        });
        if entry.running_since.is_some() {
            entry.again = true;
        } else {
            let soonest = entry.not_before.max(now);
            entry.due = Some(entry.due.map_or(soonest, |due| due.min(soonest)));
        }
    }

    /// Items whose time has come and for which there is room, now marked as running.
    pub fn start_due(&mut self, now: Instant) -> Vec<Item> {
        let mut running = self.running();
        let mut started = Vec::new();
        for (item, entry) in &mut self.entries {
            if entry.due.is_some_and(|due| due <= now) && may_start(*item, &running) {
                entry.running_since = Some(now);
                entry.due = None;
                entry.again = false;
                running.push(*item);
                started.push(*item);
            }
        }
        started
    }

    fn running(&self) -> Vec<Item> {
        let running = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.running_since.is_some());
        running.map(|(item, _)| *item).collect()
    }

    /// The item is done.
    pub fn done(&mut self, item: Item, now: Instant) {
        self.end(item, |entry, started| {
            entry.failures = 0;
            entry.not_before = now + now.duration_since(started).min(LONGEST_REST);
            entry.due = entry.again.then_some(entry.not_before);
        });
    }

    /// The item failed and is tried again after a pause, which is returned.
    ///
    /// Being woken meanwhile (an operator may have mended it) brings the next attempt forward to one second after the
    /// last one, so that nothing can make it spin.
    pub fn failed(&mut self, item: Item, now: Instant) -> Duration {
        let mut pause = FIRST_PAUSE;
        self.end(item, |entry, started| {
            entry.failures = entry.failures.saturating_add(1);
            pause = pause_after(entry.failures);
            entry.not_before = (started + FIRST_PAUSE).max(now);
            entry.due = Some(if entry.again {
                entry.not_before
            } else {
                now + pause
            });
        });
        pause
    }

    /// The item could not be done because the catalogue is unavailable: it comes again with the rescan after the reconnection,
    /// which may have woken it already.
    pub fn abandoned(&mut self, item: Item, now: Instant) {
        self.end(item, |entry, _| entry.due = entry.again.then_some(now));
    }

    /// Nothing is due any more; what is running continues.
    pub fn clear(&mut self) {
        self.entries.retain(|_, entry| {
            entry.due = None;
            entry.again = false;
            entry.running_since.is_some()
        });
    }

    /// When the next item is due that need not wait for another one's end.
    pub fn next_due(&self) -> Option<Instant> {
        let running = self.running();
        let startable = self
            .entries
            .iter()
            .filter(|(item, _)| may_start(**item, &running));
        startable.filter_map(|(_, entry)| entry.due).min()
    }

    /// Whether nothing runs and nothing is due.
    pub fn is_idle(&self, now: Instant) -> bool {
        let busy = |entry: &Entry| {
            entry.running_since.is_some() || entry.due.is_some_and(|due| due <= now)
        };
        !self.entries.values().any(busy)
    }

    /// How many items failed when they were last done.
    pub fn failing(&self) -> usize {
        self.entries
            .values()
            .filter(|entry| entry.failures > 0)
            .count()
    }

    fn end(&mut self, item: Item, change: impl FnOnce(&mut Entry, Instant)) {
        let Some(entry) = self.entries.get_mut(&item) else {
            return;
        };
        let Some(started) = entry.running_since.take() else {
            return;
        };
        change(entry, started);
        entry.again = false;
    }
}

/// Whether there is room for an item beside those that are running, and none of them is in its way.
fn may_start(item: Item, running: &[Item]) -> bool {
    let is_beside = |other: &&Item| other.is_in_backup_roots() == item.is_in_backup_roots();
    !running
        .iter()
        .any(|other| *other == item || other.excludes(item))
        && running.iter().filter(is_beside).count() < AT_A_TIME
}

/// 1 s, 2 s, 4 s, … 5 min.
fn pause_after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Item = Item::Node(NodeId::new(1));
    const OTHER: Item = Item::Node(NodeId::new(2));

    fn after(now: Instant, millis: u64) -> Instant {
        now + Duration::from_millis(millis)
    }

    #[test]
    fn trap_24_a_second_change_right_after_the_first_is_done_at_once() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        agenda.wake(ONE, now);
        assert_eq!(agenda.start_due(now), [ONE]);
        // The change comes while the first is being worked off.
        agenda.wake(ONE, after(now, 1));
        assert!(
            agenda.start_due(after(now, 1)).is_empty(),
            "never two at a time"
        );
        agenda.done(ONE, after(now, 5));
        assert_eq!(agenda.next_due(), Some(after(now, 10)));
        assert_eq!(agenda.start_due(after(now, 10)), [ONE]);
        agenda.done(ONE, after(now, 15));
        assert!(agenda.is_idle(after(now, 60_000)));
    }

    #[test]
    fn a_burst_is_one_piece_of_work() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        for _ in 0..1000 {
            agenda.wake(ONE, now);
        }
        assert_eq!(agenda.start_due(now), [ONE]);
        agenda.done(ONE, after(now, 30_000));
        agenda.wake(ONE, after(now, 30_000));
        assert_eq!(
            agenda.next_due(),
            Some(after(now, 30_300)),
            "it rests a moment at most"
        );
    }

    #[test]
    fn trap_25a_a_failing_item_pauses_longer_and_longer_and_blocks_no_other() {
        let (mut agenda, mut now) = (Agenda::default(), Instant::now());
        let mut pauses = Vec::new();
        agenda.wake(ONE, now);
        for _ in 0..11 {
            assert_eq!(agenda.start_due(now), [ONE]);
            let pause = agenda.failed(ONE, now);
            pauses.push(pause.as_secs());
            agenda.wake(OTHER, now);
            assert_eq!(agenda.start_due(now), [OTHER]);
            agenda.done(OTHER, now);
            assert_eq!(agenda.failing(), 1);
            now += pause;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn trap_25a_being_woken_does_not_make_a_failing_item_spin() {
        let (mut agenda, start) = (Agenda::default(), Instant::now());
        let (mut attempts, mut now) = (0, start);
        while now < after(start, 10_000) {
            agenda.wake(ONE, now);
            for item in agenda.start_due(now) {
                attempts += 1;
                agenda.wake(item, now);
                agenda.failed(item, now);
            }
            now += Duration::from_millis(10);
        }
        assert_eq!(attempts, 10);
    }

    #[test]
    fn crontabs_are_written_though_every_backup_root_hangs() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        for id in 1..=20 {
            agenda.wake(Item::NodeFiles(NodeId::new(id)), now);
        }
        assert_eq!(agenda.start_due(now).len(), AT_A_TIME);
        assert_eq!(
            agenda.next_due(),
            None,
            "the loop does not spin while there is no room"
        );
        agenda.wake(ONE, now);
        assert_eq!(agenda.next_due(), Some(now));
        assert_eq!(agenda.start_due(now), [ONE]);
        agenda.done(Item::NodeFiles(NodeId::new(3)), now);
        assert_eq!(agenda.start_due(now).len(), 1);
        assert!(!agenda.is_idle(now));
    }

    #[test]
    fn trap_25_nothing_is_made_for_a_node_while_it_is_being_cleaned_up_after() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        let deleted = Item::DeletedNode(NodeId::new(1));
        agenda.wake(ONE, now);
        assert_eq!(agenda.start_due(now), [ONE]);
        agenda.wake(deleted, now);
        agenda.wake(Item::DeletedNode(NodeId::new(2)), now);
        assert_eq!(agenda.start_due(now), [Item::DeletedNode(NodeId::new(2))]);
        assert_eq!(agenda.next_due(), None);
        agenda.done(ONE, now);
        agenda.wake(Item::NodeFiles(NodeId::new(1)), now);
        assert_eq!(agenda.start_due(now), [deleted]);
        agenda.done(deleted, now);
        assert_eq!(agenda.start_due(now), [Item::NodeFiles(NodeId::new(1))]);
    }

    #[test]
    fn when_the_catalogue_is_away_nothing_is_due() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        agenda.wake(ONE, now);
        agenda.start_due(now);
        agenda.wake(OTHER, now);
        agenda.clear();
        assert_eq!(agenda.next_due(), None);
        agenda.abandoned(ONE, now);
        assert!(agenda.is_idle(after(now, 1_000_000)));
    }

    #[test]
    fn trap_23_what_the_rescan_wakes_is_done_though_the_old_attempt_still_hangs() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        agenda.wake(ONE, now);
        agenda.start_due(now);
        agenda.clear();
        agenda.wake(ONE, after(now, 10));
        agenda.abandoned(ONE, after(now, 20));
        assert_eq!(agenda.start_due(after(now, 20)), [ONE]);
    }
}
