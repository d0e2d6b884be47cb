//! How much room there is where the backups go, and what waits there for the catalogue.
//!
//! Control looks, as root or not, but only at file systems and at names: it opens nothing that the job user wrote.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgbackman_core::catalogue::backups::partition_space::{self, SeenSpace};
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::pending;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::free_space::file_system;

use crate::daemon::Control;
use crate::pass::Pass;

/// What one look has found.
#[derive(Debug, Default)]
struct DiskSpace {
    spaces: Vec<SeenSpace>,
    /// Paths that could not be checked.
    unseen: Vec<String>,
    problems: Vec<String>,
}

/// Looks, and tells the catalogue.
pub async fn observe(pass: &Pass) -> Result<(), TaskError> {
    let client = &**pass.session;
    let server = pass.server.id;
    let root = pass.root().map_err(|error| TaskError::failed(&error))?;
    let directories = pass
        .ask(partition_space::directories(client, server))
        .await?;
    let daemon = Arc::clone(&pass.daemon);
    let (seen, waiting) = blocking(move || {
        let seen = inspect(&daemon, &root, directories);
        (seen, waiting_files(&daemon, &root))
    })
    .await?;
    pass.ask(partition_space::note(
        client,
        server,
        &seen.spaces,
        &seen.unseen,
        None,
    ))
    .await?;
    let mut problems = seen.problems;
    match waiting {
        Ok((pending, refused)) => {
            let mut board = pass.daemon.board();
            board.facts.pending_files = Some(pending);
            board.facts.refused_files = Some(refused);
        }
        Err(error) => problems.push(error.to_string()),
    }
    TaskError::from_problems(problems)
}

/// The file systems, each with the nodes whose backups go there.
fn inspect(daemon: &Control, root: &Path, directories: Vec<(NodeId, PathBuf)>) -> DiskSpace {
    let mut seen = DiskSpace::default();
    let mut by_device: BTreeMap<u64, usize> = BTreeMap::new();
    let wanted = std::iter::once((None, root.to_owned()));
    let wanted = wanted.chain(
        directories
            .into_iter()
            .map(|(node, path)| (Some(node), path)),
    );
    for (node, path) in wanted {
        // What the local configuration refuses is reported where the directory is to be made.
        let Ok(path) = check_backup_path(daemon.section(), &path) else {
            continue;
        };
        let name = path.to_string_lossy().into_owned();
        match file_system(&path) {
            Ok(found) => {
                let index = *by_device.entry(found.device).or_insert_with(|| {
                    seen.spaces.push(SeenSpace {
                        path: name,
                        total_bytes: found.total,
                        free_bytes: found.free,
                        node_ids: Vec::new(),
                    });
                    seen.spaces.len() - 1
                });
                if let (Some(node), Some(space)) = (node, seen.spaces.get_mut(index)) {
                    space.node_ids.push(node);
                }
            }
            // So is a directory that could not be made.
            Err(error) if error.kind() == io::ErrorKind::NotFound => seen.unseen.push(name),
            Err(error) => {
                seen.problems
                    .push(format!("could not read the free space of {name}: {error}"));
                seen.unseen.push(name);
            }
        }
    }
    seen
}

/// How many files wait in `pending_updates` of the server's root and of every backup root, and how many were refused.
fn waiting_files(daemon: &Control, root: &Path) -> io::Result<(u64, u64)> {
    let mut roots = vec![root];
    for other in &daemon.section().backup_roots {
        if !roots.contains(&other.as_path()) {
            roots.push(other);
        }
    }
    let (mut pending, mut refused) = (0, 0);
    for root in roots {
        let waiting = names_below(root, &pending::directory(Path::new("")))?;
        pending += waiting.iter().filter(|name| is_a_result(name)).count();
        let aside = pending::directory(Path::new("")).join(pending::REFUSED);
        refused += names_below(root, &aside)?.len();
    }
    Ok((
        u64::try_from(pending).unwrap_or(u64::MAX),
        u64::try_from(refused).unwrap_or(u64::MAX),
    ))
}

/// Results of this version and of 1.x; not the directory of what was refused, nor temporary files.
fn is_a_result(name: &Path) -> bool {
    let ends = |end: &str| name.extension().is_some_and(|extension| extension == end);
    let hidden = name.to_string_lossy().starts_with('.');
    !hidden && (ends("json") || ends("log"))
}

/// The names in a directory below a root; none where there is no such directory.
fn names_below(root: &Path, relative: &Path) -> io::Result<Vec<PathBuf>> {
    let names = Directory::open_trusted(root)
        .and_then(|root| root.open_below(relative))
        .and_then(|directory| directory.names());
    match names {
        Ok(names) => Ok(names.into_iter().map(PathBuf::from).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
