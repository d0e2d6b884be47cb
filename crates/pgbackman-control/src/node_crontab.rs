//! A node's crontab.
//!
//! The order is what loses no change and no job (trap 24): the queue entry's ID, **then** the
//! definitions, **then** the file, and at last the entry **with that ID**. Killed anywhere in between it is simply done
//! again; a definition registered meanwhile has given the entry a new ID, which stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalog::backups::deletions::{self, FormerCrontab};
use pgbackman_core::catalog::definitions::{self, queue};
use pgbackman_core::catalog::nodes::config_params::{self, NodeConfig};
use pgbackman_core::catalog::{CatalogError, nodes};
use pgbackman_core::config::trust::check_crontab_path;
use pgbackman_core::domain::backup::definition::BackupDefinition;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::ServerStatus;
use pgbackman_core::sys::crontab::{Header, mailto_value};

use crate::crontabs;
use crate::plan::{JobSettings, Plan, plan};
use crate::steps::Step;
use crate::world::{Failure, Situation, World, blocking};

/// Brings a node's crontab up to date.
pub async fn reconcile(situation: &Situation, id: NodeId) -> Result<(), Failure> {
    let client = &**situation.session;
    let waiting = queue::waiting(client, situation.server.id);
    let waiting = situation.ask(waiting).await?;
    let job = waiting.iter().find(|job| job.node == id).map(|job| job.id);
    situation.world.reached(Step::QueueRead);
    // Before the configuration, so that no path that has just become the current one again is taken for a former one.
    let former = former_crontabs(situation, id).await?;
    let node = match situation.ask(nodes::by_id(client, id)).await {
        // Deleted meanwhile: cleaning up after it is another item.
        Err(CatalogError::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    let config = config_params::node_config(client, id);
    let config = situation.ask(config).await?;
    let written = crontab(situation, &node, &config, &former).await;
    if let Err(Failure::Failed(reasons)) = &written {
        note_failure(situation, id, reasons).await?;
    }
    written?;
    if let Some(job) = job {
        situation.ask(queue::remove(client, job)).await?;
        situation.world.reached(Step::QueueEntryRemoved);
    }
    Ok(())
}

/// The ACTIVE definitions of a node as crontab lines; none where it is stopped.
pub async fn lines(
    situation: &Situation,
    node: &PgsqlNode,
    user: Option<&str>,
) -> Result<Plan, Failure> {
    let found: Vec<BackupDefinition> = match node.status {
        ServerStatus::Running => {
            let listed =
                definitions::list_for_crontab(&**situation.session, situation.server.id, node.id);
            situation.ask(listed).await?
        }
        ServerStatus::Stopped => Vec::new(),
    };
    situation.world.reached(Step::DefinitionsRead);
    let (program, root) = (
        situation
            .dump_program()
            .map_err(|error| Failure::one(&error))?,
        situation.root().map_err(|error| Failure::one(&error))?,
    );
    let settings = JobSettings {
        program: &program,
        config: situation.world.config.path.as_deref(),
        root_backup_dir: &root,
        user,
    };
    let planned = plan(node, &found, &settings);
    for (id, problem) in &planned.problems {
        if let Some(problem) = problem {
            tracing::error!(node = %node.fqdn(), "DefID {id} is {problem}");
        }
    }
    Ok(planned)
}

/// Notes at the definitions what became of them.
pub async fn note_problems(situation: &Situation, plan: &Plan) -> Result<(), Failure> {
    if !plan.problems.is_empty() {
        situation
            .ask(definitions::set_problems(
                &**situation.session,
                &plan.problems,
            ))
            .await?;
    }
    situation.world.reached(Step::ProblemsNoted);
    Ok(())
}

/// Notes at all definitions of a node that its crontab could not be brought up to date.
pub async fn note_failure(
    situation: &Situation,
    id: NodeId,
    reasons: &[String],
) -> Result<(), Failure> {
    let client = &**situation.session;
    let text = format!(
        "the crontab could not be brought up to date: {}",
        reasons.join("; ")
    );
    let active = definitions::list_for_crontab(client, situation.server.id, id);
    let active = situation.ask(active).await?;
    let problems: Vec<_> = active
        .iter()
        .filter(|definition| definition.problem.as_ref() != Some(&text))
        .map(|definition| (definition.id, Some(text.clone())))
        .collect();
    if !problems.is_empty() {
        situation
            .ask(definitions::set_problems(client, &problems))
            .await?;
    }
    Ok(())
}

/// The crontabs that this server may still have of a node under paths that are no longer configured.
pub async fn former_crontabs(
    situation: &Situation,
    id: NodeId,
) -> Result<Vec<FormerCrontab>, Failure> {
    let server = situation.server.id;
    let all = situation
        .ask(deletions::former_crontabs(&**situation.session, server))
        .await?;
    Ok(all
        .into_iter()
        .filter(|crontab| crontab.node == id)
        .collect())
}

async fn crontab(
    situation: &Situation,
    node: &PgsqlNode,
    config: &NodeConfig,
    former: &[FormerCrontab],
) -> Result<(), Failure> {
    let client = &**situation.session;
    let plan = lines(situation, node, Some(&situation.world.job_user.name)).await?;
    let base = check_crontab_path(situation.world.section(), &config.crontab_file)
        .map_err(|error| Failure::one(&error))?;
    let former: Vec<&FormerCrontab> = former
        .iter()
        .filter(|crontab| crontab.path != base)
        .collect();
    let work = CrontabWork {
        world: Arc::clone(&situation.world),
        node: node.clone(),
        server: situation.server.fqdn(),
        mailto: config.logs_email.clone(),
        base,
        former: former.iter().map(|crontab| crontab.path.clone()).collect(),
        lines: plan.lines.clone(),
    };
    let changes = blocking(move || work.run()).await??;
    if changes != crontabs::Changes::default() {
        if mailto_value(&config.logs_email).is_none() {
            tracing::warn!(
                node = %node.fqdn(),
                "logs_email {:?} is no address that cron can use: what jobs say is mailed to {}",
                config.logs_email,
                situation.world.job_user.name
            );
        }
        tracing::info!(
            node = %node.fqdn(),
            "crontab {}: {} jobs, {} left out ({} files written, {} removed)",
            config.crontab_file.display(),
            plan.lines.len(),
            plan.left_out,
            changes.written,
            changes.removed,
        );
    }
    note_problems(situation, &plan).await?;
    for crontab in former {
        situation
            .ask(deletions::remove_former_crontab(
                client,
                situation.server.id,
                crontab,
            ))
            .await?;
    }
    Ok(())
}

/// The part of a crontab's work that touches files.
struct CrontabWork {
    world: Arc<World>,
    node: PgsqlNode,
    server: String,
    mailto: String,
    base: PathBuf,
    former: Vec<PathBuf>,
    lines: Vec<String>,
}

impl CrontabWork {
    /// The former files go first: a job must not stand under two paths (trap 25).
    fn run(&self) -> Result<crontabs::Changes, Failure> {
        for path in &self.former {
            remove_crontab(&self.world, path, self.node.id)?;
            self.world.reached(Step::FormerCrontabRemoved);
        }
        let header = Header {
            node_id: self.node.id,
            node: &format!("{}:{}", self.node.fqdn(), self.node.port),
            server: &self.server,
            mailto: &self.mailto,
            generated: self.world.clock.now(),
        };
        crontabs::write(&self.base, &header, &self.lines, &*self.world.observer)
            .map_err(|error| Failure::one(&error))
    }
}

/// Removes a node's crontab at a path the catalogue names. One outside the crontab directories was never written by
/// control: it is reported and left alone.
pub fn remove_crontab(world: &World, path: &Path, node: NodeId) -> Result<(), Failure> {
    match check_crontab_path(world.section(), path) {
        Ok(base) => {
            let removed = crontabs::remove(&base, node, &*world.observer)
                .map_err(|error| Failure::one(&error))?;
            tracing::info!(
                "crontab {} of node {node}: {removed} files removed",
                base.display()
            );
        }
        Err(error) => tracing::error!("nothing is removed for node {node}: {error}"),
    }
    Ok(())
}
