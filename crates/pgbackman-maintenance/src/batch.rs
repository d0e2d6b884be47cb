//! Deleting the files of many backups: looked at together, deleted one by one, flushed together.

use std::sync::Arc;

use pgbackman_core::catalog::backups::BackupFiles;
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::NodeId;
use uuid::Uuid;

use crate::contents::Subject;
use crate::open_areas::OpenAreas;
use crate::pass::Pass;
use crate::removal::{self, Outcome, Plan, Touched};
use crate::steps::Step;

/// So many backups are dealt with at a time: it bounds the memory, and what a crash leaves half done in the catalogue.
pub const BATCH: u16 = 1000;

/// A row whose files are to go.
#[derive(Debug, Clone)]
pub struct Doomed<K> {
    /// The row.
    pub key: K,
    /// The node, where it is known.
    pub node: Option<NodeId>,
    /// The run.
    pub run: Option<Uuid>,
    /// What it is a backup of.
    pub origin: Option<BackupOrigin>,
    /// The files.
    pub files: BackupFiles,
}

/// A row whose files have been looked at.
pub type Planned<K> = (K, Plan);

/// Looks at the files of a batch. Returns what can be deleted, and what cannot, with the reason; nothing is touched.
pub async fn look_at<K: Send + 'static>(
    pass: &Pass,
    batch: Vec<Doomed<K>>,
) -> Result<(Vec<Planned<K>>, Vec<(K, String)>), TaskError> {
    let places = Arc::clone(&pass.places);
    let looked = blocking(move || {
        let mut open = OpenAreas::default();
        let (mut planned, mut refused) = (Vec::new(), Vec::new());
        for doomed in batch {
            let subject = Subject {
                node: doomed.node,
                run: doomed.run,
                origin: doomed.origin,
                files: &doomed.files,
            };
            match removal::plan(&places, &mut open, subject) {
                Ok(plan) => planned.push((doomed.key, plan)),
                Err(reason) => refused.push((doomed.key, reason)),
            }
        }
        (planned, refused)
    })
    .await?;
    pass.daemon.reached(Step::LookedAt);
    Ok(looked)
}

/// What became of a batch.
#[derive(Debug)]
pub struct Removed<K> {
    /// Their files are certainly gone.
    pub gone: Vec<K>,
    /// Nothing of these was touched, with the reasons.
    pub untouched: Vec<(K, String)>,
    /// Some files of these are gone and others are not, or may not be.
    pub unfinished: Vec<(K, String)>,
}

/// Deletes the files of a batch, and flushes.
pub async fn remove<K: Send + 'static>(
    pass: &Pass,
    batch: Vec<Planned<K>>,
) -> Result<Removed<K>, TaskError> {
    let daemon = Arc::clone(&pass.daemon);
    blocking(move || {
        let mut removed = Removed {
            gone: Vec::new(),
            untouched: Vec::new(),
            unfinished: Vec::new(),
        };
        let mut touched = Touched::default();
        for (key, plan) in batch {
            match plan.carry_out(&mut touched, daemon.context.observer()) {
                Outcome::Gone => removed.gone.push(key),
                Outcome::Untouched(reason) => removed.untouched.push((key, reason)),
                Outcome::Unfinished(reason) => removed.unfinished.push((key, reason)),
            }
        }
        if let Err(reason) = touched.flush() {
            let gone = std::mem::take(&mut removed.gone);
            removed
                .unfinished
                .extend(gone.into_iter().map(|key| (key, reason.clone())));
        }
        daemon.reached(Step::Flushed);
        removed
    })
    .await
}
