//! Takes the backup: everything between the run's record and the moment when its files are complete.

use std::fs::File;

use chrono::{DateTime, Local, Utc};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_core::handoff::run::Phase;
use pgbackman_core::node::roles::DatabaseRoles;
use pgbackman_core::node::shortcomings::SequencePositions;
use pgbackman_core::pgtools::bindir::Wanted;
use pgbackman_core::sys::process::ProcessGroup;

use crate::args::Args;
use crate::backup::{after, clients, sealed};
use crate::cluster::appendix::{self, Appendix, OwnObjects};
use crate::cluster::{self, Script, cluster_files};
use crate::database::archive;
use crate::database::lossless::{self, Database, Written};
use crate::database::roles;
use crate::omissions::{OmissionCheck, Omissions};
use crate::plan::{Inputs, Plan};
use crate::run::pause::Held;
use crate::run::progress::Progress;
use crate::run::{files, pause};
use crate::source::lock_watch::Rules;
use crate::source::{Source, needs};
use crate::step::Step;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::{Failure, sanitize};
use pgbackman_core::job::tool::Tools;

/// What a backup is to be taken of, and with what.
pub(crate) struct Backup<'a> {
    /// The command line.
    pub(crate) args: &'a Args,
    /// The configuration.
    pub(crate) config: &'a Config,
    /// The process's environment.
    pub(crate) env: &'a Environment,
    /// Where the node's backups lie.
    pub(crate) directories: &'a NodeDirectories,
    /// When the run began.
    pub(crate) started: DateTime<Utc>,
    /// That the hook before it failed.
    pub(crate) warning: Option<String>,
}

/// What the steps after the connection share.
struct Prepared {
    plan: Plan,
    client: PgMajor,
}

/// What the program that dumps has left to check.
enum Dumped {
    /// A whole cluster, checked on its way.
    Cluster {
        /// What an operator must know of it.
        notes: Vec<String>,
        /// An operator's own objects that are in the script.
        own_objects: OwnObjects,
    },
    /// An archive.
    Database {
        /// The roles in the roles file, where there is one.
        roles: Option<Box<DatabaseRoles>>,
        /// The log of the archive's writing.
        log: File,
        /// Where the sequences were before the snapshot was taken.
        sequences: Option<SequencePositions>,
    },
}

