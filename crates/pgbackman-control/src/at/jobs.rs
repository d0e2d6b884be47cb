//! Snapshots and restores: what the catalogue defines, compared with the queue of `at`.
//!
//! Whatever happens to control in between, a definition runs once. The queue is read first, then the definitions, then
//! what runs have claimed; a job says by its marker whose it is, so that one which is in the queue already is found there
//! and not made again; and the program claims its definition before it does anything, so that even two jobs are one run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use pgbackman_core::catalogue::runs::at_jobs::{self, Unfinished};
use pgbackman_core::catalogue::{CatalogError, nodes};
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::{AtStatus, ServerStatus};
use pgbackman_core::handoff::run;
use pgbackman_core::sys::at::{
    At, AtError, JobEnvironment, Marker, QueuedJob, ScriptProblem, UnusableCatalogue, script,
};
use pgbackman_core::sys::privilege;
use thiserror::Error;
use tracing::Instrument as _;

use crate::at::argv::{NotGiven, argv};
use crate::at::of_1_x::OldJobs;
use crate::at::plan::{Action, Facts, LOST, plan};
use crate::pass::Pass;
use crate::steps::Step;

/// Brings the queue of `at` up to date. What fails for one definition stops no other.
pub async fn reconcile(pass: &Pass) -> Result<(), TaskError> {
    let mark = at_jobs::catalogue_mark(&**pass.session, pass.server.id);
    let mark = pass.ask(mark).await?;
    let account = privilege::current_user().map_err(|error| TaskError::failed(&error))?;
    let work = Work {
        pass,
        at: At::of_user(&account.name),
        mark,
    };
    loop {
        let compared = match work.queue().await {
            Ok(queue) => work.compare(&queue).await?,
            Err(error) => return work.without_queue(&error).await,
        };
        if compared == Compared::Settled {
            return Ok(());
        }
    }
}

/// What a comparison left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Queue and catalogue agree.
    Settled,
    /// A definition was deleted, or another control was quicker, after ours had been given to `at`. Which of several jobs
    /// stays is decided by what all see, the queue: two who take back their own, or each other's, would leave none.
    Overtaken,
}

/// What became of one definition.
enum Acted {
    Done,
    /// This keeps it waiting.
    Waits(String),
    Overtaken,
}

struct Work<'s> {
    pass: &'s Pass,
    at: At,
    mark: String,
}

