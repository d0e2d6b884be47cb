//! Whether the directories of nodes are those that they were. A mount point without its file system is a directory, too,
//! and everything that should be in it looks as if it were gone.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pgbackman_core::catalogue::backups::directory_marks::{self, DirectoryMark};
use pgbackman_core::catalogue::nodes::missing_databases::{self, QuestionKind};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::directory_mark::{self, Standing, may_be_marked};
use uuid::Uuid;

use crate::files::places::{Area, Places};
use crate::journal::Journal;
use crate::pass::Pass;

/// Number of the oldest and of the newest backups that are looked for in a directory without a marker file.
const LOOKED_FOR: i32 = 50;

/// Compares every directory with what the catalogue knows of it. Those that may be others are doubted: nothing is concluded
/// from what is missing there. One without a mark gets one where most of its backups are seen.
///
/// # Errors
/// When that cannot be done: no pass may be made then.
pub async fn compare(
    pass: &Pass,
    mut places: Places,
    journal: &mut Journal,
) -> Result<Places, TaskError> {
    let (client, server) = (&*pass.session, pass.server.id);
    let known: BTreeMap<(NodeId, PathBuf), Uuid> = pass
        .ask(directory_marks::of_server(client, server))
        .await?
        .into_iter()
        .map(|mark| ((mark.node, mark.path), mark.mark))
        .collect();
    let mut doubted = Vec::new();
    for (node, area) in places.of_nodes() {
        let mark = known.get(&(node, area.path())).copied();
        area.doubt = doubt(pass, node, area, mark, journal).await?;
        if area.doubt.is_some() {
            doubted.push(node);
        }
    }
    if !pass.daemon.dry_run {
        let kind = QuestionKind::AnotherDirectory;
        let withdrawn = missing_databases::withdraw_others(client, server, kind, &doubted);
        pass.ask(withdrawn).await?;
    }
    Ok(places)
}

/// Why a directory may not be the one it was.
async fn doubt(
    pass: &Pass,
    node: NodeId,
    area: &Area,
    known: Option<Uuid>,
    journal: &mut Journal,
) -> Result<Option<String>, TaskError> {
    let path = area.path();
    let (client, server) = (&*pass.session, pass.server.id);
    let expected = if known.is_none() {
        let expected = directory_marks::expected_below(client, server, node, &path, LOOKED_FOR);
        pass.ask(expected).await?
    } else {
        Vec::new()
    };
    let asked = expected.len();
    let look = match pass.looker.lock().await.mark(area, expected).await {
        Ok(look) => look,
        // What is missing altogether is said by whoever needs it.
        Err(unread) if unread.is_missing => return Ok(None),
        Err(unread) => {
            journal.problem(&unread.reason);
            return Ok(Some(unread.reason));
        }
    };
    let what = match directory_mark::standing(known, look.found) {
        Standing::Same => return Ok(None),
        Standing::Unknown if may_be_marked(asked, look.present) => {
            mark(pass, node, area, journal).await?;
            return Ok(None);
        }
        Standing::Unknown => format!(
            "only {} of {asked} expected backups are in {}",
            look.present,
            path.display()
        ),
        Standing::Another => format!(
            "{} is not the directory that the catalogue knows: its marker file is missing, or belongs to another \
             directory",
            path.display()
        ),
    };
    let question = format!(
        "{what}. Is its file system mounted? Until this is resolved, missing backups are not treated as deleted. If \
         the directory is correct, run accept_pgsql_node {node}"
    );
    let place = pass.span_of(Some(node), None);
    if is_accepted(pass, node, &question).await? {
        mark(pass, node, area, journal).await?;
        let text = format!(
            "an operator has accepted {} as the directory of node {node}",
            path.display()
        );
        place.in_scope(|| journal.noted(&text));
        return Ok(None);
    }
    place.in_scope(|| journal.problem(&format!("node {node}: {question}")));
    Ok(Some(format!(
        "the directory {} may have been replaced by another",
        path.display()
    )))
}

/// Asks, and says whether an operator has accepted just that.
async fn is_accepted(pass: &Pass, node: NodeId, question: &str) -> Result<bool, TaskError> {
    if pass.daemon.dry_run {
        return Ok(false);
    }
    let (client, server) = (&*pass.session, pass.server.id);
    let kind = QuestionKind::AnotherDirectory;
    Ok(pass
        .ask(missing_databases::ask(client, server, node, kind, question))
        .await?)
}

/// The directory gets a mark, if it has none, and the catalogue learns it. Where it cannot be written the directory stays
/// without one for now.
async fn mark(
    pass: &Pass,
    node: NodeId,
    area: &Area,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    let path = area.path();
    match pass.remover.lock().await.mark(area).await {
        Ok(mark) => {
            let mark = DirectoryMark { node, path, mark };
            let (client, server) = (&*pass.session, pass.server.id);
            pass.ask(directory_marks::record(client, server, &mark))
                .await?;
        }
        Err(error) => {
            journal.problem(&format!(
                "could not write the marker file of {}: {error}",
                path.display()
            ));
        }
    }
    Ok(())
}
