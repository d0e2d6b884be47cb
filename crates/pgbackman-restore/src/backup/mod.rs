//! The backup: found, kept from being removed, and proven to be what was written.

pub(crate) mod inputs;
pub(crate) mod unproven;
pub(crate) mod wanted;

use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pgbackman_core::config::{Config, trust};
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::backup::names;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::backup_lock;
use pgbackman_core::handoff::manifest::{Manifest, Part};
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::raw_names;
use pgbackman_core::proof::compare;
use pgbackman_core::secret::Secret;
use pgbackman_core::sys::lock::ReadLock;

use crate::args::Args;
use crate::run::report::Counter;

/// What to do about a backup whose files are not what they were.
const ANOTHER: &str = "restore another backup, and do not rely on this one";

/// A backup that can be read.
#[derive(Debug)]
pub(crate) struct Backup {
    /// What it contains.
    pub(crate) code: BackupCode,
    /// The archive, or for CLUSTER the compressed script.
    pub(crate) dump_file: PathBuf,
    /// The roles file's text, which may hold password hashes.
    pub(crate) roles: Option<Secret>,
    /// The settings file's text.
    pub(crate) settings: Option<String>,
    /// The text of what is run after the contents, where there is such a file.
    pub(crate) after: Option<String>,
    /// The release of the client that made it, where it is known.
    pub(crate) made_by: Option<PgRelease>,
    /// What the database needs of a target, where it was recorded.
    pub(crate) needs: Option<BackupNeeds>,
    /// The manifest, where it has one.
    manifest: Option<(PathBuf, Manifest)>,
    /// What an operator must know of it.
    pub(crate) notes: Vec<String>,
    /// Keeps it where it is, for as long as anything of this run is alive.
    _lock: ReadLock,
}

