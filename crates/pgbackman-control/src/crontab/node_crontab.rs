//! A node's crontab.
//!
//! The order is what loses no change and no job (trap 24): the queue entry's ID, **then** the
//! definitions, **then** the file, and at last the entry **with that ID**. Killed anywhere in between it is simply done
//! again; a definition registered meanwhile has given the entry a new ID, which stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalogue::backups::deletions::{self, FormerCrontab};
use pgbackman_core::catalogue::definitions::{self, queue};
use pgbackman_core::catalogue::nodes::config_params::{self, NodeConfig};
use pgbackman_core::catalogue::{CatalogError, nodes};
use pgbackman_core::config::trust::check_crontab_path;
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::backup::definition::BackupDefinition;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::ServerStatus;
use pgbackman_core::sys::crontab::{Header, PLACEHOLDER, mailto_value};

use crate::crontab::crontabs;
use crate::crontab::plan::{JobSettings, Plan, plan};
use crate::daemon::Control;
use crate::pass::Pass;
use crate::steps::Step;

/// Brings a node's crontab up to date.
pub async fn reconcile(pass: &Pass, id: NodeId) -> Result<(), TaskError> {
    let client = &**pass.session;
    let waiting = queue::waiting(client, pass.server.id);
    let waiting = pass.ask(waiting).await?;
    let job = waiting.iter().find(|job| job.node == id).map(|job| job.id);
    pass.daemon.reached(Step::QueueRead);
    // Before the configuration, so that no path that has just become the current one again is taken for a former one.
    let former = former_crontabs(pass, id).await?;
    let node = match pass.ask(nodes::by_id(client, id)).await {
        // Deleted meanwhile: cleaning up after it is another item.
        Err(CatalogError::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    let config = config_params::node_config(client, id);
    let config = pass.ask(config).await?;
    let written = crontab(pass, &node, &config, &former).await;
    if let Err(TaskError::Failed(reasons)) = &written {
        note_failure(pass, id, reasons).await?;
    }
    written?;
    if let Some(job) = job {
        pass.ask(queue::remove(client, job)).await?;
        pass.daemon.reached(Step::QueueEntryRemoved);
    }
    Ok(())
}

/// The ACTIVE definitions of a node as crontab lines; none where it is stopped. Those of a node in a maintenance window stay in the
/// crontab, and end without a backup until the window is over: the window then ends on time even while the catalogue is unavailable.
pub async fn lines(pass: &Pass, node: &PgsqlNode, user: Option<&str>) -> Result<Plan, TaskError> {
    let found: Vec<BackupDefinition> = match (node.status, node.window_until) {
        (ServerStatus::Running, _) | (ServerStatus::Stopped, Some(_)) => {
            let listed = definitions::list_for_crontab(&**pass.session, pass.server.id, node.id);
            pass.ask(listed).await?
        }
        (ServerStatus::Stopped, None) => Vec::new(),
    };
    pass.daemon.reached(Step::DefinitionsRead);
    let (program, root) = (
        pass.dump_program()
            .map_err(|error| TaskError::failed(&error))?,
        pass.root().map_err(|error| TaskError::failed(&error))?,
    );
    let settings = JobSettings {
        program: &program,
        config: pass.daemon.context.config.path.as_deref(),
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
pub async fn note_problems(pass: &Pass, plan: &Plan) -> Result<(), TaskError> {
    if !plan.problems.is_empty() {
        pass.ask(definitions::set_problems(&**pass.session, &plan.problems))
            .await?;
    }
    pass.daemon.reached(Step::ProblemsNoted);
    Ok(())
}

/// Notes at all definitions of a node that its crontab could not be brought up to date.
pub async fn note_failure(pass: &Pass, id: NodeId, reasons: &[String]) -> Result<(), TaskError> {
    let client = &**pass.session;
    let text = format!("could not update the crontab: {}", reasons.join("; "));
    let active = definitions::list_for_crontab(client, pass.server.id, id);
    let active = pass.ask(active).await?;
    let problems: Vec<_> = active
        .iter()
        .filter(|definition| definition.problem.as_ref() != Some(&text))
        .map(|definition| (definition.id, Some(text.clone())))
        .collect();
    if !problems.is_empty() {
        pass.ask(definitions::set_problems(client, &problems))
            .await?;
    }
    Ok(())
}

/// The crontabs that this server may still have of a node under paths that are no longer configured.
pub async fn former_crontabs(pass: &Pass, id: NodeId) -> Result<Vec<FormerCrontab>, TaskError> {
    let server = pass.server.id;
    let all = pass
        .ask(deletions::former_crontabs(&**pass.session, server))
        .await?;
    Ok(all
        .into_iter()
        .filter(|crontab| crontab.node == id)
        .collect())
}

async fn crontab(
    pass: &Pass,
    node: &PgsqlNode,
    config: &NodeConfig,
    former: &[FormerCrontab],
) -> Result<(), TaskError> {
    let client = &**pass.session;
    let plan = lines(pass, node, Some(&pass.daemon.job_user.name)).await?;
    let base = check_crontab_path(pass.daemon.section(), &config.crontab_file)
        .map_err(|error| TaskError::failed(&error))?;
    let former: Vec<&FormerCrontab> = former
        .iter()
        .filter(|crontab| crontab.path != base)
        .collect();
    let work = CrontabWork {
        daemon: Arc::clone(&pass.daemon),
        node: node.clone(),
        server: pass.server.fqdn(),
        mailto: config.logs_email.clone(),
        base,
        former: former.iter().map(|crontab| crontab.path.clone()).collect(),
        lines: plan.lines.clone(),
    };
    let changes = blocking(move || work.run()).await??;
    if changes != crontabs::Changes::default() {
        let is_set = !matches!(config.logs_email.trim(), "" | PLACEHOLDER);
        if is_set && mailto_value(&config.logs_email).is_none() {
            tracing::warn!(
                node = %node.fqdn(),
                "logs_email {:?} is not a valid address for cron; job output is mailed to {}",
                config.logs_email,
                pass.daemon.job_user.name
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
    note_problems(pass, &plan).await?;
    for crontab in former {
        pass.ask(deletions::remove_former_crontab(
            client,
            pass.server.id,
            crontab,
        ))
        .await?;
    }
    Ok(())
}

/// The part of a crontab's work that touches files.
struct CrontabWork {
    daemon: Arc<Control>,
    node: PgsqlNode,
    server: String,
    mailto: String,
    base: PathBuf,
    former: Vec<PathBuf>,
    lines: Vec<String>,
}

impl CrontabWork {
    /// The former files go first: a job must not stand under two paths (trap 25).
    fn run(&self) -> Result<crontabs::Changes, TaskError> {
        for path in &self.former {
            remove_crontab(&self.daemon, path, self.node.id)?;
            self.daemon.reached(Step::FormerCrontabRemoved);
        }
        let header = Header {
            node_id: self.node.id,
            node: &format!("{}:{}", self.node.fqdn(), self.node.port),
            server: &self.server,
            mailto: &self.mailto,
            generated: self.daemon.context.now(),
        };
        crontabs::write(
            &self.base,
            &header,
            &self.lines,
            self.daemon.context.observer(),
        )
        .map_err(|error| TaskError::failed(&error))
    }
}

/// Removes a node's crontab at a path the catalogue names. One outside the crontab directories was never written by
/// control: it is reported and left alone.
pub fn remove_crontab(daemon: &Control, path: &Path, node: NodeId) -> Result<(), TaskError> {
    match check_crontab_path(daemon.section(), path) {
        Ok(base) => {
            let removed = crontabs::remove(&base, node, daemon.context.observer())
                .map_err(|error| TaskError::failed(&error))?;
            tracing::info!(
                "crontab {} of node {node}: {removed} files removed",
                base.display()
            );
        }
        Err(error) => tracing::error!("removed no files of node {node}: {error}"),
    }
    Ok(())
}
