//! Jobs of 1.x in the queue of `at`: each is replaced by one of ours, since 1.x's goes through a shell and knows nothing of
//! what a run has to say beforehand. Should both run, the definition is claimed by one of them only.

use std::collections::BTreeSet;

use pgbackman_core::catalogue::runs::at_jobs::Unfinished;
use pgbackman_core::sys::at::{AtJob, JobNumber, JobOf1x};

/// The jobs of 1.x, sorted by what they mean to this catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OldJobs {
    running: Vec<AtJob>,
    waiting: Vec<(JobNumber, AtJob)>,
    of_nobody: Vec<(JobNumber, AtJob)>,
}

impl OldJobs {
    /// A job belongs to a definition that has its ID and its node; another catalogue's may have the ID.
    pub(crate) fn of(jobs: &[JobOf1x], unfinished: &[Unfinished]) -> Self {
        let mut old = Self::default();
        for job in jobs {
            let is_known = unfinished
                .iter()
                .any(|definition| definition.job == job.job && definition.node == job.node);
            match (is_known, job.is_running) {
                (true, true) => old.running.push(job.job),
                (true, false) => old.waiting.push((job.number, job.job)),
                (false, true) => {}
                (false, false) => old.of_nobody.push((job.number, job.job)),
            }
        }
        old
    }

    /// What has begun: it is not given to `at` again.
    pub(crate) fn running(&self) -> impl Iterator<Item = AtJob> + '_ {
        self.running.iter().copied()
    }

    /// Whether it is still to come, however late: nothing is lost then.
    pub(crate) fn waits(&self, job: AtJob) -> bool {
        self.waiting.iter().any(|(_, waiting)| *waiting == job)
    }

    /// What leaves the queue after our own jobs have entered it; not where that failed, and is tried again.
    pub(crate) fn replaced(&self, failed: &BTreeSet<AtJob>) -> impl Iterator<Item = JobNumber> {
        self.waiting
            .iter()
            .filter(|(_, job)| !failed.contains(job))
            .map(|(number, _)| *number)
    }

    /// Jobs for definitions that do not wait here: deleted ones, or another catalogue's.
    pub(crate) fn of_nobody(&self) -> impl Iterator<Item = (JobNumber, AtJob)> + '_ {
        self.of_nobody.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::{NodeId, SnapshotId};
    use pgbackman_core::domain::status::AtStatus;

    use super::*;

    fn snapshot(id: i64) -> AtJob {
        AtJob::Snapshot(SnapshotId::new(id))
    }

    fn definition(id: i64, node: i64) -> Unfinished {
        Unfinished {
            job: snapshot(id),
            node: NodeId::new(node),
            dbname: String::new(),
            at_time: "2030-11-21T04:30:00Z".parse().unwrap(),
            status: AtStatus::Defined,
            problem: None,
            begun: false,
        }
    }

    fn job(number: u64, id: i64, node: i64, is_running: bool) -> JobOf1x {
        JobOf1x {
            number: number.into(),
            is_running,
            job: snapshot(id),
            node: NodeId::new(node),
        }
    }

    #[test]
    fn each_waiting_job_of_a_definition_is_replaced_once_ours_is_there() {
        let unfinished = [definition(1, 1), definition(2, 1), definition(3, 2)];
        let jobs = [
            job(11, 1, 1, false),
            job(12, 2, 1, true),
            job(13, 3, 1, false),
            job(14, 4, 1, false),
            job(15, 1, 1, false),
        ];
        let old = OldJobs::of(&jobs, &unfinished);
        let replaced = |failed: &[AtJob]| -> Vec<u64> {
            let failed = failed.iter().copied().collect();
            old.replaced(&failed).map(u64::from).collect()
        };
        assert!(old.waits(snapshot(1)) && !old.waits(snapshot(2)) && !old.waits(snapshot(4)));
        assert_eq!(replaced(&[]), [11, 15]);
        assert_eq!(replaced(&[snapshot(1)]), [0_u64; 0]);
        assert_eq!(old.running().collect::<Vec<_>>(), [snapshot(2)]);
        let left: Vec<u64> = old.of_nobody().map(|(number, _)| number.into()).collect();
        assert_eq!(left, [13, 14]);
    }
}
