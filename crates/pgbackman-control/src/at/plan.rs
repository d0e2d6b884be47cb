//! What is to be done about snapshots, restores and the queue of `at`: pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::runs::at_jobs::Unfinished;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::status::AtStatus;
use pgbackman_core::sys::at::{AtJob, JobNumber, QueuedJob};

/// What is, as far as it was read in this order: a job that is in `queue` and has no definition any more was deleted
/// meanwhile, and one that is in neither queue nor `begun` has not run.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Our own jobs.
    pub queue: &'a [QueuedJob],
    /// The definitions without a result.
    pub unfinished: &'a [Unfinished],
    /// What a run on this machine has claimed.
    pub begun: &'a BTreeSet<AtJob>,
    /// The nodes that are RUNNING.
    pub running_nodes: &'a BTreeSet<NodeId>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// What is to be done about one definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Give it to `at`, then note that it is DEFINED.
    Submit,
    /// Note that it is DEFINED: it is in the queue, or has been begun.
    NoteDefined,
    /// Note that it waits, and why.
    NoteWaiting(String),
    /// Note that its job is gone and that it was never begun.
    NoteLost,
}

/// Everything that is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Jobs that leave the queue.
    pub remove: Vec<JobNumber>,
    /// Definitions with something to do, in the order of their times.
    pub actions: Vec<(Unfinished, Action)>,
}

/// What a lost definition is told.
pub const LOST: &str = "its at job no longer exists, but it never ran: the job was removed from the queue, or failed \
                        before the program started (see the mail of at, and the log); register it again";

/// Why a definition of a STOPPED node waits.
pub const NODE_STOPPED: &str =
    "the PgSQL node is STOPPED; it is submitted to at when the node is RUNNING";

/// Compares the definitions with the queue, and returns what to change.
pub fn plan(facts: &Facts<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut queue: BTreeMap<AtJob, Vec<&QueuedJob>> = BTreeMap::new();
    for job in facts.queue {
        queue.entry(job.marker.job()).or_default().push(job);
    }
    for definition in facts.unfinished {
        let jobs = queue.remove(&definition.job).unwrap_or_default();
        let keep = keep(definition, &jobs, facts);
        plan.remove
            .extend(waiting(&jobs).filter(|number| Some(*number) != keep));
        let in_queue = keep.is_some() || jobs.iter().any(|job| job.is_running);
        if let Some(action) = action(definition, in_queue, facts) {
            plan.actions.push((definition.clone(), action));
        }
    }
    // Whatever is left is of definitions that are done or deleted.
    plan.remove
        .extend(queue.values().flat_map(|jobs| waiting(jobs)));
    plan
}

/// The one job that may stay in the queue: none of a definition that has been begun or must wait.
fn keep(definition: &Unfinished, jobs: &[&QueuedJob], facts: &Facts<'_>) -> Option<JobNumber> {
    let is_over = has_begun(definition, facts) || jobs.iter().any(|job| job.is_running);
    if is_over || !facts.running_nodes.contains(&definition.node) {
        return None;
    }
    waiting(jobs).min()
}

/// Jobs that have not begun. Those that have are nobody's to remove.
fn waiting<'j>(jobs: &'j [&QueuedJob]) -> impl Iterator<Item = JobNumber> + 'j {
    jobs.iter()
        .filter(|job| !job.is_running)
        .map(|job| job.number)
}

fn has_begun(definition: &Unfinished, facts: &Facts<'_>) -> bool {
    definition.begun || facts.begun.contains(&definition.job)
}

