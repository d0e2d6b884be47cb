//! Where a run is: written into its record, told to whoever watches it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::failure::Failure;
use crate::clock::Clock;
use crate::domain::backup::BackupResult;
use crate::domain::restore::RestoreResult;
use crate::handoff::run::{ActiveRun, Record, RestoreRecord, RunError, RunRecord};
use crate::steps::Observer;

/// A named step of a run.
pub trait NamedStep: Copy + 'static {
    /// The step in words, as the run's record has it.
    fn name(self) -> &'static str;

    /// What the run is doing after it, in a word or two that an operator understands.
    fn phase(self) -> &'static str;
}

/// A record that says how far its run is, and what is known of how it ends.
pub trait RunSteps: Record {
    /// What is known of the run.
    type Result;

    /// Notes the last step and when it was reached.
    fn note_step(&mut self, step: &'static str, at: DateTime<Utc>);

    /// What is known of the run.
    fn result_mut(&mut self) -> &mut Self::Result;
}

impl RunSteps for RunRecord {
    type Result = BackupResult;

    fn note_step(&mut self, step: &'static str, at: DateTime<Utc>) {
        step.clone_into(&mut self.step);
        self.written = at;
    }

    fn result_mut(&mut self) -> &mut BackupResult {
        &mut self.result
    }
}

impl RunSteps for RestoreRecord {
    type Result = RestoreResult;

    fn note_step(&mut self, step: &'static str, at: DateTime<Utc>) {
        step.clone_into(&mut self.step);
        self.written = at;
    }

    fn result_mut(&mut self) -> &mut RestoreResult {
        &mut self.result
    }
}

/// Where a run is, for whoever shows it.
#[derive(Debug, Clone)]
pub struct Position<R> {
    /// What it is doing ([`NamedStep::phase`]).
    pub phase: &'static str,
    /// What its record says.
    pub record: Arc<R>,
}

/// The record of a run, and who watches it.
pub struct Progress<'a, R, S> {
    run: ActiveRun<R>,
    position: watch::Sender<Position<R>>,
    clock: &'a dyn Clock,
    observer: &'a dyn Observer<S>,
}

impl<'a, R: RunSteps + Clone, S: NamedStep> Progress<'a, R, S> {
    /// A run whose record has just been written, which is its first step.
    pub fn begun(
        run: ActiveRun<R>,
        clock: &'a dyn Clock,
        observer: &'a dyn Observer<S>,
        first: S,
    ) -> Self {
        observer.reached(first);
        let (position, _) = watch::channel(Position {
            phase: first.phase(),
            record: Arc::new(run.record().clone()),
        });
        Self {
            run,
            position,
            clock,
            observer,
        }
    }

    /// Where the run is, now and later.
    pub fn position(&self) -> watch::Receiver<Position<R>> {
        self.position.subscribe()
    }

    fn show(&self, step: Option<S>) {
        self.position.send_modify(|position| {
            if let Some(step) = step {
                position.phase = step.phase();
            }
            position.record = Arc::new(self.run.record().clone());
        });
    }

    /// What the record says.
    pub const fn record(&self) -> &R {
        self.run.record()
    }

    /// The time, for results.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Notes a step that recovery does not depend on. A record that cannot be written then is only reported: what follows
    /// fails by itself if it must.
    pub fn reached(&mut self, step: S) {
        let now = self.clock.now();
        let noted = self.run.note(|record| record.note_step(step.name(), now));
        if let Err(error) = noted {
            tracing::warn!("{error}");
        }
        self.show(Some(step));
        self.observer.reached(step);
    }

    /// Takes a step that recovery goes by: the change is on disk when this returns.
    ///
    /// # Errors
    /// When the record cannot be written or flushed.
    pub fn commit(&mut self, step: S, change: impl FnOnce(&mut R)) -> Result<(), Failure> {
        let now = self.clock.now();
        self.run
            .commit(|record| {
                record.note_step(step.name(), now);
                change(record);
            })
            .map_err(Failure::failed)?;
        self.show(Some(step));
        self.observer.reached(step);
        Ok(())
    }

    /// Adds to the result what is known by now; the next step writes it down.
    pub fn learn(&mut self, change: impl FnOnce(&mut R::Result)) {
        let learned = self.run.note(|record| change(record.result_mut()));
        if let Err(error) = learned {
            tracing::warn!("{error}");
        }
        self.show(None);
    }

    /// Removes the record: nothing is left to recover.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn finish(self) -> Result<(), RunError> {
        self.run.finish()
    }
}
