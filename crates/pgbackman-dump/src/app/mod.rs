//! The life of one run: its lock, its record, the backup, the end of everything it started, the report.

pub(crate) mod catalogue;
pub(crate) mod cron;
pub(crate) mod mark;
pub(crate) mod record;
pub(crate) mod room;
pub(crate) mod wanted;

use std::fmt::Display;
use std::path::Path;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::backups::Registration;
use pgbackman_core::clock::Clock;
use pgbackman_core::config::{Config, Environment, trust};
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::report::{NotReported, Reported, Reporting};
use pgbackman_core::handoff::run::{self, Claim, RunLock, RunRecord};
use pgbackman_core::job::bar::Bar;
use pgbackman_core::job::cancellation::CancelSwitch;
use pgbackman_core::job::life::{self, Job, NotBegun};
use pgbackman_core::job::older_servers;
use pgbackman_core::sys::process::ProcessGroup;
use pgbackman_core::sys::signal::StopSignals;
use uuid::Uuid;

use crate::PROGRAM;
use crate::app::cron::ByCron;
use crate::args::Args;
use crate::backup::take::Backup;
use crate::run::ending::{self, say};
use crate::run::hooks;
use crate::run::pause;
use crate::run::progress::Progress;
use crate::step::{Observer, Step};
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::Failure;

/// The program, once its command line and configuration are read.
pub(crate) struct App<'a> {
    /// The command line.
    pub(crate) args: &'a Args,
    /// The configuration.
    pub(crate) config: &'a Config,
    /// The process's environment.
    pub(crate) env: &'a Environment,
    /// The time of day.
    pub(crate) clock: &'a dyn Clock,
    /// Identifies this run.
    pub(crate) run_uuid: Uuid,
}

/// A run that has its lock and its record.
struct Begun<'a> {
    root: &'a Path,
    directories: &'a NodeDirectories,
    started: DateTime<Utc>,
    by_cron: Option<&'a ByCron<'a>>,
}