impl Backup<'_> {
    /// Takes the backup, up to a result that may be published: every file is complete, checked and flushed under its
    /// `.partial` name.
    pub(crate) async fn take(
        &self,
        group: &ProcessGroup,
        progress: &mut Progress<'_>,
        bounds: &mut Bounds,
    ) -> Result<BackupResult, Failure> {
        let mut tools = Tools::new(group, bounds);
        let source = self.reach(progress, &mut tools).await?;
        let mut prepared = self.prepare(&source, progress, &mut tools).await?;
        let pause = self.pause(&source, progress, &mut tools).await?;
        let dumped = self.dump(&source, &prepared, progress, &mut tools).await;
        // In the snapshot, which a standby that replays again may take away.
        let known = match &dumped {
            Ok(dumped) => {
                let check = self.omission_check(&source, &prepared, dumped);
                check.run(&mut tools).await
            }
            Err(_) => Ok(Omissions::default()),
        };
        let resumed = match pause {
            Some(held) => held.give_back(progress).await,
            None => Ok(()),
        };
        let (dumped, known) = (dumped?, known?);
        let pooled = source.session.pooler_warning();
        // The server need not keep the snapshot any longer.
        source.end().await;
        let not_resumed = resumed.err().map(|failure| failure.reason);
        let mut warnings: Vec<String> = not_resumed
            .into_iter()
            .chain(pooled)
            .chain(self.warning.clone())
            .collect();
        warnings.extend(self.check(&prepared, dumped, progress, &mut tools).await?);
        warnings.extend(known.warnings);
        after::write(&mut prepared.plan, &known.own_objects, progress)?;
        if self.args.encryption {
            warnings.push(
                "the backup is not encrypted: the definition requires encryption, which is not supported yet"
                    .to_owned(),
            );
        }
        self.complete(&prepared.plan, warnings, progress, tools.bounds())
            .await
    }

    fn omission_check<'c>(
        &'c self,
        source: &'c Source,
        prepared: &'c Prepared,
        dumped: &'c Dumped,
    ) -> OmissionCheck<'c> {
        OmissionCheck {
            args: self.args,
            env: self.env,
            source,
            plan: &prepared.plan,
            client: prepared.client,
            sequences: match dumped {
                Dumped::Database { sequences, .. } => sequences.as_ref(),
                Dumped::Cluster { .. } => None,
            },
            appended: match dumped {
                Dumped::Cluster { own_objects, .. } => Some(own_objects),
                Dumped::Database { .. } => None,
            },
        }
    }

    async fn reach(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Source, Failure> {
        if self.args.code == BackupCode::Config {
            return Err(Failure::refused(
                "backup code CONFIG is refused: no version of PgBackMan supports it",
            ));
        }
        let connecting = Source::connect(self.args, self.env);
        let source = tools
            .bounds()
            .within("connect to the PgSQL node", connecting)
            .await??;
        progress.reached(Step::NodeReached);
        Ok(source)
    }

    /// Chooses client and names, and lets the record know of every file before it is written.
    async fn prepare(
        &self,
        source: &Source,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Prepared, Failure> {
        let client = tools
            .bounds()
            .within(
                "find the client programs",
                clients::find(
                    &self.config.backup_server,
                    self.directories,
                    Wanted {
                        server: source.release.major(),
                        asked: self.args.pg_dump_release,
                    },
                ),
            )
            .await??;
        let release = client.release;
        let tool = if self.args.code == BackupCode::Cluster {
            Tool::PgDumpall
        } else {
            Tool::PgDump
        };
        let extra =
            ExtraParameters::parse(&self.args.extra_parameters, tool, Some(release.major()))
                .map_err(Failure::refused)?;
        let room = tools
            .bounds()
            .within(
                "check that the backup fits on its disk",
                self.check_room(source, &extra, &progress.record().root),
            )
            .await??;
        let names = files::free_names(
            self.args,
            self.directories,
            release.major(),
            self.started.with_timezone(&Local),
        )?;
        let plan = Plan::new(&Inputs {
            args: self.args,
            directories: self.directories,
            names: &names,
            tools: &client,
            without_event_triggers: source.session.is_without_event_triggers(),
            server: source.release.major(),
            encoding: &source.encoding,
            extra: &extra,
            lock_wait_timeout: clients::lock_wait(self.config.dump.lock_wait_timeout),
            application: &clients::application(progress.record().result.run_uuid),
            env: self.env,
        });
        if let Some(fixed) = release.security_fix_missing() {
            tracing::warn!(
                "client programs {release} have known vulnerabilities, fixed in {fixed}; update them"
            );
        }
        tracing::debug!("plan:\n{plan}");
        progress.commit(Step::FilesNamed, |record| {
            record.phase = Phase::Dumping;
            record.artifacts = plan.artifacts();
            record.expected = room.expected;
            let result = &mut record.result;
            result.node_release = Some(source.release.to_string());
            result.pg_dump_release = Some(release.to_string());
            result.datoid = source.datoid;
            result.dbname_size = source.size;
            if let Some(identifier) = &source.system_identifier {
                result.context["system_identifier"] = identifier.clone().into();
            }
            result.dump.log = Some(plan.database.log.clone());
            result.roles.log = plan.roles.as_ref().map(|part| part.log.clone());
            result.dbconfig.log = plan.settings.as_ref().map(|part| part.log.clone());
        })?;
        // What this backup will take is in its record: the next one may look.
        drop(room);
        Ok(Prepared {
            plan,
            client: release.major(),
        })
    }

    /// Pauses replay where the node is a standby and the configuration says so.
    async fn pause(
        &self,
        source: &Source,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Option<Held>, Failure> {
        let dump = &self.config.dump;
        if !source.is_standby || !dump.pause_recovery_process_on_slave {
            return Ok(None);
        }
        pause::pause(
            self.args,
            self.env,
            source.release,
            dump.pause_timeout,
            progress,
            tools.bounds(),
        )
        .await
        .map(Some)
    }

    /// Writes the scripts and runs the program that dumps, in one snapshot where the server can.
    async fn dump(
        &self,
        source: &Source,
        prepared: &Prepared,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Dumped, Failure> {
        let plan = &prepared.plan;
        let rules = Rules {
            application: &plan.application,
            limit: self.config.dump.lock_wait_timeout,
            yield_to_ddl: self.config.dump.yield_to_ddl,
            is_filtered: false,
            may_begin_anew: false,
        };
        if self.args.code == BackupCode::Cluster {
            let encoding = cluster::encoding(source, tools).await?;
            let roles = tools
                .bounds()
                .within("list the node's roles", source.all_roles())
                .await??;
            progress.learn(|result| result.role_list = roles);
            needs::learn(source, self.args.code, progress, tools.bounds()).await?;
            let read = async || cluster_files::read(self.args, self.env, source).await;
            let reading = appendix::read(self.args, self.env, source);
            let Appendix {
                sql,
                notes,
                own_objects,
            } = tools
                .bounds()
                .within("read what pg_dumpall omits", reading)
                .await??;
            let script = Script {
                encoding,
                appendix: sql,
            };
            lossless::cluster(source, plan, rules, &script, read, progress, tools).await?;
            return Ok(Dumped::Cluster { notes, own_objects });
        }
        let database = Database {
            source,
            plan,
            client: prepared.client,
            code: self.args.code,
            rules,
        };
        let connect = async || Source::another(self.args, self.env).await;
        let Written {
            roles,
            log,
            sequences,
        } = database.dump(connect, progress, tools).await?;
        Ok(Dumped::Database {
            roles,
            log,
            sequences,
        })
    }

    /// Checks what the program wrote; returns what an operator must know of an otherwise usable backup.
    async fn check(
        &self,
        prepared: &Prepared,
        dumped: Dumped,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let mut warnings = Vec::new();
        match dumped {
            Dumped::Cluster { notes, .. } => warnings.extend(notes),
            Dumped::Database {
                roles: known, log, ..
            } => {
                let listed = archive::check(&prepared.plan, &log, tools).await?;
                archive::note_internal_options(&listed);
                if let Some(known) = known {
                    warnings.extend(known.notes.iter().cloned());
                    warnings
                        .extend(roles::warning(&prepared.plan, listed, &known, &log, tools).await?);
                }
            }
        }
        progress.reached(Step::ArchiveChecked);
        Ok(warnings)
    }

    /// Flushes and describes the files, and says how the run ended.
    async fn complete(
        &self,
        plan: &Plan,
        warnings: Vec<String>,
        progress: &mut Progress<'_>,
        bounds: &mut Bounds,
    ) -> Result<BackupResult, Failure> {
        let files = sealed::flush(plan, bounds).await?;
        progress.reached(Step::FilesFlushed);
        let mut result = progress.record().result.clone();
        result.finished = progress.now();
        result.status = if warnings.is_empty() {
            ExecutionStatus::Succeeded
        } else {
            ExecutionStatus::Warning
        };
        result.error_message = (!warnings.is_empty()).then(|| sanitize(&warnings.join("\n")));
        let result = sealed::describe(plan, files, result)?;
        progress.reached(Step::ManifestWritten);
        Ok(result)
    }
}
