//! The life of one run: its lock, its record, the restore, the end of everything it started, the report.

pub(crate) mod preparing;
pub(crate) mod record;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::restores::restore_results::RestoreRegistration;
use pgbackman_core::clock::Clock;
use pgbackman_core::config::{Config, Environment, trust};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::report::{NotReported, Reported, Reporting};
use pgbackman_core::handoff::run::{self, Claim, RestoreRecord, TargetServer};
use pgbackman_core::job::bar::Bar;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::cancellation::CancelSwitch;
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::life::{self, Job, NotBegun};
use pgbackman_core::job::older_servers;
use pgbackman_core::job::outcome;
use pgbackman_core::job::tool::Tools;
use pgbackman_core::sys::process::ProcessGroup;
use pgbackman_core::sys::signal::StopSignals;
use uuid::Uuid;

use crate::args::Args;
use crate::backup::inputs::Restore;
use crate::execute::Execution;
use crate::prepare::prepared::{Learned, Prepared};
use crate::run::ending::{self, refuse};
use crate::run::hooks;
use crate::run::lock_watch::LockWatch;
use crate::run::log::RestoreLog;
use crate::run::progress::Progress;
use crate::run::report::{self, Counter};
use crate::step::{Observer, Step};
use crate::{PROGRAM, database};

/// A restore takes as long as it takes; the catalogue counts one as lost after this time (`docs/spec/catalogue.md`).
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

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
    /// How far it is.
    pub(crate) counter: Counter,
}