impl App<'_> {
    /// Runs the backup and returns the exit code.
    pub(crate) async fn run(&self, observer: &dyn Observer<Step>) -> ExitCode {
        let started = self.clock.now();
        let by_cron = ByCron::of(self.args, started);
        let section = &self.config.backup_server;
        let root = match trust::check_backup_path_on_disk(section, &self.args.root) {
            Ok(root) => root,
            // Nothing may be written there, not even a pending file.
            Err(error) => {
                let failure = Failure::refused(error);
                return life::report_unrecorded(self, started, None, None, failure).await;
            }
        };
        match self.begin(&root, started, by_cron.as_ref()).await {
            Ok((directories, record)) => {
                let begun = Begun {
                    root: &root,
                    directories: &directories,
                    started,
                    by_cron: by_cron.as_ref(),
                };
                self.run_recorded(&begun, record, observer).await
            }
            Err(why) => life::end_without_run(self, &root, started, why).await,
        }
    }

    /// Finds the place, takes the lock, settles what a dead run of the same definition left, and claims a snapshot.
    async fn begin(
        &self,
        root: &Path,
        started: DateTime<Utc>,
        by_cron: Option<&ByCron<'_>>,
    ) -> Result<(NodeDirectories, run::ActiveRun), NotBegun> {
        let found = NodeDirectories::find(self.config, root, self.args.node_id);
        let server = found.as_ref().map_or_else(
            |unknown| unknown.server,
            |directories| Some(directories.server),
        );
        let window = found.as_ref().ok().and_then(|found| found.window_until);
        let refused = wanted::refusal(self, by_cron.is_some(), window, started);
        if let Some(reason) = Box::pin(refused).await {
            return Err(NotBegun::NotWanted(reason));
        }
        let (lock, inherited) = self.lock(root, server).await?;
        if let Some(reason) = by_cron.and_then(|start| start.repeats(root)) {
            give_up(lock, inherited.as_ref());
            return Err(NotBegun::AlreadyRun(reason));
        }
        let known = match found {
            Ok(directories) => {
                let marked =
                    mark::check(&directories, self.args.node_id, self.config, self.env).await;
                marked.map(|()| directories)
            }
            Err(unknown) => Err(unknown.failure),
        };
        let directories = match known {
            Ok(directories) => directories,
            Err(failure) => {
                give_up(lock, inherited.as_ref());
                return Err(NotBegun::Failed(server, failure));
            }
        };
        let record = self.first_record(root, directories.server, started, inherited);
        let run = lock
            .begin(record)
            .map_err(|error| NotBegun::Failed(server, Failure::failed(error)))?;
        let run = self.take_once(root, server, run)?;
        Ok((directories, run))
    }

    /// Claims a snapshot or a requested run, after its record is written: killed in between, it is known to have failed.
    fn take_once(
        &self,
        root: &Path,
        server: Option<ServerId>,
        run: run::ActiveRun,
    ) -> Result<run::ActiveRun, NotBegun> {
        let (taken, what) = match (self.args.origin, self.args.requested) {
            (BackupOrigin::Snapshot(id), _) => (
                run::take_once(root, id, self.run_uuid),
                format!("snapshot {id}"),
            ),
            (BackupOrigin::Definition(id), Some(request)) => (
                run::take_requested_once(root, request, self.run_uuid),
                format!("requested run {request} of definition {id}"),
            ),
            (BackupOrigin::Definition(_), None) => return Ok(run),
        };
        let failed = |error: &dyn Display| NotBegun::Failed(server, Failure::failed(error));
        if taken.map_err(|error| failed(&error))? {
            return Ok(run);
        }
        // A standby that an earlier run has left paused must stay known.
        if run.record().paused.is_none() {
            run.finish().map_err(|error| failed(&error))?;
        }
        Err(NotBegun::AlreadyRun(format!(
            "{what} has already been taken, and is not taken again"
        )))
    }

    /// The lock of this definition's runs, and a pause of replay that a dead one left behind.
    async fn lock(
        &self,
        root: &Path,
        server: Option<ServerId>,
    ) -> Result<(RunLock, Option<run::PausedNode>), NotBegun> {
        let failed = |error: &dyn Display| NotBegun::Failed(server, Failure::failed(error));
        match run::claim(root, self.args.origin).map_err(|error| failed(&error))? {
            Claim::Busy(record) => Err(NotBegun::AlreadyRun(busy(
                self.args.origin,
                record.as_deref(),
            ))),
            Claim::Free(lock) => Ok((lock, None)),
            Claim::Dead(dead) => {
                let recovered = run::recover(*dead, &self.reporting(Some(root)))
                    .await
                    .map_err(|error| failed(&error))?;
                tracing::error!(
                    "an earlier run of {} died, and is registered as {}: {}",
                    self.args.origin,
                    recovered.result.status,
                    recovered
                        .result
                        .error_message
                        .as_deref()
                        .unwrap_or("its backup was complete"),
                );
                for problem in &recovered.problems {
                    tracing::error!("{problem}");
                }
                Ok((recovered.lock, recovered.still_paused))
            }
        }
    }

    async fn run_recorded(
        &self,
        begun: &Begun<'_>,
        record: run::ActiveRun,
        observer: &dyn Observer<Step>,
    ) -> ExitCode {
        let root = begun.root;
        let mut progress = Progress::begun(record, self.clock, observer, Step::RecordWritten);
        let cancel = CancelSwitch::default();
        let told = catalogue::tell(self, &progress, &cancel);
        let roots = &self.config.backup_server.backup_roots;
        older_servers::recall(root);
        let position = progress.position();
        let bar = Bar::show(move || catalogue::how_far(&position.borrow().clone()));
        let outcome = match hooks::before(self.args, self.config, self.env, self.run_uuid).await {
            Ok(warning) => {
                let backup = Backup {
                    args: self.args,
                    config: self.config,
                    env: self.env,
                    directories: begun.directories,
                    started: begun.started,
                    warning,
                };
                self.take(&backup, &cancel, &mut progress).await
            }
            Err(failure) => Err(failure),
        };
        bar.clear();
        older_servers::keep(root);
        let mut ended = match outcome {
            Ok(result) => ending::publish(result, roots, &mut progress),
            Err(failure) => ending::fail(cancel.explain(failure), roots, &mut progress),
        };
        if let (Some(start), true) = (begun.by_cron, ended.has_backup()) {
            start.note(root, self.run_uuid);
        }
        told.abort();
        let resumed = pause::give_back_recorded(self.env, &mut progress).await;
        if let Err(failure) = &resumed {
            say(&failure.reason);
            if ended.exit == ExitCode::Success {
                ended.exit = ExitCode::Warning;
            }
        }
        hooks::after(self.args, self.config, self.env, &mut ended, &mut progress).await;
        let reported = self.reporting(Some(root)).report(&ended.result).await;
        let line = ending::in_a_line(&ended.result, reported.as_ref());
        let exit = ending::settle(&ended, reported, resumed.is_ok(), progress);
        bar.end(&line);
        tracing::info!("{} ended with {}", self.args.origin, ended.result.status);
        exit
    }

    /// Takes the backup and ends everything it started, however it ended.
    async fn take(
        &self,
        backup: &Backup<'_>,
        cancel: &CancelSwitch,
        progress: &mut Progress<'_>,
    ) -> Result<BackupResult, Failure> {
        let stop = cancel.with(StopSignals::listen().map_err(Failure::failed)?);
        let mut bounds = Bounds::new(self.config.dump.max_duration, stop);
        let group = ProcessGroup::start().map_err(Failure::failed)?;
        progress.reached(Step::GuardianStarted);
        let outcome = backup.take(&group, progress, &mut bounds).await;
        let gone = group.end().await;
        progress.reached(Step::ProgramsGone);
        let result = outcome?;
        gone.map_err(Failure::failed)?;
        Ok(result)
    }
}

impl Job for App<'_> {
    const PROGRAM: &'static str = PROGRAM;
    type Result = BackupResult;
    type Registration = Registration;

    fn config(&self) -> &Config {
        self.config
    }

    fn env(&self) -> &Environment {
        self.env
    }

    fn failed_result(
        &self,
        server: ServerId,
        started: DateTime<Utc>,
        reason: String,
    ) -> BackupResult {
        BackupResult {
            finished: self.clock.now(),
            error_message: Some(reason),
            ..self.first_result(server, started)
        }
    }

    async fn report(
        reporting: &Reporting<'_>,
        result: &BackupResult,
    ) -> Result<Reported<Registration>, NotReported> {
        reporting.report(result).await
    }
}

fn busy(origin: BackupOrigin, record: Option<&RunRecord>) -> String {
    let since = record.map(|record| {
        let result = &record.result;
        format!(
            ", process {} since {}",
            result.procpid,
            result.started.format("%Y-%m-%d %H:%M:%S UTC")
        )
    });
    format!(
        "a run of {} is still in progress{}; no second run was started",
        origin,
        since.unwrap_or_default()
    )
}

/// Removes the record of a run that does not begin; unless it still says that a standby is paused.
fn give_up(lock: RunLock, paused: Option<&run::PausedNode>) {
    if paused.is_none()
        && let Err(error) = lock.release()
    {
        tracing::warn!("{error}");
    }
}
