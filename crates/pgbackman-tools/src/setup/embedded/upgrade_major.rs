//! `pgbackman_setup embedded --upgrade-major`: moves the catalogue to the newest installed major version of
//! PostgreSQL; `--undo-upgrade-major` returns to the old one.
//!
//! The new cluster is filled from a dump, by the programs of the new version: therefore a different sort order in the
//! operating system's library cannot damage an index, and the old cluster is not changed. Meanwhile nobody else can
//! connect to either server. The new cluster is dumped again, and replaces the old one only if it has the same rows.

use std::fs;
use std::path::Path;

use pgbackman_core::config::Config;
use pgbackman_core::conninfo::Environment;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::run;
use pgbackman_core::sys::free_space::free_space;
use pgbackman_core::sys::lock::FileLock;
use pgbackman_core::sys::privilege;
use tokio::runtime::Runtime;

use super::apart::Apart;
use super::binaries::{Binaries, releases};
use super::cluster::{Cluster, State};
use super::layout::Layout;
use super::status::move_or_install;
use super::{
    STARTUP, absent, catalogue_target, contents, ensure_directory, only_one, people, plain,
    restart, rules,
};
use crate::setup::args::EmbeddedArgs;
use crate::setup::{catalogue, failure, say};

/// The programs that are needed in addition to those of a server.
const NEEDED: [&str; 3] = ["pg_dumpall", "pg_dump", "psql"];
/// Space that the dump and the new cluster may need, relative to the size of the old one.
const ROOM: u64 = 3;
/// Size of an empty new cluster, including the growth of its write-ahead log.
const ROOM_FOR_NEW: u64 = 200 << 20;

/// Moves the catalogue to the new major version.
pub(super) fn run(
    args: &EmbeddedArgs,
    config: &Config,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    finish_renames(layout)?;
    let (old, old_major) = present(config, layout)?;
    let new = Binaries::newest(args.bindir.as_deref(), config)?;
    let new_major = new.release().major();
    if new_major <= old_major {
        return Err(refused(format!(
            "the newest PostgreSQL that was found is {new_major}, and the catalogue already uses PostgreSQL \
             {old_major}"
        ))
        .with_hint("install a newer major version (Debian: apt install postgresql), or name its directory with --bindir"));
    }
    if !releases(None, config).contains(&new.release()) {
        return Err(refused(format!(
            "bin_dirs of the configuration does not include the programs in {}, so that the server could not be \
             started after the next boot",
            new.dir().display()
        ))
        .with_hint("add the directory to bin_dirs in [backup_server]"));
    }
    if let Some(missing) = NEEDED.iter().find(|name| !new.program(name).is_file()) {
        return Err(failure(format!(
            "{missing} of PostgreSQL {new_major} is missing in {}",
            new.dir().display()
        ))
        .with_hint(format!(
            "install its client programs (Debian: postgresql-client-{new_major})"
        )));
    }
    let kept = layout.data_of(old_major);
    not_there(&kept)?;
    nothing_runs(config)?;
    enough_room(layout)?;
    let _lock = only_one(&layout.lock())?;

    say(&format!(
        "Moving the catalogue in {} from PostgreSQL {} to {}.",
        layout.dir().display(),
        old.release(),
        new.release()
    ));
    let new = Cluster::new(layout, new, old.owner().clone());
    // A killed upgrade may have left one of the two running.
    new.stop_apart(&layout.new_data())?;
    let unit = stop(&old, layout, env, runtime)?;
    let built = build(&old, &new, layout);
    if let Err(error) = built {
        // The old cluster is unchanged.
        let _it_may_not_run = new.stop_apart(&layout.new_data());
        let _it_may_not_run = old.stop_quietly();
        clear(layout);
        let again = start(&old, unit.as_deref());
        let state = match again {
            Ok(()) => "nothing was changed, and the catalogue is running as before".to_owned(),
            Err(error) => format!(
                "nothing was changed, but the server could not be started again: {}",
                error.message
            ),
        };
        return Err(failure(format!("{}; {state}", error.message)));
    }
    rename(&layout.new_data(), &layout.ready_data())?;
    clear(layout);
    rename(&layout.data(), &kept)?;
    rename(&layout.ready_data(), &layout.data())?;
    start(&new, unit.as_deref())?;
    prove(layout, env, runtime)?;
    say(&format!(
        "[Done] The catalogue runs on PostgreSQL {}. The old cluster is kept in {}.",
        new.release(),
        kept.display()
    ));
    say(&format!(
        "Settings of your own in its postgresql.conf or postgresql.auto.conf were not copied: put them into {}.",
        layout.etc().join("local.conf").display()
    ));
    say(&format!(
        "To undo the upgrade, without anything that is registered from now on: pgbackman_setup embedded --dir {} \
         --undo-upgrade-major",
        layout.dir().display()
    ));
    Ok(())
}