fn action(definition: &Unfinished, in_queue: bool, facts: &Facts<'_>) -> Option<Action> {
    let is_waiting = definition.status == AtStatus::Waiting;
    if in_queue || has_begun(definition, facts) {
        return is_waiting.then_some(Action::NoteDefined);
    }
    if !facts.running_nodes.contains(&definition.node) {
        let is_said = is_waiting && definition.problem.as_deref() == Some(NODE_STOPPED);
        return (!is_said).then(|| Action::NoteWaiting(NODE_STOPPED.to_owned()));
    }
    if is_waiting || definition.at_time > facts.now {
        return Some(Action::Submit);
    }
    Some(Action::NoteLost)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pgbackman_core::domain::ids::{ServerId, SnapshotId};
    use pgbackman_core::sys::at::Marker;

    use super::*;

    const JOB: AtJob = AtJob::Snapshot(SnapshotId::new(7));

    fn now() -> DateTime<Utc> {
        "2026-11-21T04:30:00Z".parse().unwrap()
    }

    fn definition(status: AtStatus, minutes: i64) -> Unfinished {
        Unfinished {
            job: JOB,
            node: NodeId::new(1),
            dbname: String::new(),
            at_time: now() + TimeDelta::minutes(minutes),
            status,
            problem: None,
            begun: false,
        }
    }

    fn job(number: u64, is_running: bool) -> QueuedJob {
        QueuedJob {
            number: number.into(),
            is_running,
            marker: Marker::new("c", ServerId::new(1), JOB).unwrap(),
        }
    }

    struct Given {
        queue: Vec<QueuedJob>,
        begun: BTreeSet<AtJob>,
        nodes: BTreeSet<NodeId>,
    }

    fn given(queue: &[QueuedJob]) -> Given {
        Given {
            queue: queue.to_vec(),
            begun: BTreeSet::new(),
            nodes: BTreeSet::from([NodeId::new(1)]),
        }
    }

    impl Given {
        /// The action and the jobs that are removed.
        fn plan(&self, definition: Unfinished) -> (Option<Action>, Vec<u64>) {
            let plan = plan(&Facts {
                queue: &self.queue,
                unfinished: &[definition],
                begun: &self.begun,
                running_nodes: &self.nodes,
                now: now(),
            });
            let removed = plan.remove.into_iter().map(u64::from).collect();
            (
                plan.actions.into_iter().next().map(|(_, action)| action),
                removed,
            )
        }
    }

    #[test]
    fn what_waits_is_submitted_also_when_its_time_has_passed() {
        for minutes in [-100_000, 0, 1] {
            let planned = given(&[]).plan(definition(AtStatus::Waiting, minutes));
            assert_eq!(planned, (Some(Action::Submit), vec![]));
        }
    }

    #[test]
    fn what_is_in_the_queue_is_not_submitted_again() {
        for running in [false, true] {
            let given = given(&[job(3, running)]);
            let planned = given.plan(definition(AtStatus::Waiting, -1));
            assert_eq!(planned, (Some(Action::NoteDefined), vec![]));
            assert_eq!(
                given.plan(definition(AtStatus::Defined, -1)),
                (None, vec![])
            );
        }
    }

    #[test]
    fn what_has_been_begun_is_never_submitted_again() {
        let mut known = definition(AtStatus::Waiting, -1);
        known.begun = true;
        assert_eq!(given(&[]).plan(known), (Some(Action::NoteDefined), vec![]));
        let mut given = given(&[]);
        given.begun.insert(JOB);
        let planned = given.plan(definition(AtStatus::Waiting, 1));
        assert_eq!(planned, (Some(Action::NoteDefined), vec![]));
        assert_eq!(
            given.plan(definition(AtStatus::Defined, -1)),
            (None, vec![])
        );
        given.queue.push(job(4, false));
        assert_eq!(
            given.plan(definition(AtStatus::Defined, -1)),
            (None, vec![4])
        );
    }

    #[test]
    fn of_several_jobs_one_stays() {
        let several = [job(9, false), job(5, false), job(7, false)];
        assert_eq!(
            given(&several).plan(definition(AtStatus::Defined, 1)),
            (None, vec![9, 7])
        );
        let one_runs = [job(9, false), job(5, true)];
        assert_eq!(
            given(&one_runs).plan(definition(AtStatus::Defined, -1)),
            (None, vec![9])
        );
    }

    #[test]
    fn a_job_that_was_lost_is_submitted_again_before_its_time_and_said_after_it() {
        let given = given(&[]);
        assert_eq!(
            given.plan(definition(AtStatus::Defined, 1)),
            (Some(Action::Submit), vec![])
        );
        for minutes in [0, -1] {
            let planned = given.plan(definition(AtStatus::Defined, minutes));
            assert_eq!(planned, (Some(Action::NoteLost), vec![]));
        }
    }

    #[test]
    fn a_job_without_a_definition_leaves_the_queue_unless_it_runs() {
        let plan = plan(&Facts {
            queue: &[job(1, false), job(2, true)],
            unfinished: &[],
            begun: &BTreeSet::new(),
            running_nodes: &BTreeSet::new(),
            now: now(),
        });
        assert_eq!((plan.remove, plan.actions), (vec![1.into()], vec![]));
    }

    #[test]
    fn a_stopped_nodes_snapshot_waits_outside_the_queue() {
        let mut given = given(&[job(1, false)]);
        given.nodes.clear();
        let waits = Some(Action::NoteWaiting(NODE_STOPPED.to_owned()));
        assert_eq!(
            given.plan(definition(AtStatus::Defined, 1)),
            (waits.clone(), vec![1])
        );
        given.queue.clear();
        assert_eq!(
            given.plan(definition(AtStatus::Waiting, -1)),
            (waits, vec![])
        );
        let mut said = definition(AtStatus::Waiting, -1);
        said.problem = Some(NODE_STOPPED.to_owned());
        assert_eq!(given.plan(said), (None, vec![]));
        // One that runs already continues.
        given.queue.push(job(1, true));
        assert_eq!(
            given.plan(definition(AtStatus::Defined, -1)),
            (None, vec![])
        );
    }
}
