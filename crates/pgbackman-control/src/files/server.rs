//! The backup server's own directories and cache, and all jobs where they are in the user's own crontab.

use std::path::Path;
use std::sync::Arc;

use pgbackman_core::catalogue::backups::deletions;
use pgbackman_core::catalogue::definitions::{self, queue};
use pgbackman_core::catalogue::nodes::{self, config_params, time_zones};
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::sys::atomic_file::remove_abandoned;
use pgbackman_core::sys::crontab::UserCrontab;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::time_zone;

use crate::crontab::node_crontab::{lines, note_failure, note_problems};
use crate::crontab::plan::Plan;
use crate::crontab::user_crontab;
use crate::files::caches::server_cache;
use crate::files::directories::ensure_server;
use crate::pass::Pass;
use crate::steps::Step;

/// Directories and cache; temporary files that a killed control left; the time zone in which cron reads schedules here.
pub async fn reconcile(pass: &Pass) -> Result<(), TaskError> {
    let daemon = Arc::clone(&pass.daemon);
    if let Some(zone) = time_zone::of_machine(Path::new("/")) {
        let client = &**pass.session;
        pass.ask(time_zones::note_of_machine(client, pass.server.id, &zone))
            .await?;
    }
    let root = pass.root().map_err(|error| TaskError::failed(&error))?;
    let (cache, refused) = server_cache(
        daemon.section(),
        &pass.server,
        &pass.server_config,
        root.clone(),
    );
    for reason in refused {
        tracing::error!("omitted from the server's cache: {reason}");
    }
    blocking(move || {
        let cache_dir = ensure_server(daemon.section(), &root, daemon.owner)
            .map_err(|error| TaskError::failed(&error))?;
        if cache
            .write(&cache_dir, daemon.owner)
            .map_err(|error| TaskError::failed(&error))?
        {
            tracing::info!("wrote the server's cache in {}", cache_dir.path().display());
        }
        let mut directories = vec![cache_dir];
        if !daemon.uses_user_crontab() {
            let opened = daemon
                .section()
                .crontab_dirs
                .iter()
                .map(|path| Directory::open_trusted(path));
            directories.extend(opened.filter_map(Result::ok));
        }
        for directory in directories {
            let removed =
                remove_abandoned(&directory).map_err(|error| TaskError::failed(&error))?;
            if removed > 0 {
                tracing::info!(
                    "removed {removed} unfinished files from {}",
                    directory.path().display()
                );
            }
        }
        Ok(())
    })
    .await?
}

/// The jobs of all nodes as one block. The order of reading and removing is that of a node's crontab.
pub async fn reconcile_user_crontab(pass: &Pass) -> Result<(), TaskError> {
    let client = &**pass.session;
    let server = pass.server.id;
    let waiting = pass.ask(queue::waiting(client, server)).await?;
    let former = pass.ask(deletions::former_crontabs(client, server)).await?;
    pass.daemon.reached(Step::QueueRead);
    let mut block = UserCrontab::new(&pass.daemon.job_user.name);
    let mut all = Plan::default();
    let with_definitions = pass
        .ask(definitions::nodes_of_server(client, server))
        .await?;
    for node in pass.ask(nodes::list(client)).await? {
        if !with_definitions.contains(&node.id) {
            continue;
        }
        let plan = lines(pass, &node, None).await?;
        let config = pass
            .ask(config_params::node_config(client, node.id))
            .await?;
        block.add_node(
            &format!("{}:{}", node.fqdn(), node.port),
            &config.logs_email,
            &plan.lines,
        );
        all.problems.extend(plan.problems);
    }
    match user_crontab::update(&pass.server.fqdn(), &block).await {
        Ok(true) => tracing::info!("wrote the block in the user's crontab"),
        Ok(false) => {}
        Err(error) => {
            let reasons = [error.to_string()];
            for node in with_definitions {
                note_failure(pass, node, &reasons).await?;
            }
            return Err(TaskError::failed(&error));
        }
    }
    pass.daemon.reached(Step::UserCrontabWritten);
    note_problems(pass, &all).await?;
    for crontab in former {
        // There never was such a file.
        pass.ask(deletions::remove_former_crontab(client, server, &crontab))
            .await?;
    }
    for job in waiting {
        pass.ask(queue::remove(client, job.id)).await?;
        pass.daemon.reached(Step::QueueEntryRemoved);
    }
    Ok(())
}