/// Returns to the cluster that the last upgrade kept.
pub(super) fn undo(
    config: &Config,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    finish_renames(layout)?;
    let (present, major) = present(config, layout)?;
    let old = layout
        .kept_majors()
        .into_iter()
        .filter(|old| *old < major)
        .max();
    let Some(old_major) = old else {
        return Err(refused(format!(
            "there is no cluster of an older major version in {}",
            layout.dir().display()
        )));
    };
    let binaries = Binaries::of_major(None, config, old_major)?;
    let kept = layout.data_of(major);
    not_there(&kept)?;
    nothing_runs(config)?;
    let _lock = only_one(&layout.lock())?;
    let unit = stop(&present, layout, env, runtime)?;
    rename(&layout.data(), &kept)?;
    rename(&layout.data_of(old_major), &layout.data())?;
    let old = Cluster::new(layout, binaries, present.owner().clone());
    start(&old, unit.as_deref())?;
    prove(layout, env, runtime)?;
    say(&format!(
        "[Done] The catalogue runs on PostgreSQL {} again, in the state before the upgrade. Anything that was \
         registered since then is only in {}.",
        old.release(),
        kept.display()
    ));
    Ok(())
}

/// The existing cluster, with the programs of its version.
fn present(config: &Config, layout: &Layout) -> Result<(Cluster, PgMajor), ProgramError> {
    let State::Complete { major, owner } = State::of(layout)? else {
        return Err(absent(layout));
    };
    people::may_act_as(&owner)?;
    let binaries = Binaries::of_major(None, config, major)
        .map_err(|error| error.with_hint(move_or_install(layout, major)))?;
    Ok((Cluster::new(layout, binaries, owner), major))
}

/// Fills the new cluster, and compares the contents.
fn build(old: &Cluster, new: &Cluster, layout: &Layout) -> Result<(), ProgramError> {
    clear(layout);
    ensure_directory(&layout.apart(), 0o700, old.owner())?;
    // Root opens no file in a directory of the owner.
    let dumps = layout.dumps();
    let caller = privilege::current_user().map_err(|error| failure(error.to_string()))?;
    ensure_directory(&dumps, 0o700, &caller)?;
    let (before, script, after) = (
        dumps.join("old.sql"),
        dumps.join("for-new.sql"),
        dumps.join("new.sql"),
    );
    old.start_apart(&Apart::Present)?;
    let dumped = new.dump_all(&before);
    old.stop_quietly()?;
    dumped?;

    let data = layout.new_data();
    new.make(&data)?;
    contents::for_new_cluster(&before, &script)
        .map_err(|error| failure(format!("could not write {}: {error}", script.display())))?;
    new.start_apart(&Apart::New(data.clone()))?;
    let filled = new.run_script(&script).and_then(|()| new.dump_all(&after));
    new.stop_apart(&data)?;
    filled?;

    let read = |path: &Path| {
        contents::of(path)
            .map_err(|error| failure(format!("could not read {}: {error}", path.display())))
    };
    let (before, after) = (read(&before)?, read(&after)?);
    if before == after && !before.is_empty() {
        say(&format!(
            "The rows of both clusters were compared: {} tables and sequences are identical.",
            before.len()
        ));
        return Ok(());
    }
    let differs = before
        .iter()
        .find(|(key, value)| after.get(key) != Some(value))
        .map_or_else(
            || "one of them has no rows".to_owned(),
            |(key, _)| key.1.clone(),
        );
    Err(failure(format!(
        "the rows of the new cluster differ from those of the old one ({differs})"
    )))
}

/// Removes temporary files of this upgrade or of a killed one. Files that cannot be removed are removed by the next
/// one.
fn clear(layout: &Layout) {
    for directory in [layout.apart(), layout.dumps(), layout.new_data()] {
        let _it_may_not_be_there = fs::remove_dir_all(directory);
    }
}

