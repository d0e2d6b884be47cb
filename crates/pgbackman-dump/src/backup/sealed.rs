//! From complete `.partial` files to a result that may be published: flushed, described in a manifest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::manifest::{Manifest, ManifestFile, Part};

use crate::backup::seal::{flush_directory, seal};
use crate::plan::Plan;
use crate::run::files::create_private;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::{Failure, doing};

/// Tells a thread to stop when whoever waits for it is gone.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Flushes every file of the plan and takes its checksum.
pub(crate) async fn flush(plan: &Plan, bounds: &mut Bounds) -> Result<Vec<ManifestFile>, Failure> {
    let stop = StopOnDrop(Arc::default());
    let parts: Vec<_> = plan
        .parts()
        .map(|part| (part.part, part.artifact.clone()))
        .collect();
    let directory = plan.manifest.directory.clone();
    let flag = Arc::clone(&stop.0);
    let sealing = tokio::task::spawn_blocking(move || {
        let mut files = Vec::new();
        for (part, artifact) in parts {
            files.extend(seal(&artifact, part, &flag)?);
        }
        flush_directory(&directory)?;
        Ok::<_, std::io::Error>(files)
    });
    let sealed = bounds.within("flush the backup's files", sealing).await?;
    sealed
        .map_err(Failure::failed)?
        .map_err(doing("flush the backup's files"))
}

/// Writes the manifest under its `.partial` name, flushed, and completes the result with what it says.
pub(crate) fn describe(
    plan: &Plan,
    files: Vec<ManifestFile>,
    mut result: BackupResult,
) -> Result<BackupResult, Failure> {
    // What is run after the archive's contents belongs to it, and has no columns of its own in the catalogue.
    let after = size_of(&files, Part::After);
    result.dump.size = Some(size_of(&files, Part::Database).saturating_add(after));
    result.dump.file = Some(plan.database.artifact.path());
    if let (Some(roles), Some(settings)) = (&plan.roles, &plan.settings) {
        result.roles.file = Some(roles.artifact.path());
        result.roles.size = Some(size_of(&files, Part::Roles));
        result.dbconfig.file = Some(settings.artifact.path());
        result.dbconfig.size = Some(size_of(&files, Part::Settings));
    }
    result.manifest_file = Some(plan.manifest.path());
    let bytes = Manifest::new(result.clone(), files)
        .to_bytes()
        .map_err(doing("describe the backup in its manifest"))?;
    let path = plan.manifest.partial_path();
    write_flushed(&path, &bytes)
        .map_err(doing(format!("write the manifest {}", path.display())))?;
    result.checksum = Some(sha256_hex(&bytes));
    Ok(result)
}

fn write_flushed(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), flush_directory)
}

fn size_of(files: &[ManifestFile], part: Part) -> u64 {
    files
        .iter()
        .filter(|file| file.part == part)
        .map(|file| file.size)
        .sum()
}
