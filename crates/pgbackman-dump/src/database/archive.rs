//! The archive of a database: `pg_dump`, and whether what is on disk is whole: the table of contents, and every file it
//! names (traps 3, 4).

use std::fs::File;

use pgbackman_core::archive::{Archive, ArchiveError, Reason};
use pgbackman_core::pgtools::argv;
use pgbackman_core::sys::process::Stdout;

use crate::plan::Plan;
use crate::run::files::create_log;
use crate::run::progress::Progress;
use crate::source::lock_watch::Said;
use crate::step::Step;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::tool::Tools;

/// Runs `pg_dump`; returns the log of the archive, or what `watching` had to say before the program ended.
pub(crate) async fn dump(
    plan: &Plan,
    snapshot: Option<&str>,
    watching: impl Future<Output = Said>,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<Result<File, Said>, Failure> {
    let log = create_log(&plan.database.log)?;
    let program = plan.dump_program(snapshot);
    let running = tools.start(&program, Stdout::Null, &log)?;
    progress.reached(Step::DumpStarted);
    let ended = tools.finish_unless(&program, running, watching).await?;
    progress.reached(Step::DumpEnded);
    Ok(ended.map(|_| log))
}

/// The checked table of contents of the archive.
#[derive(Debug)]
pub(crate) enum Listed {
    /// As our own reader reads it.
    Read(Archive),
    /// As `pg_restore --list` shows it, of an archive format newer than our reader.
    Shown(String),
}

/// Checks that the archive is whole: its table of contents can be read, and every data file that it names is there.
pub(crate) async fn check(
    plan: &Plan,
    log: &File,
    tools: &mut Tools<'_>,
) -> Result<Listed, Failure> {
    let directory = plan.database.artifact.partial_path();
    let reading = tokio::task::spawn_blocking({
        let directory = directory.clone();
        move || {
            let archive = Archive::open(&directory)?;
            archive.check_files().map(|()| archive)
        }
    });
    let read = tools.bounds().within("check the archive", reading).await?;
    match read.map_err(Failure::failed)? {
        Ok(archive) => Ok(Listed::Read(archive)),
        Err(ArchiveError {
            reason: Reason::Version(..),
            ..
        }) => {
            let program = plan.pg_restore(argv::pg_restore_list(&directory));
            let listing = tools.capture(&program, log).await?;
            Ok(Listed::Shown(
                String::from_utf8_lossy(&listing).into_owned(),
            ))
        }
        Err(error) => Err(Failure::failed(format!(
            "pg_dump exited without an error, but its archive is incomplete or damaged: {error}"
        ))),
    }
}

/// Notes options of columns that only some releases take. PgBackMan's own restore leaves them out.
pub(crate) fn note_internal_options(listed: &Listed) {
    if let Listed::Read(archive) = listed
        && archive.sets_internal_options().unwrap_or_default()
    {
        tracing::warn!(
            "pg_dump wrote the column option pg_attver, which it should have omitted: it is older than the node's \
             release. On a server without this option, plain pg_restore fails; pgbackman_restore omits the option. \
             Update the client programs"
        );
    }
}