impl Work<'_> {
    /// Our own jobs.
    async fn queue(&self) -> Result<Vec<QueuedJob>, AtError> {
        let mut queue = self.at.jobs().await?;
        queue.retain(|job| job.marker.is_of(&self.mark, self.pass.server.id));
        self.pass.daemon.reached(Step::AtQueueRead);
        Ok(queue)
    }

    async fn unfinished(&self) -> Result<Vec<Unfinished>, CatalogError> {
        let unfinished = at_jobs::unfinished(&**self.pass.session, self.pass.server.id);
        self.pass.ask(unfinished).await
    }

    async fn compare(&self, queue: &[QueuedJob]) -> Result<Compared, TaskError> {
        let unfinished = self.unfinished().await?;
        let nodes = nodes::list(&**self.pass.session);
        let nodes = self.pass.ask(nodes).await?;
        let running_nodes: BTreeSet<NodeId> = nodes
            .iter()
            .filter(|node| node.status == ServerStatus::Running)
            .map(|node| node.id)
            .collect();
        let old = self.of_1_x(&unfinished).await?;
        let mut begun = if unfinished.is_empty() {
            BTreeSet::new()
        } else {
            self.begun().await?
        };
        begun.extend(old.running());
        self.pass.daemon.reached(Step::AtDefinitionsRead);
        let plan = plan(&Facts {
            queue,
            unfinished: &unfinished,
            begun: &begun,
            running_nodes: &running_nodes,
            now: self.pass.daemon.context.now(),
        });
        let mut problems = Vec::new();
        for number in plan.remove {
            match self.at.remove(number).await {
                Ok(()) => tracing::info!("removed at job {number} from the queue"),
                Err(error) => problems.push(error.to_string()),
            }
            self.pass.daemon.reached(Step::AtJobRemoved);
        }
        let (mut failed, mut compared) = (BTreeSet::new(), Compared::Settled);
        for (definition, action) in plan.actions {
            let action = match action {
                Action::NoteLost if old.waits(definition.job) => Action::Submit,
                action => action,
            };
            let span = span_of(&definition, &nodes);
            let acted = self.act(&definition, action, &nodes).instrument(span);
            match acted.await? {
                Acted::Done => {}
                Acted::Overtaken => compared = Compared::Overtaken,
                Acted::Waits(problem) => {
                    problems.push(format!("{}: {problem}", definition.job));
                    failed.insert(definition.job);
                }
            }
        }
        // Only now: until ours is in the queue, that of 1.x is all there is.
        for number in old.replaced(&failed) {
            match self.at.remove(number).await {
                Ok(()) => tracing::info!("replaced at job {number} of PgBackMan 1.x"),
                Err(error) => problems.push(error.to_string()),
            }
        }
        TaskError::from_problems(problems).map(|()| compared)
    }

    /// What 1.x had given to `at`. It can only have been what says DEFINED.
    async fn of_1_x(&self, unfinished: &[Unfinished]) -> Result<OldJobs, TaskError> {
        if unfinished
            .iter()
            .all(|definition| definition.status != AtStatus::Defined)
        {
            return Ok(OldJobs::default());
        }
        let found = self.at.jobs_of_1_x().await;
        let jobs = found.map_err(|error| TaskError::failed(&error))?;
        let old = OldJobs::of(&jobs, unfinished);
        for (number, job) in old.of_nobody() {
            tracing::error!(
                "at job {number} was created by PgBackMan 1.x for {job}, which is not pending in this catalogue; it \
                 was not changed, and `atrm {number}` removes it"
            );
        }
        Ok(old)
    }

    /// What a run on this machine has claimed. A root that the local configuration does not allow has none; the definition
    /// is then refused for that reason.
    async fn begun(&self) -> Result<BTreeSet<pgbackman_core::sys::at::AtJob>, TaskError> {
        let Ok(root) = self.pass.root() else {
            return Ok(BTreeSet::new());
        };
        blocking(move || {
            run::begun(&root).map_err(|error| {
                TaskError::Failed(vec![format!(
                    "could not search for runs below {}: {error}",
                    root.display()
                )])
            })
        })
        .await?
    }

    /// Does what is to be done about a definition.
    async fn act(
        &self,
        definition: &Unfinished,
        action: Action,
        nodes: &[PgsqlNode],
    ) -> Result<Acted, TaskError> {
        match action {
            Action::Submit => return self.submit(definition, nodes).await,
            Action::NoteDefined => {
                self.note(definition, AtStatus::Defined, None).await?;
            }
            Action::NoteWaiting(reason) => {
                self.note(definition, AtStatus::Waiting, Some(&reason))
                    .await?;
                tracing::warn!("{} is waiting: {reason}", definition.job);
            }
            Action::NoteLost => {
                self.note(definition, AtStatus::Error, Some(LOST)).await?;
                tracing::error!("{}: {LOST}", definition.job);
            }
        }
        Ok(Acted::Done)
    }

    async fn submit(
        &self,
        definition: &Unfinished,
        nodes: &[PgsqlNode],
    ) -> Result<Acted, TaskError> {
        let argv = match argv(self.pass, definition.job, nodes).await {
            Ok(argv) => argv,
            // Deleted meanwhile.
            Err(NotGiven::Gone) => return Ok(Acted::Done),
            Err(NotGiven::Refused(reason)) => return self.refuse(definition, &reason).await,
            Err(NotGiven::Failed(failure)) => return Err(failure),
        };
        let text = match self.text(definition, &argv) {
            Ok(text) => text,
            Err(reason) => return self.refuse(definition, &reason.to_string()).await,
        };
        let submitted = match self.at.submit(&text, definition.at_time).await {
            Ok(submitted) => submitted,
            Err(error) if error.is_refusal() => {
                return self.refuse(definition, &error.to_string()).await;
            }
            Err(error) => return self.keep_waiting(definition, &error.to_string()).await,
        };
        self.pass.daemon.reached(Step::AtJobSubmitted);
        let job = submitted.number;
        tracing::info!(
            "{} is at job {job}, to run at {}",
            definition.job,
            definition.at_time
        );
        if let Some(warning) = submitted.warning {
            tracing::warn!("at warns about job {job}: {warning}");
        }
        if !self.note(definition, AtStatus::Defined, None).await? {
            tracing::info!("{} has changed in the meantime", definition.job);
            return Ok(Acted::Overtaken);
        }
        Ok(Acted::Done)
    }

    fn text(&self, definition: &Unfinished, argv: &[String]) -> Result<String, NoScript> {
        let user = &self.pass.daemon.job_user;
        let environment = JobEnvironment {
            user: &user.name,
            home: &user.home,
        };
        let marker = Marker::new(&self.mark, self.pass.server.id, definition.job)?;
        Ok(script(&self.under_runuser(argv)?, &environment, &marker)?)
    }

    /// Where control is root the job is root's, and becomes the job user before it starts the program.
    fn under_runuser(&self, argv: &[String]) -> Result<Vec<String>, NoScript> {
        if self.pass.daemon.owner.is_none() {
            return Ok(argv.to_vec());
        }
        let program = RUNUSER
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .ok_or(NoScript::NoRunuser)?;
        let mut whole = vec![
            program.display().to_string(),
            "-u".to_owned(),
            self.pass.daemon.job_user.name.clone(),
            "--".to_owned(),
        ];
        whole.extend_from_slice(argv);
        Ok(whole)
    }

    /// The account has no `at`, or the queue cannot be asked now. Nothing is wrong where nothing waits.
    async fn without_queue(&self, error: &AtError) -> Result<(), TaskError> {
        let unfinished = self.unfinished().await?;
        let waiting = unfinished
            .iter()
            .filter(|definition| definition.status == AtStatus::Waiting);
        let (reason, mut problems) = (error.to_string(), Vec::new());
        for definition in waiting {
            let acted = if error.is_refusal() {
                self.refuse(definition, &reason).await?
            } else {
                self.keep_waiting(definition, &reason).await?
            };
            if let Acted::Waits(problem) = acted {
                problems.push(problem);
            }
        }
        problems.dedup();
        if !error.is_refusal() && problems.is_empty() {
            problems.push(reason);
        }
        TaskError::from_problems(problems)
    }

    /// Notes that a definition is not run, and why. Final: what an operator has seen to fail must not run days later.
    async fn refuse(&self, definition: &Unfinished, reason: &str) -> Result<Acted, TaskError> {
        self.note(definition, AtStatus::Error, Some(reason)).await?;
        tracing::error!("could not submit {} to at: {reason}", definition.job);
        Ok(Acted::Done)
    }

    /// Notes what keeps a definition waiting; it is tried again.
    async fn keep_waiting(
        &self,
        definition: &Unfinished,
        reason: &str,
    ) -> Result<Acted, TaskError> {
        if definition.problem.as_deref() != Some(reason) {
            self.note(definition, definition.status, Some(reason))
                .await?;
        }
        Ok(Acted::Waits(reason.to_owned()))
    }

    /// Changes a definition that is still as it was read.
    async fn note(
        &self,
        definition: &Unfinished,
        status: AtStatus,
        problem: Option<&str>,
    ) -> Result<bool, TaskError> {
        let changed = at_jobs::change_status(
            &**self.pass.session,
            definition.job,
            definition.status,
            status,
            problem,
        );
        let changed = self.pass.ask(changed).await?;
        self.pass.daemon.reached(Step::AtStatusNoted);
        Ok(changed)
    }
}

/// Why a definition has no text for `at`.
#[derive(Debug, Error)]
enum NoScript {
    /// The catalogue cannot be named in it.
    #[error(transparent)]
    Catalogue(#[from] UnusableCatalogue),
    /// There is nothing to become the job user with.
    #[error("there is no runuser ({}): install util-linux", RUNUSER.join(", "))]
    NoRunuser,
    /// The command cannot be written so that it is one.
    #[error(transparent)]
    Script(#[from] ScriptProblem),
}

/// What is logged of a definition names its node and database.
fn span_of(definition: &Unfinished, nodes: &[PgsqlNode]) -> tracing::Span {
    let node = nodes.iter().find(|node| node.id == definition.node);
    let name = node.map_or_else(|| definition.node.to_string(), PgsqlNode::fqdn);
    tracing::info_span!("at", node = %name, dbname = %definition.dbname)
}

/// Where `runuser` may be.
const RUNUSER: [&str; 3] = ["/usr/sbin/runuser", "/sbin/runuser", "/usr/bin/runuser"];
