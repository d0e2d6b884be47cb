//! Does what the plan says. From the first step on the record knows what is changed.

pub(crate) mod after;
pub(crate) mod analyze;
pub(crate) mod contents;
pub(crate) mod execute_cluster;
pub(crate) mod going_on;
pub(crate) mod inside;
pub(crate) mod mapped;
pub(crate) mod messages;
pub(crate) mod refresh;
pub(crate) mod roles;

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::RestorePhase;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::Tools;
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::argv;

use crate::archive::lines;
use crate::backup::inputs::Restore;
use crate::execute::mapped::Mapped;
use crate::plan::{Plan, Work};
use crate::run::progress::Progress;
use crate::run::report::Counter;
use crate::step::Step;
use crate::{compare, database, shared_with_source};

/// What the steps share.
pub(crate) struct Execution<'a> {
    pub(crate) restore: Restore<'a>,
    pub(crate) plan: &'a Plan,
    pub(crate) counter: &'a Counter,
}

impl Execution<'_> {
    /// Does everything; returns what an operator must know of a restore that succeeded.
    pub(crate) async fn run(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let (plan, session) = (self.plan, &self.restore.target.session);
        progress.commit(Step::ChangesRecorded, |record| {
            record.phase = RestorePhase::Working;
            record.changes = plan.changes.clone();
            if matches!(plan.work, Work::NewDatabase { .. }) {
                let mark = database::mark(record.result.run_uuid);
                for made in &mut record.changes.made {
                    made.mark = Some(mark.clone());
                }
            } else {
                let run = record.result.run_uuid;
                for (number, made) in record.changes.made.iter_mut().enumerate() {
                    made.mark = Some(database::mark_of_one(run, number));
                }
            }
            record.result.renamed_dbname = renamed(plan);
        })?;
        let mut warnings = plan.warnings.clone();
        let major = self.restore.target.facts.release.major();
        for change in &plan.changes.renamed {
            warnings.extend(going_on::warnings(session, change, major).await?);
            let renaming = database::rename_existing(session, change, self.restore.log);
            tools
                .bounds()
                .within("rename the existing database", renaming)
                .await??;
        }
        progress.reached(Step::Renamed);
        match &plan.work {
            Work::NewDatabase { .. } => warnings.extend(self.new_database(progress, tools).await?),
            Work::Existing { .. } => warnings.extend(self.existing(progress, tools).await?),
            Work::Cluster { .. } => warnings.extend(self.cluster(progress, tools).await?),
        }
        Ok(warnings)
    }

    async fn roles(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<(), Failure> {
        let making = roles::make(
            &self.plan.roles,
            &self.restore.target.session,
            self.restore.log,
        );
        tools.bounds().within("create the roles", making).await??;
        progress.learn(|result| result.role_list = sorted(&self.plan.roles.missing));
        progress.reached(Step::RolesMade);
        Ok(())
    }

    async fn new_database(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let Work::NewDatabase {
            script,
            schemas,
            list,
            after,
            ..
        } = &self.plan.work
        else {
            return Ok(Vec::new());
        };
        let (session, name) = (
            &self.restore.target.session,
            self.restore.args.target_dbname.as_str(),
        );
        self.roles(progress, tools).await?;
        let mark = database::mark(progress.record().result.run_uuid);
        let making = database::make(session, script, name, &mark, self.restore.log);
        let oid = tools
            .bounds()
            .within("create the database", making)
            .await??;
        progress.commit(Step::DatabaseMade, |record| {
            for made in &mut record.changes.made {
                made.oid = Some(oid);
            }
        })?;
        let naming = database::give_name(session, &mark, name, self.restore.log);
        tools
            .bounds()
            .within("rename the new database", naming)
            .await??;
        self.inside(&script.inside, tools).await?;
        let keep_out = self.restore.target.facts.user.superuser;
        let settling = database::settle(session, script, name, keep_out, self.restore.log);
        let limit = tools
            .bounds()
            .within("apply the settings of the database", settling)
            .await??;
        if self.plan.close_public {
            let made = self.connect(tools).await?;
            let closing = database::close_public(&made, self.restore.log);
            tools
                .bounds()
                .within("set the owner and privileges of the schema public", closing)
                .await??;
            made.close().await;
        }
        if !schemas.is_empty() {
            let made = self.connect(tools).await?;
            let making = database::make_schemas(&made, schemas, self.restore.log);
            tools.bounds().within("make schemas", making).await??;
            made.close().await;
        }
        progress.reached(Step::SettingsMade);
        let mut warnings = self.contents(list, progress, tools).await?;
        let restored = self.connect(tools).await?;
        let running = after::run(&restored, after, self.restore.log);
        let made = tools
            .bounds()
            .within("run the statements of the file -AFTER.sql", running)
            .await??;
        warnings.extend(made);
        let major = self.restore.target.facts.release.major();
        let asking = shared_with_source::warnings(&restored, major);
        let shared = tools
            .bounds()
            .within("check what the database shares with its source", asking)
            .await??;
        warnings.extend(shared);
        warnings.extend(self.analyze(&restored, progress, tools).await?);
        let said = if self.plan.parameters.is_partial() && !self.plan.parameters.chooses() {
            "only a section of the archive was restored, so rows are not counted".to_owned()
        } else {
            if let Some(rows) = &self.plan.counted {
                let comparing = rows.compare(&restored, self.restore.log);
                let compared = tools
                    .bounds()
                    .within("count the restored rows", comparing)
                    .await??;
                warnings.extend(compared);
            }
            let compared = self.compare(&restored, list, tools).await?;
            // What pg_restore has said already is known.
            let known = warnings.join("\n");
            let unknown = compared
                .left_to_do
                .iter()
                .filter(|statement| !known.contains(*statement));
            warnings.extend(unknown.map(|statement| {
                format!("the rows are restored, but a materialized view was not refreshed; run in the database: \
                         {statement}")
            }));
            format!("as many as in the archive's list: {}", compared.said)
        };
        restored.close().await;
        self.restore.log.say(said);
        progress.reached(Step::Compared);
        if keep_out {
            database::limit_connections(session, name, limit).await?;
        }
        Ok(warnings)
    }

    /// Runs what is run in a session of the database.
    async fn inside(&self, statements: &[String], tools: &mut Tools<'_>) -> Result<(), Failure> {
        if statements.is_empty() {
            return Ok(());
        }
        let session = self.connect(tools).await?;
        let running = inside::run(&session, statements, &self.plan.roles, self.restore.log);
        let ran = tools
            .bounds()
            .within("apply comments and settings", running)
            .await?;
        session.close().await;
        ran
    }

    /// Compares what is there with the archive.
    async fn compare(
        &self,
        restored: &Session,
        list: &ArchiveList,
        tools: &mut Tools<'_>,
    ) -> Result<compare::Compared, Failure> {
        const DOING: &str = "compare the database with the archive";
        let (path, list) = (self.restore.backup.dump_file.clone(), list.clone());
        let reading = tokio::task::spawn_blocking(move || compare::Restored::read(&path, &list));
        let read = tools.bounds().within(DOING, reading).await?;
        let archive = read.map_err(Failure::failed)?.map_err(Failure::failed)?;
        let major = self.restore.target.facts.release.major();
        let superuser = self.restore.target.facts.user.superuser;
        let comparing = archive.compare(restored, major, superuser, &self.plan.parameters);
        tools.bounds().within(DOING, comparing).await?
    }

    async fn existing(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let Work::Existing { list, .. } = &self.plan.work else {
            return Ok(Vec::new());
        };
        self.roles(progress, tools).await?;
        if !self.plan.roles.missing.is_empty() {
            let texts = inside::of_roles(self.restore.backup)?;
            self.inside(&texts, tools).await?;
        }
        let restored = self.contents(list, progress, tools).await;
        let mut warnings = restored.map_err(|failure| {
            let parallel = self.plan.parameters.jobs.is_some();
            let as_sql =
                mapped::is_needed(self.plan.code, &self.plan.client, &self.plan.parameters);
            let state = if parallel || as_sql {
                "some of the rows may be in the database"
            } else {
                "everything was rolled back: the database has the same rows as before"
            };
            failure.context(state)
        })?;
        let session = self.connect(tools).await?;
        if self.restore.target.facts.release.major() >= refresh::SINCE {
            let whole = !self.plan.parameters.is_partial();
            let refreshing = refresh::refresh(&session, list, whole, self.restore.log);
            let refreshed = tools
                .bounds()
                .within("refresh the materialized views", refreshing)
                .await?;
            warnings.extend(refreshed?);
        }
        warnings.extend(self.analyze(&session, progress, tools).await?);
        session.close().await;
        Ok(warnings)
    }

    /// Lets the record know, and restores what the archive has.
    async fn contents(
        &self,
        list: &ArchiveList,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let plan = self.plan;
        let (Work::NewDatabase { program, .. } | Work::Existing { program, .. }) = &plan.work
        else {
            return Ok(Vec::new());
        };
        progress.commit(Step::ContentsRecorded, |record| {
            record.changes.contents_begun = true;
        })?;
        self.counter.expect(list.entries.len());
        let selection = (plan.parameters.chooses() || list.leaves_out).then(|| lines(list));
        let refused = &plan.client.refused_settings;
        if !mapped::is_needed(plan.code, &plan.client, &plan.parameters) {
            return contents::restore(
                program,
                selection,
                refused,
                self.counter,
                self.restore.log,
                progress,
                tools,
            )
            .await;
        }
        // One session runs the SQL, whatever number is asked for.
        let words: Vec<String> = plan
            .parameters
            .words()
            .iter()
            .filter(|word| !word.starts_with("--jobs"))
            .cloned()
            .collect();
        let source = plan.client.program(
            "pg_restore",
            argv::pg_restore_as_sql(&self.restore.backup.dump_file, selection.is_some(), &words),
        );
        let mapped = Mapped {
            source: &source,
            list: selection,
            psql: program,
            parameters: &plan.parameters,
            refused_settings: refused,
        };
        mapped::restore(mapped, self.counter, self.restore.log, progress, tools).await
    }

    async fn connect(&self, tools: &mut Tools<'_>) -> Result<Session, Failure> {
        self.connect_to(&self.restore.args.target_dbname, tools)
            .await
    }

    pub(crate) async fn connect_to(
        &self,
        database: &str,
        tools: &mut Tools<'_>,
    ) -> Result<Session, Failure> {
        let connecting = self
            .restore
            .target
            .server
            .connect(database, self.restore.env);
        let session = tools
            .bounds()
            .within("connect to the restored database", connecting)
            .await?
            .map_err(Failure::failed)?;
        session
            .batch_execute(
                "SET search_path TO pg_catalog, pg_temp; SET statement_timeout TO 0; SET default_transaction_read_only TO off",
            )
            .await
            .map_err(doing("prepare the session with the restored database"))?;
        Ok(session)
    }

    /// Gives the planner its statistics. The data is there without them: failing is a warning.
    async fn analyze(
        &self,
        session: &Session,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let has_rows = self.plan.code != BackupCode::Schema && !self.plan.parameters.schema_only();
        let mut warnings = Vec::new();
        if has_rows {
            let analyzing = analyze::analyze(session, self.restore.log);
            warnings = tools
                .bounds()
                .within("analyze the restored database", analyzing)
                .await?
                .unwrap_or_else(|failure| vec![failure.reason]);
        }
        progress.reached(Step::Analyzed);
        Ok(warnings)
    }
}

/// The new names of what was there, for the catalogue.
fn renamed(plan: &Plan) -> Option<String> {
    let names: Vec<String> = plan
        .changes
        .renamed
        .iter()
        .map(|renamed| match plan.work {
            Work::Cluster { .. } => format!("{}={}", renamed.from, renamed.to),
            _ => renamed.to.clone(),
        })
        .collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// The names in order.
pub(crate) fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
