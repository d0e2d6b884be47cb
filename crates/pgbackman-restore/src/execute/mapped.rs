//! Scripts that `psql` runs from our own hands: an archive whose roles are mapped, and the script of a whole node. They stop at
//! the first error (trap 6).

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::os::fd::OwnedFd;

use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::{Tools, judge, stdout_of};
use pgbackman_core::pgtools::role_map;
use pgbackman_core::sys::process::{Program, Stdout, Wiring};

use crate::archive::{Client, feed};
use crate::execute::contents::watcher;
use crate::execute::messages::Collector;
use crate::run::log::RestoreLog;
use crate::run::progress::Progress;
use crate::run::report::Counter;
use crate::step::Step;

/// Whether an archive is restored as SQL: to put other roles into it; since it sets options that the target refuses, with the whole
/// table; or since its client sets what the target does not know, which ends a transaction that is to hold everything.
pub(crate) fn is_needed(code: BackupCode, client: &Client, parameters: &RestoreParameters) -> bool {
    let one_transaction = code == BackupCode::Data && parameters.jobs.is_none();
    !parameters.role_map.is_empty()
        || client.refused_options
        || (one_transaction && !client.refused_settings.is_empty())
}

/// What restoring an archive as SQL takes.
pub(crate) struct Mapped<'a> {
    /// `pg_restore`, which writes SQL.
    pub(crate) source: &'a Program,
    /// The entries, where they are a selection.
    pub(crate) list: Option<String>,
    /// `psql`, which runs it.
    pub(crate) psql: &'a Program,
    /// Which roles take whose place.
    pub(crate) parameters: &'a RestoreParameters,
    /// Settings that the target does not know: they are left out.
    pub(crate) refused_settings: &'a [&'static str],
}

/// Restores an archive with roles replaced in its SQL, and without what the target does not know.
pub(crate) async fn restore(
    mapped: Mapped<'_>,
    counter: &Counter,
    log: &RestoreLog,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<Vec<String>, Failure> {
    let Mapped {
        source,
        list,
        psql,
        parameters,
        refused_settings,
    } = mapped;
    log.command(source);
    let collector = Collector::default();
    let wiring = Wiring {
        stdin: list.map(|list| feed(list.into_bytes())).transpose()?,
        stdout: Stdout::Pipe,
        log: log.file()?,
        watcher: Some(watcher(&collector, counter, log)?),
    };
    let mut writing = tools.start_wired(source, wiring)?;
    let sql = File::from(stdout_of(&mut writing, source)?);
    let (parameters, refused) = (parameters.clone(), refused_settings.to_vec());
    let replacing = move |to: OwnedFd| {
        let map = |role: &str| {
            let new = parameters.mapped(role);
            (new != role).then(|| new.to_owned())
        };
        let mut out = BufWriter::new(File::from(to));
        role_map::replace(BufReader::new(sql), &mut out, &map, &|statement| {
            role_map::sets(statement, &refused)
        })
    };
    let ran = run(psql, replacing, log, progress, tools).await;
    // Without its reader it ends by itself.
    let written = tools.wait(writing).await?;
    ran?;
    judge(&source.path, written)?;
    Ok(left_out(refused_settings))
}

/// Runs a script through `psql`; `write` writes it.
async fn run(
    psql: &Program,
    write: impl FnOnce(OwnedFd) -> io::Result<()> + Send + 'static,
    log: &RestoreLog,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<(), Failure> {
    log.command(psql);
    let (reader, writer) = io::pipe().map_err(doing("create a pipe"))?;
    let wiring = Wiring {
        stdin: Some(reader.into()),
        stdout: Stdout::Null,
        log: log.file()?,
        watcher: None,
    };
    let running = tools.start_wired(psql, wiring)?;
    let writing = tokio::task::spawn_blocking(move || write(writer.into()));
    progress.reached(Step::ContentsStarted);
    let finished = tools.wait(running).await?;
    progress.reached(Step::ContentsEnded);
    log.say(format!("{} {}", psql.path.display(), finished.ending));
    // Its reader is gone: it has ended, or ends now.
    let written = writing.await.map_err(Failure::failed)?;
    judge(&psql.path, finished)?;
    written.map_err(doing("read the script that is restored"))
}

/// What was left out, in words.
pub(crate) fn left_out(refused_settings: &[&str]) -> Vec<String> {
    refused_settings
        .iter()
        .map(|setting| {
            format!("omitted the client's setting {setting}, which the older target does not have")
        })
        .collect()
}