/// Stops the server, and returns the service to which it belonged. Refused while the catalogue is being upgraded.
fn stop(
    cluster: &Cluster,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<Option<String>, ProgramError> {
    let Some(pid) = cluster.pid()? else {
        return Ok(None);
    };
    let target = catalogue_target(layout, cluster.port()?);
    // A server that does not respond does not run an upgrade either.
    let session = runtime
        .block_on(catalogue::connect(&target, &plain(env)))
        .ok();
    if let Some(session) = &session
        && !runtime.block_on(restart::is_free(session))?
    {
        return Err(ProgramError::new(
            ExitCode::AlreadyRunning,
            "the catalogue is being upgraded",
        ));
    }
    let unit = restart::unit_of(pid);
    match &unit {
        Some(unit) => restart::systemctl(&["stop", unit]).map(drop)?,
        None => cluster.stop()?,
    }
    Ok(unit)
}

fn start(cluster: &Cluster, unit: Option<&str>) -> Result<(), ProgramError> {
    match unit {
        Some(unit) => restart::systemctl(&["start", unit]).map(drop),
        None => cluster.start(),
    }
}

/// Checks that the programs can connect to it, and that it is their catalogue.
fn prove(layout: &Layout, env: &Environment, runtime: &Runtime) -> Result<(), ProgramError> {
    let target = catalogue_target(layout, rules::port(layout, None)?);
    let env = plain(env);
    runtime.block_on(async {
        let session = catalogue::connect_patiently(&target, &env, STARTUP).await?;
        session.close().await;
        catalogue::verify(&target, &env).await?.close().await;
        Ok(())
    })
}

/// Completes the last renames of a killed upgrade.
fn finish_renames(layout: &Layout) -> Result<(), ProgramError> {
    if !layout.data().exists() && layout.ready_data().exists() {
        rename(&layout.ready_data(), &layout.data())?;
        say("an upgrade that was interrupted before its last step was completed");
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), ProgramError> {
    let parent = to.parent().unwrap_or(to);
    fs::rename(from, to)
        .and_then(|()| fs::File::open(parent)?.sync_all())
        .map_err(|error| {
            failure(format!(
                "could not rename {} to {}: {error}",
                from.display(),
                to.display()
            ))
        })
}

fn not_there(path: &Path) -> Result<(), ProgramError> {
    if path.exists() {
        return Err(refused(format!(
            "{} already exists: an earlier upgrade kept it",
            path.display()
        ))
        .with_hint("move it elsewhere, or remove it if it is no longer needed"));
    }
    Ok(())
}

/// Checks that no backup or restore of this machine is running.
fn nothing_runs(config: &Config) -> Result<(), ProgramError> {
    for root in &config.backup_server.backup_roots {
        let records = run::list(root).map_err(|error| {
            failure(format!(
                "could not check whether jobs are running below {}: {error}",
                root.display()
            ))
        })?;
        if let Some(record) = records.iter().find(|record| is_held(record)) {
            return Err(ProgramError::new(
                ExitCode::AlreadyRunning,
                format!(
                    "a backup or restore is running ({})",
                    record.file_stem().unwrap_or_default().display()
                ),
            )
            .with_hint(
                "wait until it has ended: show_snapshots_in_progress, show_restores_in_progress",
            ));
        }
    }
    Ok(())
}

fn is_held(record: &Path) -> bool {
    matches!(FileLock::try_acquire_existing(record), Ok(None)) && record.exists()
}

fn enough_room(layout: &Layout) -> Result<(), ProgramError> {
    let unknown = |error: std::io::Error| {
        failure(format!(
            "could not determine the free space in {}: {error}",
            layout.dir().display()
        ))
    };
    let free = free_space(layout.dir()).map_err(unknown)?;
    let needed = size(&layout.data())
        .map_err(unknown)?
        .saturating_mul(ROOM)
        .saturating_add(ROOM_FOR_NEW);
    if free < needed {
        return Err(refused(format!(
            "the file system of {} has {} MiB free, but the upgrade may need {} MiB",
            layout.dir().display(),
            free >> 20,
            needed >> 20
        )));
    }
    Ok(())
}

fn size(directory: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(sum)
}

fn refused(message: String) -> ProgramError {
    ProgramError::new(ExitCode::Refused, message)
}