impl App<'_> {
    /// Runs the restore and returns the exit code.
    pub(crate) async fn run(&self, observer: &dyn Observer<Step>) -> ExitCode {
        let started = self.clock.now();
        let section = &self.config.backup_server;
        let root = match trust::check_backup_path_on_disk(section, &self.args.root) {
            Ok(root) => root,
            // Nothing may be written there, not even a pending file.
            Err(error) if self.args.dry_run => return refuse(&Failure::refused(error)),
            Err(error) => {
                let failure = Failure::refused(error);
                return life::report_unrecorded(self, started, None, None, failure).await;
            }
        };
        if self.args.dry_run {
            return self.dry_run(&root, started).await;
        }
        match self.begin(&root, started).await {
            Ok((directories, record)) => {
                older_servers::recall(&root);
                // A restore's life is a large future: it lies on the heap.
                Box::pin(self.run_recorded(&root, &directories, record, observer)).await
            }
            Err(why) => life::end_without_run(self, &root, started, why).await,
        }
    }

    /// Shows the plan and changes nothing: no record, no claim, no log.
    async fn dry_run(&self, root: &Path, started: DateTime<Utc>) -> ExitCode {
        let planned = async {
            let directories = NodeDirectories::find(self.config, root, self.args.node_id)
                .map_err(|unknown| unknown.failure)?;
            let log = RestoreLog::none()?;
            let group = ProcessGroup::start().map_err(Failure::failed)?;
            let stop = StopSignals::listen().map_err(Failure::failed)?;
            let mut bounds = Bounds::new(LONGEST, stop);
            let mut tools = Tools::new(&group, &mut bounds);
            let (target, mark) = (self.target(), database::mark(self.run_uuid));
            let watch = self.lock_watch(&target, &mark);
            let mut learned = |learned: Learned<'_>| {
                if matches!(learned, Learned::Target(_)) {
                    watch.begin();
                }
            };
            let preparing =
                Box::pin(self.prepare(&directories, &log, started, &mut learned, &mut tools));
            let prepared = watch.over(preparing, &group, self.env).await;
            let gone = group.end().await;
            let shown = prepared?.0.plan.with_findings();
            gone.map_err(Failure::failed)?;
            Ok::<_, Failure>(shown)
        };
        match planned.await {
            Ok(shown) => match io::stdout().write_all(shown.as_bytes()) {
                Ok(()) => ExitCode::Success,
                Err(_) => ExitCode::Failure,
            },
            Err(failure) => refuse(&failure),
        }
    }

    /// Finds the place, settles restores that died, takes the lock, and claims the restore.
    async fn begin(
        &self,
        root: &Path,
        started: DateTime<Utc>,
    ) -> Result<(NodeDirectories, run::ActiveRun<RestoreRecord>), NotBegun> {
        let found = NodeDirectories::find(self.config, root, self.args.node_id);
        let server = match &found {
            Ok(directories) => Some(directories.server),
            Err(unknown) => unknown.server,
        };
        let failed =
            |error: &dyn std::fmt::Display| NotBegun::Failed(server, Failure::failed(error));
        let reporting = self.reporting(Some(root));
        for said in run::recover_restores(root, &reporting, self.clock.now()).await {
            tracing::error!("{said}");
        }
        let id = self.args.restore;
        let lock = match run::claim_restore(root, id).map_err(|error| failed(&error))? {
            Claim::Busy(_) => {
                return Err(NotBegun::AlreadyRun(format!(
                    "restore definition {id} is already running; no second run was started"
                )));
            }
            Claim::Free(lock) => lock,
            Claim::Dead(_) => {
                // It has its row in the catalogue, or gets it with its record.
                return Err(NotBegun::AlreadyRun(format!(
                    "restore definition {id} has already run, and the changes of that run to the target could not be \
                     undone yet. PgBackMan tries again automatically. No second run was started; register another \
                     restore when the changes are undone"
                )));
            }
        };
        let directories = match found {
            Ok(directories) => directories,
            Err(unknown) => {
                if let Err(error) = lock.release() {
                    tracing::warn!("{error}");
                }
                return Err(NotBegun::Failed(unknown.server, unknown.failure));
            }
        };
        let record = self.first_record(root, directories.server, started);
        let run = lock.begin(record).map_err(|error| failed(&error))?;
        // After the record: killed in between, it is known to have failed.
        if run::take_restore_once(root, id, self.run_uuid).map_err(|error| failed(&error))? {
            return Ok((directories, run));
        }
        run.finish().map_err(|error| failed(&error))?;
        Err(NotBegun::AlreadyRun(format!(
            "restore definition {id} has already run, and does not run again; register another restore"
        )))
    }

    async fn run_recorded(
        &self,
        root: &Path,
        directories: &NodeDirectories,
        record: run::ActiveRun<RestoreRecord>,
        observer: &dyn Observer<Step>,
    ) -> ExitCode {
        let mut progress = Progress::begun(record, self.clock, observer, Step::RecordWritten);
        let cancel = CancelSwitch::default();
        let told = report::tell(self, &progress, &cancel);
        let (position, counter) = (progress.position(), self.counter.clone());
        let bar = Bar::show(move || report::how_far(position.borrow().phase, &counter));
        let log = RestoreLog::create(&directories.log_directory, self.args);
        let outcome = match &log {
            Ok(log) => {
                let path = log.path().map(Path::to_owned);
                progress.learn(|result| result.log = path);
                match hooks::before(self.args, self.config, self.env, self.run_uuid).await {
                    Ok(warning) => {
                        let restoring = self.restore(directories, log, &cancel, &mut progress);
                        let restored = restoring.await.map_err(|failure| cancel.explain(failure));
                        restored.map(|found| warning.into_iter().chain(found).collect())
                    }
                    Err(failure) => Err(failure),
                }
            }
            Err(failure) => Err(failure.clone()),
        };
        told.abort();
        bar.clear();
        older_servers::keep(root);
        let exit = ending::finish(outcome, self.env, log.as_ref().ok(), &mut progress).await;
        let exit = hooks::after(self.args, self.config, self.env, exit, &mut progress).await;
        let result = progress.record().result.clone();
        self.settle(root, &result, exit, progress, bar).await
    }

    /// Restores, and ends everything it started, however it ended.
    async fn restore(
        &self,
        directories: &NodeDirectories,
        log: &RestoreLog,
        cancel: &CancelSwitch,
        progress: &mut Progress<'_>,
    ) -> Result<Vec<String>, Failure> {
        let stop = cancel.with(StopSignals::listen().map_err(Failure::failed)?);
        let mut bounds = Bounds::new(LONGEST, stop);
        let group = ProcessGroup::start().map_err(Failure::failed)?;
        progress.reached(Step::GuardianStarted);
        let mut tools = Tools::new(&group, &mut bounds);
        let (target, mark) = (self.target(), database::mark(self.run_uuid));
        let watch = self.lock_watch(&target, &mark);
        // It is a large future: it lies on the heap.
        let work = Box::pin(self.work(directories, log, &watch, progress, &mut tools));
        let outcome = watch.over(work, &group, self.env).await;
        let gone = group.end().await;
        progress.reached(Step::ProgramsGone);
        let (mut warnings, waited) = outcome?;
        warnings.extend(waited);
        gone.map_err(Failure::failed)?;
        Ok(warnings)
    }

    /// The target, as this run's own sessions reach it.
    pub(crate) fn target(&self) -> TargetServer {
        let run = self.run_uuid.simple().to_string();
        TargetServer {
            host: self.args.node_fqdn.clone(),
            port: self.args.node_port,
            user: self.args.node_user.clone(),
            application: Some(format!("{PROGRAM} {}", &run[..8])),
        }
    }

    /// Who watches how long this run waits for locks. The session that makes the database has its mark as its name.
    fn lock_watch<'w>(&'w self, target: &'w TargetServer, mark: &'w str) -> LockWatch<'w> {
        LockWatch::new(
            target,
            &self.args.target_dbname,
            [target.application_name(), mark],
            self.config.dump.lock_wait_timeout,
        )
    }

    async fn work(
        &self,
        directories: &NodeDirectories,
        log: &RestoreLog,
        watch: &LockWatch<'_>,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let started = progress.record().result.started;
        let mut learned = |learned: Learned<'_>| {
            if matches!(learned, Learned::Target(_)) {
                watch.begin();
            }
            learned.take(progress);
        };
        let prepared = self
            .prepare(directories, log, started, &mut learned, tools)
            .await?;
        let Prepared {
            backup,
            target,
            plan,
        } = &prepared;
        log.say(format!("the plan:\n{plan}"));
        progress.reached(Step::Planned);
        let execution = Execution {
            restore: Restore {
                args: self.args,
                env: self.env,
                backup,
                target,
                log,
            },
            plan,
            counter: &self.counter,
        };
        let restored = execution.run(progress, tools).await;
        let pooled = prepared.target.session.pooler_warning();
        prepared.target.session.close().await;
        let mut warnings = restored?;
        warnings.extend(pooled);
        Ok(warnings)
    }

    /// Reports the result; removes the record unless it is reported nowhere.
    async fn settle(
        &self,
        root: &Path,
        result: &RestoreResult,
        exit: ExitCode,
        mut progress: Progress<'_>,
        bar: Bar,
    ) -> ExitCode {
        tracing::info!(
            "restore definition {} ended with {}",
            result.restore,
            result.status
        );
        let reported = self.reporting(Some(root)).report_restore(result).await;
        bar.end(&ending::in_a_line(result, reported.as_ref()));
        if let Err(exit) = outcome::told(PROGRAM, reported, exit) {
            return exit;
        }
        progress.reached(Step::Reported);
        if progress.record().still.is_some() {
            tracing::warn!(
                "keeping the run record, so that the changes to the target can be undone later"
            );
        } else if let Err(error) = progress.finish() {
            tracing::error!("{error}");
        }
        exit
    }
}

impl Job for App<'_> {
    const PROGRAM: &'static str = PROGRAM;
    type Result = RestoreResult;
    type Registration = RestoreRegistration;

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
    ) -> RestoreResult {
        RestoreResult {
            finished: self.clock.now(),
            error_message: Some(reason),
            ..self.first_result(server, started)
        }
    }

    async fn report(
        reporting: &Reporting<'_>,
        result: &RestoreResult,
    ) -> Result<Reported<RestoreRegistration>, NotReported> {
        reporting.report_restore(result).await
    }
}
