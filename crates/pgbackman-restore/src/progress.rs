//! Where a run is: written into its record, told to the observer.

use chrono::{DateTime, Utc};
use pgbackman_core::clock::Clock;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::handoff::run::{ActiveRun, RestoreRecord, RunError};
use pgbackman_core::job::failure::Failure;

use crate::step::{Observer, Step};

/// The record of this run, and who watches it.
pub(crate) struct Progress<'a> {
    run: ActiveRun<RestoreRecord>,
    clock: &'a dyn Clock,
    observer: &'a mut dyn Observer,
}

impl<'a> Progress<'a> {
    /// A run whose record has just been written.
    pub(crate) fn begun(
        run: ActiveRun<RestoreRecord>,
        clock: &'a dyn Clock,
        observer: &'a mut dyn Observer,
    ) -> Self {
        observer.reached(Step::RecordWritten);
        Self {
            run,
            clock,
            observer,
        }
    }

    /// What the record says.
    pub(crate) const fn record(&self) -> &RestoreRecord {
        self.run.record()
    }

    /// The time, for results.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Notes a step that recovery does not depend on. A record that cannot be written then is only reported: what follows
    /// fails by itself if it must.
    pub(crate) fn reached(&mut self, step: Step) {
        let now = self.clock.now();
        let noted = self.run.note(|record| {
            step.name().clone_into(&mut record.step);
            record.written = now;
        });
        if let Err(error) = noted {
            tracing::warn!("{error}");
        }
        self.observer.reached(step);
    }

    /// Takes a step that recovery goes by: the change is on disk when this returns.
    pub(crate) fn commit(
        &mut self,
        step: Step,
        change: impl FnOnce(&mut RestoreRecord),
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        self.run
            .commit(|record| {
                step.name().clone_into(&mut record.step);
                record.written = now;
                change(record);
            })
            .map_err(Failure::failed)?;
        self.observer.reached(step);
        Ok(())
    }

    /// Adds to the result what is known by now; the next step writes it down.
    pub(crate) fn learn(&mut self, change: impl FnOnce(&mut RestoreResult)) {
        let learned = self.run.note(|record| change(&mut record.result));
        if let Err(error) = learned {
            tracing::warn!("{error}");
        }
    }

    /// Removes the record: nothing is left to recover.
    pub(crate) fn finish(self) -> Result<(), RunError> {
        self.run.finish()
    }
}
