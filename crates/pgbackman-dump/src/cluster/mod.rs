//! The output of `pg_dumpall`, compressed by ourselves: in a pipeline through `gzip` its exit status would be lost (trap 1).

pub(crate) mod appendix;
pub(crate) mod cluster_files;

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use flate2::Compression;
use flate2::write::GzEncoder;

use pgbackman_core::node::script_names::{self, ScriptEncoding};
use pgbackman_core::pgtools::scripts::script_end::ScriptEnd;
use pgbackman_core::sys::process::Stdout;

use crate::cluster::cluster_files::EmptyCopies;
use crate::plan::Plan;
use crate::run::files::{create_log, create_private};
use crate::run::progress::Progress;
use crate::source::Source;
use crate::source::lock_watch::Said;
use crate::step::Step;
use pgbackman_core::job::failure::{Failure, doing, some_of};
use pgbackman_core::job::tool::{Tools, stdout_of};

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// How the script is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// Its encoding.
    pub(crate) encoding: ScriptEncoding,
    /// What is written behind what `pg_dumpall` writes.
    pub(crate) appendix: String,
}

/// What came through.
#[derive(Debug)]
pub(crate) struct Compressed {
    /// Bytes of SQL.
    pub(crate) bytes: u64,
    /// Whether the SQL ends as a whole cluster's does.
    pub(crate) is_whole: bool,
    /// The tables that came out without a row.
    pub(crate) empty: EmptyCopies,
}

/// How the script is to be written, so that a server takes it; an error where none would.
pub(crate) async fn encoding(
    source: &Source,
    tools: &mut Tools<'_>,
) -> Result<ScriptEncoding, Failure> {
    let reading = script_names::read(&source.session);
    let names = tools
        .bounds()
        .within("read the names on the PgSQL node", reading)
        .await?
        .map_err(Failure::failed)?;
    if names.refused.is_empty() {
        return Ok(names.encoding);
    }
    Err(Failure::failed(format!(
        "no script was written, because it could not be restored: {}, which is the encoding of a database in which the \
         script would contain the name; in a database with the original encoding, rename the object (or set the \
         comment or the setting again), or back up the databases one by one with FULL",
        some_of(&names.refused)
    )))
}

/// Runs `pg_dumpall`; returns which tables came out without a row. Only its exit status, the mark at its end and our own writing together make a backup.
pub(crate) async fn dump(
    plan: &Plan,
    script: &Script,
    watching: impl Future<Output = Said>,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<EmptyCopies, Failure> {
    let log = create_log(&plan.database.log)?;
    let path = plan.database.artifact.partial_path();
    let file = create_private(&path).map_err(doing(format!("make {}", path.display())))?;
    let mut program = plan.dump_program(None);
    // pg_dumpall gives it to its pg_dump too; it has an option for that since 11 only. What the start of a session asks for
    // is stronger than the settings of a role or a database.
    program
        .env
        .push(("PGCLIENTENCODING".into(), script.encoding.name().into()));
    let mut running = tools.start(&program, Stdout::Pipe, &log)?;
    let compressing = tokio::task::spawn_blocking({
        let output = stdout_of(&mut running, &program)?;
        let appendix = script.appendix.clone();
        move || compress(output, file, &appendix)
    });
    progress.reached(Step::DumpStarted);
    let ended = tools
        .finish_unless(&program, running, watching)
        .await
        .and_then(|ended| {
            ended.map_err(|said| match said {
                Said::Fail(failure) => failure,
                Said::Anew(reason) => Failure::failed(reason),
            })
        });
    progress.reached(Step::DumpEnded);
    // What still holds the pipe when a run is cut short is ended with the group; then this ends too.
    let compressing = tools
        .bounds()
        .within("compress the dump", compressing)
        .await?;
    let compressed = compressing
        .map_err(Failure::failed)?
        .map_err(doing(format!("write {}", path.display())));
    match (ended, compressed) {
        // A full disk ends pg_dumpall too, by a broken pipe: the disk is the reason to tell.
        (Err(failure), Err(cause)) if failure.exit == cause.exit => {
            Err(cause.context(failure.reason))
        }
        (Err(failure), _) | (Ok(_), Err(failure)) => Err(failure),
        (Ok(_), Ok(compressed)) if !compressed.is_whole => Err(Failure::failed(format!(
            "pg_dumpall exited without an error, but its output ({} bytes) is incomplete",
            compressed.bytes
        ))),
        (Ok(_), Ok(compressed)) => Ok(compressed.empty),
    }
}

/// Compresses everything that comes out of `output` into `file` until its end, and behind it, if it is whole, the appendix.
pub(crate) fn compress(output: OwnedFd, file: File, appendix: &str) -> io::Result<Compressed> {
    let mut output = File::from(output);
    let mut encoder = GzEncoder::new(file, Compression::default());
    let mut buffer = vec![0; CHUNK];
    let mut end = ScriptEnd::default();
    let mut bytes = 0;
    let mut empty = EmptyCopies::default();
    loop {
        match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                encoder.write_all(&buffer[..read])?;
                bytes += read as u64;
                empty.push(&buffer[..read]);
                end.see(&buffer[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let is_whole = end.is_whole();
    if is_whole {
        encoder.write_all(appendix.as_bytes())?;
    }
    encoder.finish()?.sync_all()?;
    Ok(Compressed {
        bytes,
        is_whole,
        empty,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.gz");
        let (reader, mut writer) = io::pipe().unwrap();
        let text = "abc\n".repeat(100_000);
        let sent = text.clone();
        let sender = std::thread::spawn(move || writer.write_all(sent.as_bytes()).unwrap());
        let compressed = compress(reader.into(), File::create(&path).unwrap(), "more").unwrap();
        sender.join().unwrap();
        assert_eq!(
            (compressed.bytes, compressed.is_whole),
            (text.len() as u64, false)
        );
        let mut back = String::new();
        flate2::read::GzDecoder::new(File::open(&path).unwrap())
            .read_to_string(&mut back)
            .unwrap();
        assert!(back == text);
    }
}