/// Tells a thread to stop when whoever waits for it is gone.
pub(crate) struct StopOnDrop(pub(crate) Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Backup {
    /// Whether its names are bytes that no server may convert. They are not where its files have them as the database sees them.
    pub(crate) fn names_are_bytes(&self) -> bool {
        self.roles.as_ref().is_none_or(|roles| {
            let text = roles.expose();
            text.is_ascii() || raw_names::are_bytes(text)
        })
    }

    /// Finds the backup, locks it, and reads its manifest. Nothing is proven yet.
    pub(crate) fn open(args: &Args, config: &Config) -> Result<Self, Failure> {
        let inside = |path: &Path| {
            trust::check_backup_path_on_disk(&config.backup_server, path).map_err(Failure::refused)
        };
        let dump_file = inside(&args.dump_file)?;
        let manifest_path = match &args.manifest_file {
            Some(path) => Some(inside(path)?),
            None => names::manifest_beside(&dump_file).filter(|path| path.exists()),
        };
        let lock = backup_lock::shared(manifest_path.as_deref(), &dump_file).map_err(|error| {
            Failure::failed(format!(
                "cannot use the files of the backup: {error}; is the file system mounted? If the files no longer \
                 exist, {ANOTHER}"
            ))
        })?;
        lock.inherit_to_children().map_err(Failure::failed)?;
        let manifest = manifest_path
            .map(|path| read_manifest(&path, args).map(|manifest| (path, manifest)))
            .transpose()?;
        let recorded = manifest.as_ref().map(|(_, manifest)| &manifest.backup);
        let code = code(args, recorded.map(|backup| backup.code), &dump_file)?;
        let made_by = recorded
            .and_then(|backup| backup.pg_dump_release.as_deref()?.parse().ok())
            .or(args.pg_release);
        let mut notes = Vec::new();
        if manifest.is_none() {
            notes.push(
                "the backup has no manifest (backups of PgBackMan 1.x have none), so its files were read to their end, \
                 but not verified"
                    .to_owned(),
            );
        }
        let read = |path: &Path| {
            let path = inside(path)?;
            std::fs::read_to_string(&path)
                .map_err(doing::<io::Error>(format!("read {}", path.display())))
        };
        let after = after_file(&dump_file, manifest.as_ref().map(|(_, manifest)| manifest));
        let after = after.as_deref().map(read).transpose()?;
        let wants_both = code.has_roles_and_settings();
        let (roles, settings) = match (&args.roles_file, &args.settings_file) {
            _ if !wants_both => (None, None),
            (roles, settings) => (
                roles.as_deref().map(read).transpose()?.map(Secret::new),
                settings.as_deref().map(read).transpose()?,
            ),
        };
        for (file, found) in [("roles", roles.is_some()), ("settings", settings.is_some())] {
            if wants_both && !found {
                notes.push(format!("no {file} file was specified, so none is applied"));
            }
        }
        Ok(Self {
            needs: recorded.and_then(|backup| BackupNeeds::from_context(&backup.context)),
            code,
            dump_file,
            roles,
            settings,
            after,
            made_by,
            manifest,
            notes,
            _lock: lock,
        })
    }

    /// The result that its manifest has.
    pub(crate) fn recorded(&self) -> Option<&BackupResult> {
        self.manifest.as_ref().map(|(_, manifest)| &manifest.backup)
    }

    /// Whether a manifest proves it.
    pub(crate) const fn is_described(&self) -> bool {
        self.manifest.is_some()
    }

    /// Compares every file with the manifest: it is there, of its size, with its SHA-256.
    pub(crate) async fn verify(
        &self,
        args: &Args,
        counter: &Counter,
        bounds: &mut Bounds,
    ) -> Result<(), Failure> {
        let Some((path, manifest)) = &self.manifest else {
            return Ok(());
        };
        let directory = path.parent().unwrap_or(Path::new("/")).to_owned();
        let after = after_file(&self.dump_file, Some(manifest));
        let named = [
            Some(&self.dump_file),
            args.roles_file.as_ref(),
            args.settings_file.as_ref(),
            after.as_ref(),
        ];
        for file in named.into_iter().flatten() {
            if !describes(manifest, &directory, file) {
                return Err(Failure::failed(format!(
                    "the manifest {} does not describe {}: they belong to different backups",
                    path.display(),
                    file.display()
                )));
            }
        }
        let stop = StopOnDrop(Arc::default());
        let flag = Arc::clone(&stop.0);
        let files = manifest.files.clone();
        counter.expect_bytes(files.iter().map(|file| file.size).sum());
        let counter = counter.clone();
        let proving = tokio::task::spawn_blocking(move || {
            let read = |more| counter.verified(more);
            compare(&directory, &files, NonZero::<usize>::MIN, &read, &flag)
        });
        let proven = bounds
            .within("verify the backup's files", proving)
            .await?
            .map_err(Failure::failed)?;
        proven.map_err(|reason| {
            Failure::failed(format!(
                "the backup has changed since it was written: {reason}; {ANOTHER}"
            ))
        })
    }
}

/// The file that is run after the contents: where the manifest lists one; without a manifest where one is next to the archive.
fn after_file(dump_file: &Path, manifest: Option<&Manifest>) -> Option<PathBuf> {
    let beside = names::after_beside(dump_file)?;
    let is_there = match manifest {
        Some(manifest) => manifest.files.iter().any(|file| file.part == Part::After),
        None => beside.exists(),
    };
    is_there.then_some(beside)
}

fn read_manifest(path: &Path, args: &Args) -> Result<Manifest, Failure> {
    if let Some(expected) = &args.checksum {
        let bytes = std::fs::read(path).map_err(doing(format!("read {}", path.display())))?;
        let found = sha256_hex(&bytes);
        if !found.eq_ignore_ascii_case(expected) {
            return Err(Failure::failed(format!(
                "the manifest {} is not the one that the catalogue has recorded (SHA-256 {found}, expected \
                 {expected}); {ANOTHER}",
                path.display()
            )));
        }
    }
    let manifest = Manifest::read(path).map_err(Failure::failed)?;
    if manifest.backup.status == ExecutionStatus::Error {
        return Err(Failure::failed(format!(
            "the manifest {} belongs to a failed backup",
            path.display()
        )));
    }
    Ok(manifest)
}

/// What the backup contains: as the manifest says, which must be what the command line says; else by the archive's name.
fn code(
    args: &Args,
    recorded: Option<BackupCode>,
    dump_file: &Path,
) -> Result<BackupCode, Failure> {
    match (args.code, recorded) {
        (Some(said), Some(recorded)) if said != recorded => Err(Failure::failed(format!(
            "the backup code is {recorded} according to its manifest, not {said}"
        ))),
        (said, recorded) => recorded
            .or(said)
            .or_else(|| names::code_of(dump_file))
            .ok_or_else(|| {
                Failure::failed("the backup code is unknown; specify it with --backup-code")
            }),
    }
    .and_then(|code| match code {
        BackupCode::Config => Err(Failure::refused("backups with code CONFIG do not exist")),
        code => Ok(code),
    })
}

fn describes(manifest: &Manifest, directory: &Path, file: &Path) -> bool {
    manifest
        .files
        .iter()
        .any(|described| directory.join(&described.path).starts_with(file))
}
