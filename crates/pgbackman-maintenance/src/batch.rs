//! Deleting the files of many backups: looked at together, deleted one by one, flushed together.

use std::collections::BTreeMap;

use pgbackman_core::catalogue::backups::BackupFiles;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::NodeId;
use uuid::Uuid;

use crate::pass::Pass;
use crate::removal::removal_child::{Became, Files};
use crate::steps::Step;

/// Number of backups processed at a time: it bounds the memory, and what a crash leaves half done in the catalogue.
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

/// A row whose files have been checked.
pub type Planned<K> = (K, Files);

/// Looks at the files of a batch. Returns what can be deleted, and what cannot, with the reason; nothing is touched.
pub async fn look_at<K>(pass: &Pass, batch: Vec<Doomed<K>>) -> (Vec<Planned<K>>, Vec<(K, String)>) {
    let mut remover = pass.remover.lock().await;
    let mut keys = BTreeMap::new();
    let mut asked = Vec::with_capacity(batch.len());
    for doomed in batch {
        let files = Files {
            number: remover.number(),
            node: doomed.node,
            run: doomed.run,
            origin: doomed.origin,
            files: doomed.files,
        };
        keys.insert(files.number, (doomed.key, files.clone()));
        asked.push(files);
    }
    let seen = remover.look_at(&pass.places, asked).await;
    let (mut planned, mut refused) = (Vec::new(), Vec::new());
    for (number, seen) in seen {
        let Some((key, files)) = keys.remove(&number) else {
            continue;
        };
        match seen {
            Ok(()) => planned.push((key, files)),
            Err(reason) => refused.push((key, reason)),
        }
    }
    pass.daemon.reached(Step::LookedAt);
    (planned, refused)
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
pub async fn remove<K>(pass: &Pass, batch: Vec<Planned<K>>) -> Removed<K> {
    let (mut keys, mut asked) = (BTreeMap::new(), Vec::with_capacity(batch.len()));
    for (key, files) in batch {
        keys.insert(files.number, key);
        asked.push(files);
    }
    let mut remover = pass.remover.lock().await;
    let ended = remover.remove(&pass.places, asked).await;
    let mut removed = Removed {
        gone: Vec::new(),
        untouched: Vec::new(),
        unfinished: Vec::new(),
    };
    for (number, became) in ended {
        let Some(key) = keys.remove(&number) else {
            continue;
        };
        match became {
            Became::Gone => removed.gone.push(key),
            Became::Untouched(reason) => removed.untouched.push((key, reason)),
            Became::Unfinished(reason) => removed.unfinished.push((key, reason)),
        }
    }
    pass.daemon.reached(Step::Flushed);
    removed
}
