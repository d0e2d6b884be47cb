//! A start by cron, and whether a run has stood for it already (`core::domain::schedule::cron_start`).

use std::path::Path;

use chrono::{DateTime, Local, Utc};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::cron_start::CronStart;
use pgbackman_core::handoff::run;
use pgbackman_core::sys::{boot, terminal};
use uuid::Uuid;

use crate::args::Args;

/// A run that cron has started.
#[derive(Debug)]
pub(crate) struct ByCron<'a> {
    definition: DefId,
    schedule: &'a Schedule,
    start: CronStart,
}

impl<'a> ByCron<'a> {
    /// `None` where somebody started the run, with the crontab's line or without: what is asked for is done.
    pub(crate) fn of(args: &'a Args, started: DateTime<Utc>) -> Option<Self> {
        let (schedule, BackupOrigin::Definition(definition)) =
            (args.cron_schedule.as_ref()?, args.origin)
        else {
            return None;
        };
        if terminal::is_there() {
            return None;
        }
        // cron reads schedules by the machine's clock on the wall.
        let start = CronStart::now(schedule, &Local, started, boot::id(), boot::uptime()?);
        Some(Self {
            definition,
            schedule,
            start,
        })
    }

    /// Why nothing is done: a run has stood for this start. To be asked under the lock of the definition's runs.
    pub(crate) fn repeats(&self, root: &Path) -> Option<String> {
        let earlier = run::noted_start(root, self.definition)?;
        self.start
            .is_repetition_of(&earlier, self.schedule)
            .then(|| {
                format!(
                    "no backup was taken: the run that cron started at {} has already taken the backup of {} for this \
                     start ({}). If the clock skips several times of a schedule ({}), cron starts all of them one \
                     after the other. To take a backup regardless, run the command at a terminal, or without \
                     --cron-schedule",
                    earlier.started.format("%Y-%m-%d %H:%M:%S UTC"),
                    BackupOrigin::Definition(self.definition),
                    self.start.started.format("%H:%M:%S"),
                    self.schedule,
                )
            })
    }

    /// Notes that this run has made its backup.
    pub(crate) fn note(&self, root: &Path, run: Uuid) {
        if let Err(error) = run::note_start(root, self.definition, run, &self.start) {
            tracing::warn!(
                "could not record that cron started this run ({error}): a second start for the same time would take a \
                 second backup"
            );
        }
    }
}
